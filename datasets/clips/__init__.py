"""Rows of a table as clips for a trained model."""
