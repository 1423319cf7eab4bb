"""What the options of one grid ask for."""
