"""What a section says in plain lines of a terminal."""
