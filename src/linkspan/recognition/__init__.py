"""Credit awards, degree plans."""
