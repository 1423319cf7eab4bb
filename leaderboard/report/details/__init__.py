"""What stands folded below in a section: calibration, hard utterances, origin of its numbers."""
