"""Locks on what is no row, such as a limit on how often somebody may ask."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def one_at_a_time(*names: str) -> None:
    """Wait until no other transaction holds one of the names, and hold them until this one ends.

    On SQLite whoever writes is alone already.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for name in sorted(set(names)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def hold(name: str) -> bool:
    """Take the name for as long as this connection to the database lives; False if another process has it.

    On SQLite there is one process.
    """
    return _asked("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name)


@contextmanager
def only_here(name: str) -> Iterator[bool]:
    """Hold the name meanwhile, so that of many machines one does it; False if another one does."""
    if not hold(name):
        yield False
        return
    try:
        yield True
    finally:
        _asked("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Wait until no other machine holds the name, and hold it meanwhile, with no transaction open for it."""
    _asked("SELECT pg_advisory_lock(hashtextextended(%s, 0)) IS NOT NULL", name)
    try:
        yield
    finally:
        _asked("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)


def _asked(statement: str, name: str) -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(statement, [name])
        return bool(cursor.fetchone()[0])
