"""The records that a run writes beside its predictions."""
