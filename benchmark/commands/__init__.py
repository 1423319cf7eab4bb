"""Commands as functions: they return what the command line prints."""
