"""A study: what is to be run, asked for on the command line, in a file, or from Python."""
