"""What single test utterances were answered, model by model."""
