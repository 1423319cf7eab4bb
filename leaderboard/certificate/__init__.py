"""A section of the page with all that its numbers follow from, as one file that can be checked."""
