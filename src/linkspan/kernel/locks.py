"""Locks on what is no row, such as a limit on how often somebody may ask."""

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
