"""Sittings, proctoring, accommodations; results go to records."""
