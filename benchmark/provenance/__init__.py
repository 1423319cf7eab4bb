"""What a result was made of and made by, as its record keeps it."""
