"""Layers that several models share and torch has only in a slower or padding-dependent form."""
