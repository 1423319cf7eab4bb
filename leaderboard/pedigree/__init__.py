"""Where a number of the page comes from: its address, its cells, and the same number once more."""
