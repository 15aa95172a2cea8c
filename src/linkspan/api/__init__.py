"""The REST face: one module per domain."""
