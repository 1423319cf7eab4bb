"""What executors on other machines share: how work travels there, and what it finds."""
