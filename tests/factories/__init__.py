"""Makers of the few things that most tests need."""
