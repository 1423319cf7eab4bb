"""The leakage audit: what each flaw is worth, in tables and in words."""
