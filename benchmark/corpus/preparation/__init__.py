"""Representations of a corpus, extracted once and kept in the cache."""
