"""Commands that use what was trained."""
