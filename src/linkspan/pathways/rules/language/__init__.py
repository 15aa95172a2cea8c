"""The rule language: its form, its values, and what it means for a record."""
