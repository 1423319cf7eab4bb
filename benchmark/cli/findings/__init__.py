"""Commands that say what stored predictions show."""
