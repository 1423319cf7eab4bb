"""What installed packages add to emobench."""
