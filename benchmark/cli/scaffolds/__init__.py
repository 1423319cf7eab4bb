"""``emobench new-model`` and its like: whole files to start from."""
