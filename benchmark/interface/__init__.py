"""The interfaces of models, corpora, representations and protocols."""
