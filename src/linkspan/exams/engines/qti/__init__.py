"""QTI packages: items in (3.0 and 2.x) and out (3.0)."""
