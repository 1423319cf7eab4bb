"""One stored cell: what it was made of, and whether it comes out again."""
