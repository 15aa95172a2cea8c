"""Payment providers, by their own libraries."""
