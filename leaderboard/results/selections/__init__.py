"""Which of the stored rows a page shows."""
