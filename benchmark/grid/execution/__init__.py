"""Runs a plan: data preparation, the scheduler, and the work of a single worker."""
