"""The planner and the transcript."""
