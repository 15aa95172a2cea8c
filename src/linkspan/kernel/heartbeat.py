"""Signs of life: when a process last worked, written to the database, so that another process can tell."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction

from linkspan.kernel.models import Heartbeat

WORKER = "worker"
#: A worker that was not heard of for so long is called silent.
SILENT_SECONDS = 60
PROBE = "probe"
PROBE_SECONDS = 2

log = structlog.get_logger(__name__)


class Writing(StrEnum):
    """Whether the database takes what is written."""

    OK = "ok"
    BUSY = "busy"
    FAILED = "failed"


def beat(name: str, *, now: datetime) -> None:
    """Note that the process of that name works at `now`, the real time."""
    row = Heartbeat(name=name, at=now)
    Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=["at"])


@dataclass(frozen=True, slots=True)
class Worker:
    """When the worker was last heard of, and whether that is too long ago."""

    seen: datetime | None
    silent: bool


def worker(*, now: datetime) -> Worker:
    """What is known of the worker at `now`, the real time."""
    return seen(WORKER, now=now)


def seen(name: str, *, now: datetime) -> Worker:
    """What is known of the process of that name at `now`, the real time."""
    seen = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    return Worker(seen, seen is None or (now - seen).total_seconds() > SILENT_SECONDS)


def probe_writing(*, now: datetime) -> Writing:
    """Write one row, and say whether that could be done; BUSY if others kept the lock for two seconds."""
    try:
        if connection.vendor == "sqlite":
            _execute(f"PRAGMA busy_timeout = {PROBE_SECONDS * 1000}")  # this connection ends with its request
        with transaction.atomic():
            if connection.vendor == "postgresql":
                _execute(f"SET LOCAL statement_timeout = '{PROBE_SECONDS}s'")
            beat(PROBE, now=now)
    except (DatabaseError, InterfaceError) as error:
        writing = Writing.BUSY if _is_a_wait(error) else Writing.FAILED
        log.error("the database was not written", writing=writing.value, error=str(error))
        return writing
    return Writing.OK


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _is_a_wait(error: Exception) -> bool:
    """Whether somebody else's lock was in the way, by what the two databases say."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == "57014" or getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY
