"""The parts of a table on PostgreSQL: ranges that follow time, of ids that begin with it or numbers that count up."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

_BOUND = re.compile(r"\('?([^')]+)'?\)")

#: So many months begin before there is anything to put into them.
AHEAD = 2


@dataclass(frozen=True, slots=True)
class Range:
    """From `start`, which is in it, to `end`, which is not, as SQL writes them, under a name that says which."""

    name: str
    start: str
    end: str


def month_of(at: datetime) -> datetime:
    """When the month of that moment began, in UTC."""
    day = at.astimezone(UTC)
    return datetime(day.year, day.month, 1, tzinfo=UTC)


def next_month(month: datetime) -> datetime:
    """When the month after begins."""
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)


def first_id(at: datetime) -> UUID:
    """The least id that can be made at that moment."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def made_at(identifier: UUID) -> datetime:
    """When an id of version 7 was made."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def months(at: datetime) -> tuple[Range, ...]:
    """The month of that moment and so many after it."""
    found, month = [], month_of(at)
    for _ in range(1 + AHEAD):
        after = next_month(month)
        found.append(Range(f"{month:%Y_%m}", str(first_id(month)), str(first_id(after))))
        month = after
    return tuple(found)


def stretches(newest: int, size: int) -> tuple[Range, ...]:
    """The stretch of numbers in which the newest is, and so many after it."""
    now = newest // size
    return tuple(Range(f"from_{n * size}", str(n * size), str((n + 1) * size)) for n in range(now, now + 1 + AHEAD))


def bounds_in(holds: str) -> tuple[str, str]:
    """Where a part starts and ends, out of what the server says that it holds; nothing where it has no bound."""
    start, end = _BOUND.search(holds or ""), _BOUND.search((holds or "").partition(" TO ")[2])
    return (start[1] if start and "MINVALUE" not in holds else "", end[1] if end else "")
