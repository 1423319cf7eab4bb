"""The command that freezes a plan."""
