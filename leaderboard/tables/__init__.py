"""The tables of the page, one module each."""
