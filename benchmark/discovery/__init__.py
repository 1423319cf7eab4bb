"""Finding models, corpora, representations and protocols without naming any of them."""
