"""Keeps what a model does to its process away from the others: limits, a process of its own."""
