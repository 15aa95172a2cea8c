"""The command-line face: one module per domain."""
