"""The harness's own generators of a modality from the others, and how like the real one it is."""
