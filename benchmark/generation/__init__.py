"""Generators of a modality from the others, and the fidelity of what they generate."""
