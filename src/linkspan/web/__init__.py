"""The web face: one module per domain."""
