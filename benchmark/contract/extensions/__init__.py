"""The contracts of what is no model: representations, corpora and protocols."""
