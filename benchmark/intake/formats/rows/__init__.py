"""Features with a row per utterance or per time step: columns, ids, order of steps."""
