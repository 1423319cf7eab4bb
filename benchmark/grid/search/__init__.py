"""The search of hyper-parameters on dev, at an equal number of trials for every model."""
