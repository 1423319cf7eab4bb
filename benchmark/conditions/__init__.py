"""Conditions of a test: masks, and changes of test batches."""
