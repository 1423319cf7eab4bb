"""A results folder, read, merged and scored."""
