"""Corpora: utterance tables, splits, prepared representations, and views of folds."""
