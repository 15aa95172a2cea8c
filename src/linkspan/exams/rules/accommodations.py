"""Accommodations: what is arranged for a learner in an exam, how much time it gives, and the breaks that it allows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linkspan.exams.rules.services import words as one_line
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.refusals import Refusal

MOST_PERCENT, MOST_EXTRA_MINUTES, MOST_BREAK_MINUTES, MOST_BREAKS, LONGEST_WORDS = 200, 480, 240, 20, 300
#: Who takes minutes in all may take them in so many parts.
MOST_PARTS = 50
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
#: A last day is over when it is over everywhere.
LAST_ZONE = timedelta(hours=12)


class AccommodationKind(StrEnum):
    """What can be arranged."""

    PERCENT = "percent"
    MINUTES = "minutes"
    BREAKS = "breaks"
    READER = "reader"
    PAPER = "paper"
    ROOM = "room"
    EXEMPTION = "exemption"
    OTHER = "other"

    @property
    def numbered(self) -> bool:
        """Whether it has a number: a percent, or minutes."""
        return self in MOST


class AccommodationState(StrEnum):
    """Where a request stands; `proposed`: one person would grant an exemption, and another decides."""

    REQUESTED = "requested"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


_K = AccommodationKind
#: Nobody decided yet.
UNDECIDED = (AccommodationState.REQUESTED, AccommodationState.PROPOSED)
#: Kinds that have a number, and the most that it may be; the others have none.
MOST: Mapping[AccommodationKind, int] = {
    _K.PERCENT: MOST_PERCENT,
    _K.MINUTES: MOST_EXTRA_MINUTES,
    _K.BREAKS: MOST_BREAK_MINUTES,
}


@dataclass(frozen=True, slots=True)
class Accommodation:
    """One thing that is arranged: `amount` is the percent, or the minutes, of kinds that have one.

    Of breaks, `times` is how many of `amount` minutes each; 0: `amount` minutes in all, in as many parts as one likes.
    """

    kind: AccommodationKind
    amount: int = 0
    times: int = 0
    words: str = ""

    @property
    def size(self) -> int:
        """How much it is, to compare with another one of its kind."""
        return self.amount * (self.times or 1)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided on an accommodation, newest last; `asks_more`: asked for while another one stood."""

    accommodation: Accommodation
    approved: bool
    asks_more: bool = False
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class AccommodationRequest:
    """What was asked for, and what became of it; `granted` may be less. What a list granted was asked for outside."""

    id: UUID
    learner_id: UUID
    exam_code: str
    exam_title: str
    asked: Accommodation
    granted: Accommodation | None
    state: AccommodationState
    requested_at: datetime
    reason: str
    last_day: date | None = None
    proposed_by: str = ""
    has_document: bool = False
    refused_before: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Arranged:
    """What stands for a learner in an exam, and until when."""

    accommodation: Accommodation
    last_day: date | None = None


class AccommodationOutcome(StrEnum):
    """What becomes of a row of a file of accommodations."""

    GRANTED = "granted"
    PROPOSED = "proposed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AccommodationLine:
    """A row of a file, the header being row 1, and what becomes of it; `percent` is 0 of other kinds."""

    row: int
    email: str
    percent: int
    outcome: AccommodationOutcome
    reason: str = ""
    kind: str = AccommodationKind.PERCENT
    amount: int = 0
    times: int = 0
    words: str = ""
    last_day: str = ""


def extra_percent(percent: int) -> Accommodation:
    """Extra time by so many percent of the exam's own."""
    return Accommodation(AccommodationKind.PERCENT, percent)


def checked(one: Accommodation) -> Accommodation:
    """The accommodation, its words in one line; Unusable where a number is out of range, or words are missing."""
    most, words = MOST.get(one.kind, 0), one_line(one.words, LONGEST_WORDS + 1)
    if one.kind is AccommodationKind.PERCENT and not 1 <= one.amount <= most:
        raise Unusable("extra_time_out_of_range", "Extra time is 1 to {most} percent.", most=most)
    if most and not 1 <= one.amount <= most:
        raise Unusable("accommodation_out_of_range", "Minutes: enter a whole number from 1 to {most}.", most=most)
    if one.kind is AccommodationKind.BREAKS and (not 0 <= one.times <= MOST_BREAKS or one.size > most):
        raise Unusable(
            "breaks_out_of_range",
            "At most {number} breaks, and at most {most} minutes of breaks in all.",
            number=MOST_BREAKS,
            most=most,
        )
    if len(words) > LONGEST_WORDS:
        raise Unusable("accommodation_words_long", "Write at most {most} characters.", most=LONGEST_WORDS)
    if one.kind is AccommodationKind.OTHER and not words:
        raise Unusable("accommodation_words_missing", "Say what should be arranged.")
    times = one.times if one.kind is AccommodationKind.BREAKS else 0
    return Accommodation(one.kind, one.amount if most else 0, times, words)


def is_more(asked: Accommodation, held: Iterable[Accommodation]) -> bool:
    """Whether something is asked for beyond what stands already."""
    same = [one for one in held if one.kind is asked.kind]
    if asked.kind is AccommodationKind.OTHER:
        return asked.words not in {one.words for one in same}
    return not same or asked.size > max(one.size for one in same)


def in_force(last_day: date | None, moment: datetime) -> bool:
    """Whether a last day is not over yet, somewhere."""
    return last_day is None or (moment - LAST_ZONE).date() <= last_day


def standing(decided: Sequence[Decided], moment: datetime) -> tuple[Arranged, ...]:
    """What stands at a moment, of decisions in their order: of each kind what was decided last.

    A refusal of more, and a grant of more whose last day is over, leave what stood before. Of other words each stands
    by itself.
    """
    found: dict[tuple[AccommodationKind, str], Decided] = {}
    for one in decided:
        asked = one.accommodation
        stands = one.approved and in_force(one.last_day, moment)
        if stands or not one.asks_more:
            found[asked.kind, asked.words if asked.kind is AccommodationKind.OTHER else ""] = one
    order = list(AccommodationKind)
    return tuple(
        Arranged(one.accommodation, one.last_day)
        for _, one in sorted(found.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
        if one.approved and in_force(one.last_day, moment)
    )


def extra_time(base: timedelta, held: Iterable[Accommodation]) -> timedelta:
    """How much longer an exam lasts: its time × the multiplier + the minutes, in whole seconds, rounded up."""
    amounts = [(one.kind, one.amount) for one in held]
    percent = sum(amount for kind, amount in amounts if kind is AccommodationKind.PERCENT)
    minutes = sum(amount for kind, amount in amounts if kind is AccommodationKind.MINUTES)
    return -(-(base * percent) // (100 * SECOND)) * SECOND + minutes * MINUTE


@dataclass(frozen=True, slots=True)
class Break:
    """A break that was taken: the clock stood from its begin to its end."""

    begun_at: datetime
    ended_at: datetime

    @property
    def lasted(self) -> timedelta:
        """For how long."""
        return self.ended_at - self.begun_at


@dataclass(frozen=True, slots=True)
class Breaks:
    """The breaks of an attempt: what is allowed, and what was taken. Without an allowance there are none."""

    allowed: Accommodation | None = None
    taken: tuple[Break, ...] = field(default=())

    @property
    def whole(self) -> timedelta:
        """All minutes that are allowed."""
        return (self.allowed.size if self.allowed else 0) * MINUTE

    @property
    def times_left(self) -> int:
        """How many breaks can still begin."""
        most = self.allowed.times or MOST_PARTS if self.allowed else 0
        return max(most - len(self.taken), 0)

    @property
    def left(self) -> timedelta:
        """How long the next break may last; nothing where none is left."""
        if self.allowed is None or not self.times_left:
            return timedelta()
        if self.allowed.times:
            return self.allowed.amount * MINUTE
        return max(self.whole - sum((one.lasted for one in self.taken), timedelta()), timedelta())

    def next(self) -> timedelta:
        """How long the next break may last; Refused where there is none."""
        if self.allowed is None:
            raise Refused("no_breaks", "No breaks are arranged for you in this exam. Ask the proctor.")
        if self.left <= timedelta():
            raise Refused("breaks_used", "You took all the breaks that are arranged. Ask the proctor if you need one.")
        return self.left


def is_exempt(held: Iterable[Arranged]) -> bool:
    """Whether a learner is exempted from the exam."""
    return any(one.accommodation.kind is AccommodationKind.EXEMPTION for one in held)


def breaks_of(held: Iterable[Accommodation], taken: Iterable[Break]) -> Breaks:
    """The breaks of an attempt, of what stands for its learner."""
    allowed = next((one for one in held if one.kind is AccommodationKind.BREAKS), None)
    return Breaks(allowed, tuple(taken))


def may_list_accommodations(actor: Actor, institution: str) -> bool:
    """Program staff of the institution."""
    return actor.has_role("program_staff", institution)


def may_decide_accommodation(actor: Actor, institution: str, learner_id: UUID) -> bool:
    """Program staff of the institution, never their own request; they alone read the evidence."""
    return may_list_accommodations(actor, institution) and not actor.is_person(learner_id)


def may_see_arranged(actor: Actor, institution: str, learner_id: UUID) -> bool:
    """The learner, and proctors and program staff of the institution: what is arranged, never why."""
    holds = actor.has_role("proctor", institution) or actor.has_role("program_staff", institution)
    return actor.is_person(learner_id) or holds
