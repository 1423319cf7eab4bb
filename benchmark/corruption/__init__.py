"""Damage to recordings and words, in five severities."""
