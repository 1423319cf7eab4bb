"""What a training does where a batch does not fit into the memory of its device."""
