"""Planned comparisons: what was frozen, what came of it, and what departed from it."""
