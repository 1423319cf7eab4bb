"""Looking after an installation: is it well, what lies in its cache, which corpora are here."""
