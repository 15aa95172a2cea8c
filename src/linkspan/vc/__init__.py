"""Verifiable credentials, a library of its own: no Django."""
