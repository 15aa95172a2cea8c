"""What waits for the offices of a person, with its age and until when it is to be done."""

from dataclasses import dataclass
from datetime import datetime

from linkspan.kernel.actor import Actor
from linkspan.messages.queries import waits_at
from linkspan.messages.rules.waits import Standing, Wait

#: So many are shown; the lists of the desks have the rest.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A wait as its office sees it: how it stands, and how many days it has waited."""

    wait: Wait
    standing: Standing
    days: int


@dataclass(frozen=True, slots=True)
class Today:
    """All that a person's offices have to do: what is late first, then what has waited longest."""

    late: int
    soon: int
    all: int
    lines: tuple[Line, ...]


def today(actor: Actor, now: datetime) -> Today:
    """The list of the actor's offices; empty without a role."""
    lines = [Line(one, one.standing(now), (now - one.since).days) for one in waits_at(actor, now)]
    standings = list(Standing)
    lines.sort(key=lambda line: (-standings.index(line.standing), line.wait.since, line.wait.key))
    count = {one: sum(line.standing is one for line in lines) for one in Standing}
    return Today(count[Standing.LATE], count[Standing.SOON], len(lines), tuple(lines[:SHOWN]))
