"""Many comparisons at once: ranks, planned contrasts, and what can be told apart at all."""
