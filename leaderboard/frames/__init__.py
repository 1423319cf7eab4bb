"""What is stored, as tidy tables of pandas."""
