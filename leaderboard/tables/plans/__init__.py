"""What is said of a plan: its comparisons as a table, and sentences."""
