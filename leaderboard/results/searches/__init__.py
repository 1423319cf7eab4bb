"""Searches for hyper-parameters: what they found, and who is ahead at an equal budget."""
