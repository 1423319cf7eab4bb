"""From a request to a final plan: which trainings and cells there are, and which are skipped."""
