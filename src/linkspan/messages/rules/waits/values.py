"""What a wait is, and how it stands: on time, soon due, late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.things import About, Thing
from linkspan.kernel.waiting import Open, What

#: Working days from Monday to Friday; holidays are not known here.
WEEKEND = 5
REMINDED_AFTER = 0.75


class Party(StrEnum):
    """Who acts: the learner, an office, somebody elsewhere, a colleague, or nobody before a day has come."""

    YOU = "you"
    OFFICE = "office"
    ELSEWHERE = "elsewhere"
    COLLEAGUE = "colleague"
    DATE = "date"


class Standing(StrEnum):
    """How a wait stands. What has no end is always on time."""

    ON_TIME = "on_time"
    SOON = "soon"
    LATE = "late"


class By(StrEnum):
    """By what a wait leads to its page: its own id, that of the thing that it belongs to, or other keys."""

    NOTHING = ""
    ID = "id"
    PARENT = "parent"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class At:
    """The page of a wait: of what kind of thing, and by what of the wait it is found."""

    thing: Thing
    by: By = By.NOTHING

    def about(self, found: Open) -> About:
        """The thing of one wait."""
        if self.by is By.NOTHING:
            return About(self.thing)
        if self.by is By.KEYS:
            return About.of(self.thing, *found.keys.split("/"))
        return About.of(self.thing, found.id if self.by is By.ID else UUID(found.keys))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of wait: who acts, on which pages it stands, and its words as message ids.

    `own` and `mine` are the learner's page and words, empty where the wait is not told to one; `desk` and `theirs`
    those of the `roles` who act. `days` are the working days that it takes if it has no end of its own. `leads` hear
    of it when it is late. `meanwhile` says to the learner what can be done until then.
    """

    party: Party
    own: At | None = None
    mine: str = ""
    act: str = ""
    meanwhile: str = ""
    desk: At | None = None
    theirs: str = ""
    roles: frozenset[str] = frozenset()
    days: int | None = None
    leads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wait:
    """What waits, who acts, since when, until when, on which page one acts or sees it.

    `institution` is whose office it is with, `person_id` one who is named to act, `but_not` and `nor` who may not.
    `late_after` is None where nothing is ever late.
    """

    what: What
    party: Party
    id: UUID
    about: About
    title: str
    institution: str
    learner_id: UUID | None
    person_id: UUID | None
    but_not: UUID | None
    since: datetime
    until: datetime | None
    late_after: datetime | None
    nor: UUID | None = None

    @property
    def key(self) -> str:
        """What names the wait among all."""
        return f"{self.what}:{self.id}"

    @property
    def reminded_at(self) -> datetime | None:
        """When three quarters of its time are over."""
        return self.late_after and self.since + (self.late_after - self.since) * REMINDED_AFTER

    def standing(self, now: datetime) -> Standing:
        """How it stands now."""
        if self.late_after is None or self.reminded_at is None:
            return Standing.ON_TIME
        if now >= self.late_after:
            return Standing.LATE
        return Standing.SOON if now >= self.reminded_at else Standing.ON_TIME


def due_after(since: datetime, days: int) -> datetime:
    """The moment so many working days after another."""
    at, left = since, days
    while left:
        at += timedelta(days=1)
        left -= at.weekday() < WEEKEND
    return at


def as_wait(found: Open, kind: Kind, at: At) -> Wait:
    """What a domain read, as a wait that leads to a page."""
    until = found.until or (due_after(found.since, kind.days) if kind.days else None)
    late = None if kind.party is Party.DATE else until
    told = (found.institution, found.learner_id, found.person_id, found.but_not, found.since)
    return Wait(found.what, kind.party, found.id, at.about(found), found.title, *told, until, late, found.nor)


def in_order(waits: Iterable[Wait]) -> list[Wait]:
    """One's own turns first, then those of others, then days; of each the one that ends first, then the oldest."""
    parties = list(Party)
    return sorted(
        waits,
        key=lambda one: (parties.index(one.party), one.until is None, one.until or one.since, one.since, one.key),
    )
