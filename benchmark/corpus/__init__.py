"""From a corpus on disk to arrays a training can read: representations, splits, batches."""
