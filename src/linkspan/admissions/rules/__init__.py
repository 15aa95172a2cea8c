"""Admission as pure decisions: rounds and matching, applications and their states."""
