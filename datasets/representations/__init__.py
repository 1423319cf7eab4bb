"""Representations: named forms of one modality."""
