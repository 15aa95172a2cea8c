"""Reads that may be late: named queries go to a replica where there is one; everything else stays with the primary.

A query says so of itself with `may_be_late`. While it runs nothing can be written, with or without a replica, so that a
test finds who tries. A replica that is silent or far behind is passed by: the primary answers. How far behind it is
shows by the signs of life, which the primary writes all the time and the replica has later.
"""

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Max

from linkspan.kernel.models import Heartbeat

REPLICA, PRIMARY = "replica", "default"
#: How far behind a replica is is asked again after so long.
ASKED_SECONDS = 5.0
SILENT = "silent"

_late: ContextVar[bool] = ContextVar("late", default=False)
_asked = threading.local()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Behind:
    """By how many seconds the replica is behind; None if it does not answer."""

    seconds: float | None

    @property
    def usable(self) -> bool:
        """Whether it may be read."""
        return self.seconds is not None and self.seconds <= settings.REPLICA_SECONDS


def may_be_late[**P, T](query: Callable[P, T]) -> Callable[P, T]:
    """Have the query read from the replica, if there is a usable one; it writes nothing, whatever it calls."""
    if inspect.isgeneratorfunction(query):
        raise TypeError(f"{query.__name__} is read later than it is called.")

    @wraps(query)
    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        with late_reads():
            return query(*args, **kwargs)

    vars(read)["reads_late"] = True
    return read


@contextmanager
def late_reads() -> Iterator[None]:
    """Read from the replica meanwhile, and write nothing."""
    token = _late.set(True)
    try:
        yield
    finally:
        _late.reset(token)


def is_named() -> bool:
    """Whether this installation has a replica."""
    return REPLICA in settings.DATABASES


class Router:
    """Django's question of which database: the replica for what may be late, the primary for the rest."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """The replica while a named query runs; never within a transaction, which has to see what it wrote."""
        if not _late.get() or not is_named() or connections[PRIMARY].in_atomic_block:
            return None
        return REPLICA if behind().usable else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        """RuntimeError while a named query runs: it reads only."""
        if _late.get():
            raise RuntimeError(f"{model._meta.db_table} is written by a query that may be late.")
        return PRIMARY

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """What was read from the one may stand beside what was read from the other: they are the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """A replica gets its tables from its primary."""
        return False if db == REPLICA else None


def behind(*, anew: bool = False) -> Behind:
    """How far behind the replica is, asked every few seconds by each thread."""
    known: tuple[float, Behind] | None = getattr(_asked, "known", None)
    if known and not anew and time.monotonic() < known[0]:
        return known[1]
    found = _ask()
    _asked.known = (time.monotonic() + ASKED_SECONDS, found)
    return found


def _ask() -> Behind:
    try:
        late = _newest(REPLICA)
    except (DatabaseError, InterfaceError) as error:
        log.error("the replica does not answer; the primary is read", error=str(error))
        connections[REPLICA].close()
        return Behind(None)
    newest = _newest(PRIMARY)
    if newest is None:
        return Behind(0.0)
    return Behind(None if late is None else max(0.0, (newest - late).total_seconds()))


def _newest(database: str) -> Any:
    return Heartbeat.objects.using(database).aggregate(newest=Max("at"))["newest"]
