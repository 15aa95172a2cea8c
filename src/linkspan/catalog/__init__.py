"""Programs, courses, runs, requirement trees, prices."""
