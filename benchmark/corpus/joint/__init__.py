"""Several corpora joined into one."""
