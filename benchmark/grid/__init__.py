"""A grid of trainings and cells: what is asked, what it needs, and running it."""
