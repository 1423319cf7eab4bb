"""Models: one file per paper, and the reference rows."""
