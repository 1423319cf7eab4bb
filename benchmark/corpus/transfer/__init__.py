"""One corpus seen by a model that was trained on another."""
