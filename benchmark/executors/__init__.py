"""One executor per file; the file's name is what ``--executor`` takes."""
