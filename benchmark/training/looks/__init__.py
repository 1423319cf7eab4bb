"""What a training with a flaw keeps of its looks at the test part."""
