"""The page, the Markdown file and the CSV table."""
