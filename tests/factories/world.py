"""The sample world, loaded once and copied into each test's database after that.

The world alone is loaded once a process; what takes longer is made once a run, by the first process that asks, while
the others wait for it. Its documents and courses lie in the home folder, which all processes of a run share and where
nothing is ever deleted: they are there. Where a test changes what they depend on, it makes its own.
"""

import fcntl
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction

from linkspan.institutions.models import SigningKeyRow
from linkspan.kernel import storage
from linkspan.site import journey
from linkspan.site.sample import load, story

type Rows = list[tuple[Any, ...]]


@dataclass
class Copy:
    """What loading made: the tables that it wrote to, as they were before and after, and the keys' documents."""

    before: dict[str, Rows] = field(default_factory=dict)
    after: dict[str, Rows] = field(default_factory=dict)
    documents: tuple[bytes, ...] = ()


COPIES: dict[datetime, Copy] = {}
#: The day on which the story's pathways are seen.
STORY_DAY = date(2018, 10, 3)
#: Settings that what is made depends on.
SHAPING = ("HOME", "BASE_URL", "DOCUMENT_ROOT", "DOCUMENT_KEY", "COURSE_ROOT", "SECRET_KEY", "INSTITUTION", "PDF_SEAL")


def load_world(*, now: datetime = load.OPENING) -> load.Cast:
    """The sample world, as `linkspan.site.sample.load.load_world` makes it.

    The first call of a process loads it. Later calls copy the rows that the first one wrote, where the database is as
    it was then; elsewhere they load it too.
    """
    copy = COPIES.get(now)
    if copy and _put(copy):
        return load.cast()
    cast, copy = _made(lambda: load.load_world(now=now))
    copy.documents = tuple(storage.read(row.secret) for row in SigningKeyRow.objects.all())
    COPIES.setdefault(now, copy)
    return cast


def load_world_with_courses() -> load.Cast:
    """The sample world with its courses, its exam and its rounds."""

    def make() -> load.Cast:
        cast = load_world()
        story.load_courses(load.world())
        return cast

    return _once_a_run("courses", make)


def load_world_with_holders() -> tuple[load.Cast, dict[str, UUID]]:
    """The sample world with a holder of each credential but the learner's; its people, and the holders by program."""
    return _once_a_run("holders", lambda: _with_holders(load_world()))


def load_world_with_courses_and_holders() -> tuple[load.Cast, dict[str, UUID]]:
    """The same with the courses, the exam and the rounds."""
    return _once_a_run("courses-and-holders", lambda: _with_holders(load_world_with_courses()))


def load_story() -> load.Cast:
    """The people of the story after six of its seven steps: all but the thousands of others."""

    def make() -> load.Cast:
        with tempfile.TemporaryDirectory() as out:
            list(islice(journey.play(Path(out), STORY_DAY), 6))
        return load.cast()

    return _once_a_run("story", make)


def _with_holders(cast: load.Cast) -> tuple[load.Cast, dict[str, UUID]]:
    return cast, dict(story.add_holders(cast, load.world()))


def _once_a_run[T](name: str, make: Callable[[], T]) -> T:
    if _shape() != USUAL:
        return make()
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    file = settings.HOME / f"worlds-{run}" / name
    file.parent.mkdir(exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            found = _made(make)
            file.write_bytes(pickle.dumps(found))
            return found[0]
    made, copy = pickle.loads(file.read_bytes())
    return made if _put(copy) else make()


def _shape() -> tuple[str, ...]:
    return tuple(str(getattr(settings, name)) for name in SHAPING)


USUAL = _shape()


def _made[T](make: Callable[[], T]) -> tuple[T, Copy]:
    before = {table: _rows(table) for table in _tables()}
    made = make()
    after = {table: rows for table in before if (rows := _rows(table)) != before[table]}
    return made, Copy({table: before[table] for table in after}, after)


def _put(copy: Copy) -> bool:
    """Copy the rows where the database is as it was before they were made; whether it is."""
    if any(_rows(table) != rows for table, rows in copy.before.items()):
        return False
    with transaction.atomic():  # references are asked for at its end, so the order of the tables does not matter
        for table, rows in copy.after.items():
            _replace(table, copy.before[table], rows)
        _set_sequences(copy)
    for content in copy.documents:
        storage.keep(content)
    return True


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
