"""Plans before results: what a study freezes, and how a run is held against it."""
