"""Until when a case is decided: the registrar is reminded at three quarters, and told with the dean when it is late."""

from datetime import datetime, timedelta
from enum import StrEnum

#: Working days from Monday to Friday; holidays are not known here.
WORKING_DAYS = 10
WEEKEND = 5
REMINDED_AFTER = 0.75
#: As much as a learner writes to a registrar at once, and how often.
LONGEST_ANSWER = 5_000
MOST_ANSWERS = 20


class Nudge(StrEnum):
    """What the clock says of a case that is still open."""

    NONE = "none"
    REMINDED = "reminded"
    LATE = "late"


def due_after(opened: datetime, days: int = WORKING_DAYS) -> datetime:
    """The moment so many working days after another."""
    at, left = opened, days
    while left:
        at += timedelta(days=1)
        left -= at.weekday() < WEEKEND
    return at


def nudge(opened: datetime, due: datetime, now: datetime) -> Nudge:
    """What is due to be said now."""
    if now >= due:
        return Nudge.LATE
    return Nudge.REMINDED if now >= opened + (due - opened) * REMINDED_AFTER else Nudge.NONE
