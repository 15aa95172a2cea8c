"""Readers of item banks."""
