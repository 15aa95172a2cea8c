"""Between tests that commit, a PostgreSQL database is emptied by its few full tables: a TRUNCATE of all is slow."""

from typing import Any

from django.db import connection


def empty_what_is_full() -> None:
    """Have Django's flush delete from the tables that hold rows; on other databases it stays as it is.

    As a replica does, without the triggers of foreign keys, which would dictate an order.
    """
    if connection.vendor != "postgresql":
        return
    truncate = connection.ops.sql_flush

    def sql_flush(style: Any, tables: list[str], *, reset_sequences: bool = False, **kept: Any) -> list[str]:
        if reset_sequences:
            return list(truncate(style, tables, reset_sequences=True, **kept))
        quoted = [connection.ops.quote_name(name) for name in tables]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"(SELECT {n} FROM {name} LIMIT 1)" for n, name in enumerate(quoted)))
            full = [quoted[n] for (n,) in cursor.fetchall()]
        return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {name}" for name in full)]

    connection.ops.sql_flush = sql_flush  # type: ignore[method-assign]
