"""Say of a query without an actor who may read its answer; a test holds pages, screens and API to it."""

from collections.abc import Callable


def public[**P, T](query: Callable[P, T]) -> Callable[P, T]:
    """Mark a query whose answer anybody may read: it is published, or says nothing of a person."""
    return query


def by_secret[**P, T](query: Callable[P, T]) -> Callable[P, T]:
    """Mark a query of a sign-in, while there is no actor yet: the faces ask it for who shows a token or a password."""
    return query


def granted[**P, T](query: Callable[P, T]) -> Callable[P, T]:
    """Mark a query about what another one gave, which asked for an actor, or about the reader: the face sees to it."""
    return query
