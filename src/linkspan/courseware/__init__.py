"""OLX import, XBlock runtime, attempts, progress, grades; the learning-platform connector interface."""
