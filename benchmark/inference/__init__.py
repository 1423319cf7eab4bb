"""Uses what was trained: predicts new clips, writes a training as a folder, reads it again."""
