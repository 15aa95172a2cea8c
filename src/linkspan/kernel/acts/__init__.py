"""Acts that cannot be undone: looked at, confirmed, in effect on a day or after some minutes, undone till then."""

from linkspan.kernel.acts.confirming import confirm, release, release_due, undo
from linkspan.kernel.acts.looking import look
from linkspan.kernel.acts.standing import planned, waiting_here, waiting_on
from linkspan.kernel.acts.values import (
    Act,
    Asked,
    Change,
    Confirmed,
    Line,
    Outdated,
    Planned,
    PlannedState,
    Preview,
    act_as,
    act_named,
    known_acts,
    learn,
    thing_of,
)

__all__ = [
    "Act",
    "Asked",
    "Change",
    "Confirmed",
    "Line",
    "Outdated",
    "Planned",
    "PlannedState",
    "Preview",
    "act_as",
    "act_named",
    "confirm",
    "known_acts",
    "learn",
    "look",
    "planned",
    "release",
    "release_due",
    "thing_of",
    "undo",
    "waiting_here",
    "waiting_on",
]
