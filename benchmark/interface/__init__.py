"""What a model, a corpus, a representation and a protocol promise."""
