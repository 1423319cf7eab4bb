"""Tests of a model on a corpus that it was not trained on."""
