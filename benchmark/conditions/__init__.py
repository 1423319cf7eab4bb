"""What test inputs look like under a condition, beyond which modalities are shown."""
