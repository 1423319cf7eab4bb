"""What a disk answers to those who write."""
