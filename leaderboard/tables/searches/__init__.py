"""The tables about searches for hyper-parameters."""
