"""Instants as XML Schema 1.1 writes them (dateTimeStamp), among them those that Python's own reader does not know."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

#: Date, `T`, seconds and a zone; no week dates, no basic form. A leap second is read, though XML Schema has none.
STAMP = (
    r"^-?([1-9][0-9]{4,11}|[0-9]{4})-[0-9]{2}-[0-9]{2}"
    r"T(24:00:00(\.0{1,30})?|([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,30})?)"
    r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))$"
)
WRITTEN = re.compile(STAMP.removesuffix("$") + r"\Z")
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def utc_moment(value: Any) -> datetime | None:
    """`moment` in UTC: next to the first and the last year, the first or last instant that Python knows there."""
    found = moment(value)
    try:
        return None if found is None else found.astimezone(UTC)
    except OverflowError:
        return EARLIEST if found is not None and found.year == 1 else LATEST


def moment(value: Any) -> datetime | None:
    """An XML Schema dateTimeStamp; None if it is not one.

    24:00:00 is the midnight after. A leap second counts as the second before it, a year that Python does not know as
    the first or last instant that it does.
    """
    return _read(value) if isinstance(value, str) else None


@lru_cache(maxsize=1024)
def _read(value: str) -> datetime | None:
    if not WRITTEN.match(value):
        return None
    if value.startswith(("-", "0000")):
        return EARLIEST if _is_day(value) else None
    if value[4] != "-":
        return LATEST if _is_day(value) else None
    midnight, leap = value[11:13] == "24", value[17:19] == "60"
    try:
        found = datetime.fromisoformat(f"{value[:11]}00{value[13:]}" if midnight else value.replace(":60", ":59", leap))
        return found + timedelta(days=1) if midnight else found
    except OverflowError:
        return LATEST
    except ValueError:
        return None


def _is_day(value: str) -> bool:
    """Whether a year that Python does not know has such a day: calendars repeat every 400 years."""
    year, _, rest = value.removeprefix("-").partition("-")
    return moment(f"{2000 + int(year) % 400}-{rest}") is not None
