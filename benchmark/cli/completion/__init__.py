"""What a shell completes after ``emobench``: commands and options, and the values they take."""
