"""What a run came to, and what is said of it."""
