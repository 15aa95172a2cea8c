"""Enrolments and tracks."""
