"""A record judged by an agreement, clause by clause, today or again years later."""
