"""The days and instants that matter on a pathway, each in the zone of the institution that set it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from linkspan.pathways.rules.agreement import Agreement


class What(StrEnum):
    """What happens."""

    OPENS = "opens"
    CLOSES = "closes"
    DECIDED = "decided"


#: A window opens as its first day begins and closes as its last day ends, where the institution is.
AT: Mapping[What, time] = {What.OPENS: time(0, 0), What.CLOSES: time(23, 59), What.DECIDED: time(12, 0)}


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that happens at an instant (aware, in the institution's zone), for one term of one pathway."""

    agreement_id: str
    title: str
    institution: str
    term: str
    what: What
    at: datetime


def window_deadlines(agreement: Agreement, institution: str, zone: ZoneInfo) -> tuple[Deadline, ...]:
    """The deadlines of an agreement's windows; what a window does not name is left out."""
    title = agreement.receiving.name
    found = []
    for window in agreement.windows:
        days = {What.OPENS: window.opens, What.CLOSES: window.closes, What.DECIDED: window.decided}
        for what, day in days.items():
            if day is not None:
                instant = datetime.combine(day, AT[what], zone)
                found.append(Deadline(agreement.id, title, institution, window.term or "", what, instant))
    return tuple(found)


def ahead(deadlines: Iterable[Deadline], now: datetime) -> tuple[Deadline, ...]:
    """Those to come, the nearest first; of the same thing for the same term, what is named first stands."""
    seen: dict[tuple[str, str, str], Deadline] = {}
    for deadline in deadlines:
        seen.setdefault((deadline.agreement_id, deadline.term, deadline.what), deadline)
    coming = [deadline for deadline in seen.values() if deadline.at >= now]
    return tuple(sorted(coming, key=lambda d: (d.at, d.agreement_id, d.what)))
