"""The sample world, loaded once a process and copied into each test's database after that."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection

from linkspan.institutions.models import SigningKeyRow
from linkspan.kernel import storage
from linkspan.site.sample import load

type Rows = list[tuple[Any, ...]]


@dataclass
class Copy:
    """What loading made: the tables that it wrote to, as they were before and after, and the keys' documents."""

    before: dict[str, Rows] = field(default_factory=dict)
    after: dict[str, Rows] = field(default_factory=dict)
    documents: tuple[bytes, ...] = ()


COPIES: dict[datetime, Copy] = {}


def load_world(*, now: datetime = load.OPENING) -> load.Cast:
    """The sample world, as `linkspan.site.sample.load.load_world` makes it.

    The first call of a process loads it. Later calls copy the rows that the first one wrote, where the database is as
    it was then; elsewhere they load it too.
    """
    copy = COPIES.get(now)
    if copy and all(_rows(table) == rows for table, rows in copy.before.items()):
        for table, rows in copy.after.items():
            _replace(table, copy.before[table], rows)
        _set_sequences(copy)
        for content in copy.documents:
            storage.keep(content)
        return load.cast()
    before = {table: _rows(table) for table in _tables()}
    cast = load.load_world(now=now)
    after = {table: rows for table in before if (rows := _rows(table)) != before[table]}
    seeds = tuple(storage.read(row.secret) for row in SigningKeyRow.objects.all())
    COPIES.setdefault(now, Copy({table: before[table] for table in after}, after, seeds))
    return cast


def _tables() -> Iterator[str]:
    return (model._meta.db_table for model in apps.get_models(include_auto_created=True))


def _rows(table: str) -> Rows:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT * FROM {table}")
            return cursor.fetchall()
        with cursor.copy(f"COPY {table} TO STDOUT") as out:
            return [(bytes(block),) for block in out]


def _replace(table: str, before: Rows, rows: Rows) -> None:
    with connection.cursor() as cursor:
        if before:
            cursor.execute(f"DELETE FROM {table}")
        if connection.vendor == "sqlite":
            cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
        else:
            with cursor.copy(f"COPY {table} FROM STDIN") as into:
                for (block,) in rows:
                    into.write(block)


def _set_sequences(copy: Copy) -> None:
    written = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in copy.after]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(statement)
