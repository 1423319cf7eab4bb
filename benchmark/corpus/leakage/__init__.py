"""Duplicates between train and test, and the flawed splits of the leakage audit."""
