"""What is said of a table's rows as one family of comparisons."""
