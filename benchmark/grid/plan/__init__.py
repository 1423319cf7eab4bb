"""Turns a request into a final plan: its trainings, its cells, and those that are skipped."""
