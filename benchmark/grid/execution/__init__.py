"""Running a plan: executors, the scheduler, and what one worker does."""
