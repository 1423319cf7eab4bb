"""Discovery of models, corpora, representations and protocols, none of which the core names."""
