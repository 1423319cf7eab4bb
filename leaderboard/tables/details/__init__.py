"""Tables of what stands folded below: calibration, hard utterances, costs, origin of numbers."""
