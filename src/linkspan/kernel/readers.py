"""Say of a query without an actor who may read its answer; a test holds pages, screens and API to it."""

from collections.abc import Callable


def public[**P, T](query: Callable[P, T]) -> Callable[P, T]:
    """Mark a query whose answer anybody may read: it is published, or says nothing of a person."""
    return query


def by_secret[**P, T](query: Callable[P, T]) -> Callable[P, T]:
    """Mark a query that whoever holds its secret may ask: a token, a password, the session that comes in by it."""
    return query


def granted[**P, T](query: Callable[P, T]) -> Callable[P, T]:
    """Mark a query about what the caller was given by another query, which asked for an actor, or about itself."""
    return query
