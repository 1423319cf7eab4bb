"""One check of a submission a module; each says what is wrong in plain sentences."""
