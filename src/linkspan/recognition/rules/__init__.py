"""Credit awards, degree plans, and plans by term: all pure."""
