"""Grid records: which of them are asked for, told without reading their rows."""
