"""The harness's own generators of a modality from the others."""
