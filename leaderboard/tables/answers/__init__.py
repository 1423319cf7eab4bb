"""What answers a section's question: sentences and rankings, all from the section's numbers."""
