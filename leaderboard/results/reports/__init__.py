"""Scores of predictions that are summed up with a flaw, as some papers report them."""
