"""Plans a grid of trainings and cells, runs it, and writes its records."""
