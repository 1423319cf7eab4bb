"""Inputs that nobody meant to write, and what is done with them."""
