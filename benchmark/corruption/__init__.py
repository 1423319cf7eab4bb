"""Corruptions of recordings and words, in five severities."""
