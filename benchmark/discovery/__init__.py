"""Discovers models, corpora, representations and protocols; the core itself names none."""
