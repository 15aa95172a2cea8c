"""What an act that cannot be undone is, and what is seen of it before and after it is confirmed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused
from linkspan.kernel.reasons import Reason


@dataclass(frozen=True, slots=True)
class Line:
    """Where something stands that an act may change: whose it is, if anybody's, what it is, and its state.

    A state is a code, or an amount or number in words; with `coded`, `what` is a code too.
    """

    learner_id: UUID | None
    what: str
    state: str
    coded: bool = False


#: Where everything stands that an act may change, by a key that stays the same.
type Lines = Mapping[str, Line]
#: What a form says beside the subject: which of two, to which status, of which credentials.
type Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: by whom, about what, how, why, and when."""

    actor: Actor
    subject: str
    fields: Fields
    reason: str
    now: datetime

    def word(self, name: str) -> str:
        """A field that is a text; empty where it is none, whatever a program sent."""
        found = self.fields.get(name)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act that cannot be undone.

    `do` does it, and is what is tried for the preview; it calls nothing outside of the process. `lines` says where
    what it may change stands; `school` whose trail it belongs to. `tells` are the events whose learners get a message.
    `own` acts are a learner's: they take effect at once. `takes_reason` says whether one must be given; `roles` hold
    who else at the school sees that it waits.
    """

    name: str
    do: Callable[[Asked], object]
    lines: Callable[[Asked], Lines]
    school: Callable[[str], str]
    tells: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    own: bool = False
    takes_reason: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes, before and after; nothing before is new, nothing after is gone."""

    learner_id: UUID | None
    what: str
    before: str
    after: str
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who is left as they are, and why."""

    one: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do now; nothing is changed. `seen` is the version that a confirmation names."""

    act: str
    subject: str
    changes: tuple[Change, ...]
    told: tuple[UUID, ...]
    left: tuple[Left, ...]
    seen: str

    @property
    def people(self) -> frozenset[UUID]:
        """Everybody for whom something changes."""
        return frozenset(change.learner_id for change in self.changes if change.learner_id is not None)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person confirms: the version they saw, why, how many people they say it hits, and when it takes effect.

    `once` is made with the page: the same confirmation sent twice acts once. Without `release_at` it takes effect
    after the minutes that the installation sets.
    """

    once: UUID
    seen: str
    reason: str = ""
    number: int | None = None
    release_at: datetime | None = None


class PlannedState(StrEnum):
    """Waiting for its time; done; undone by a person; lapsed, since what was seen had changed or was refused."""

    WAITING = "waiting"
    DONE = "done"
    UNDONE = "undone"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Planned:
    """A confirmed act: by whom, when it takes effect, and what became of it."""

    id: UUID
    act: str
    subject: str
    institution: str
    by: str
    person_id: UUID | None
    reason: str
    confirmed_at: datetime
    release_at: datetime
    state: PlannedState
    people: int


class Outdated(Refused):
    """What was seen has changed: nothing was done; `preview` is what it would do now."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("changed_since", "Something was changed since you looked. Look at it again.")
        self.preview = preview


@dataclass(slots=True)
class _Known:
    """What the site has put together."""

    acts: dict[str, Act] = field(default_factory=dict)
    person: Callable[[UUID], Actor] | None = None


_known = _Known()


def learn(act: Act) -> None:
    """Know an act by its name, so that it can take effect later."""
    _known.acts[act.name] = act


def known_acts() -> Mapping[str, Act]:
    """Every act that cannot be undone, by name."""
    return dict(_known.acts)


def act_named(name: str) -> Act:
    """The act of that name."""
    if name not in _known.acts:
        raise NotFound("act_unknown", "There is no such act.")
    return _known.acts[name]


def thing_of(subject: str) -> UUID:
    """The id that a subject is; NotFound for what is none."""
    try:
        return UUID(subject)
    except ValueError:
        raise NotFound("subject_unknown", "There is nothing of this kind.") from None


def act_as(person: Callable[[UUID], Actor]) -> None:
    """Have the site say what a person may do when their act takes effect."""
    _known.person = person


def person_now(person_id: UUID) -> Actor:
    """The actor that a person is now."""
    if _known.person is None:
        raise NotFound("person_unknown", "There is no such account.")
    return _known.person(person_id)
