"""What libraries do for accounts."""
