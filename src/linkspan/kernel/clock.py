"""The only place that reads the system clock.

`real_now` is for sessions, tokens and signature checks. `domain_now` is what faces and jobs pass as `now` to
actions and queries; `linkspan serve --on DATE` shifts it.
"""

import os
from datetime import UTC, date, datetime, time, timedelta

#: Shift the domain clock to this ISO date or instant; for the demo and for trying out.
SHIFT = "LINKSPAN_ON"


def real_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def parse_instant(text: str) -> datetime:
    """An aware instant from an ISO 8601 date (noon UTC of that day) or date and time.

    Raises ValueError if the text is neither or has no offset.
    """
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(12), tzinfo=UTC)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return instant


_started = real_now()


def domain_shift() -> timedelta:
    """How far the domain clock stands from the real one: zero unless LINKSPAN_ON is set."""
    on = os.environ.get(SHIFT)
    return parse_instant(on) - _started if on else timedelta(0)


def domain_now() -> datetime:
    """The present instant of the domain, in UTC: the real one moved by `domain_shift`."""
    return real_now() + domain_shift()
