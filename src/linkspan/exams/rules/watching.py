"""An exam that a service of others watches: what the service is told, and what its reviews mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from linkspan.exams.rules.services import ServiceKind, words
from linkspan.exams.rules.states import NOT_COUNTED, AttemptState
from linkspan.kernel.errors import Refused, Unusable

MOST_COMMENTS, LONGEST_COMMENT, LONGEST_SECONDS = 500, 2000, 48 * 3600
#: Days after the results for which a service may keep what it recorded.
LONGEST_KEPT = 1095


class NotWatched(Refused):
    """What a service says of an attempt that it does not watch any more."""

    status = 412


class Opinion(StrEnum):
    """What a review of a service comes to here. None of them is a verdict."""

    CLEAR = "clear"
    DOUBT = "doubt"
    UNSEEN = "unseen"


#: The service's word, and what it comes to; a word that is not here is refused.
REVIEWS: Mapping[str, Opinion] = {
    "passed": Opinion.CLEAR,
    "violation": Opinion.DOUBT,
    "suspicious": Opinion.DOUBT,
    "not_reviewed": Opinion.UNSEEN,
}


class Told(StrEnum):
    """What a service was last told of a session."""

    NOTHING = "nothing"
    CREATED = "created"
    STARTED = "started"
    SUBMITTED = "submitted"
    ERROR = "error"
    DELETED = "deleted"


#: What each is told after; a step that is missing is told first.
_AFTER = {Told.CREATED: Told.NOTHING, Told.STARTED: Told.CREATED, Told.SUBMITTED: Told.STARTED}
#: Sessions with which the service has nothing more to do but to delete them.
ENDED = frozenset({Told.SUBMITTED, Told.ERROR, Told.DELETED})


@dataclass(frozen=True, slots=True)
class Allowance:
    """Something that an exam allows or not, in the words of the service."""

    key: str
    words: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """How a version is watched: by which service, what it allows, how long that keeps what it saw.

    With `accepts`, a review that saw nothing accepts an attempt of which nobody noted anything else.
    """

    service_id: UUID
    name: str
    allowances: tuple[Allowance, ...]
    accepts: bool
    keeps_days: int
    kind: ServiceKind = ServiceKind.EDX_PROCTORING

    @classmethod
    def kept(cls, told: Mapping[str, Any]) -> Self:
        """Return it as a version keeps it."""
        allowances = tuple(Allowance(**one) for one in told["allowances"])
        kind = ServiceKind(told.get("kind", ServiceKind.EDX_PROCTORING))
        return cls(UUID(told["service_id"]), told["name"], allowances, told["accepts"], told["keeps_days"], kind)

    def rules(self) -> dict[str, bool]:
        """The rules as the service knows them."""
        return {one.key: one.allowed for one in self.allowances}


@dataclass(frozen=True, slots=True)
class Comment:
    """What a service noted at a time of its recording, in seconds from its start where it says so."""

    words: str
    status: str
    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class ServiceReview:
    """A review of a service."""

    status: str
    opinion: Opinion
    comments: tuple[Comment, ...]
    reviewed_by: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """An attempt, or practice, at a service: what it was told, what the learner does first, what it said."""

    id: UUID
    service: str
    is_enabled: bool
    told: Told
    asked_at: datetime
    failing_since: datetime | None
    problem: str
    onboarding: str
    instructions: tuple[str, ...]
    software: str
    ready_at: datetime | None
    reviews: tuple[ServiceReview, ...]
    deleted_at: datetime | None
    kind: ServiceKind = ServiceKind.EDX_PROCTORING


@dataclass(frozen=True, slots=True)
class Practice:
    """Practice with a service, by which a learner is set up there; `onboarding` says what came of it."""

    id: UUID
    session: Session
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stray:
    """A callback of a service that fits no session here."""

    what: str
    external_id: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OtherWay:
    """A named person lets an attempt go on without the service."""

    reason: str
    given_by: str
    at: datetime


def opinions_doubting() -> tuple[str, ...]:
    """The words of services that come to a doubt."""
    return tuple(word for word, opinion in REVIEWS.items() if opinion is Opinion.DOUBT)


def owed(
    told: Told, state: AttemptState, *, is_current: bool, is_waived: bool, is_over: bool = False
) -> tuple[Told, ...]:
    """Return what a service is still to be told of a session, in order; nothing where it knows all.

    A session that ended before its attempt (another device, another way) is an error to the service once it began; on
    another device the next one waits.
    With `is_over` what the service recorded has been kept for long enough.
    """
    if is_over:
        return () if told in (Told.NOTHING, Told.DELETED) else (Told.DELETED,)
    if told in ENDED:
        return ()
    if state in NOT_COUNTED:
        return () if told is Told.NOTHING else (Told.DELETED,)
    if is_waived or not is_current:
        return {Told.NOTHING: (), Told.CREATED: (Told.DELETED,)}.get(told, (Told.ERROR,))
    if state is AttemptState.ERROR:
        return {Told.NOTHING: (Told.CREATED,), Told.CREATED: ()}.get(told, (Told.ERROR,))
    return _up_to(told, _target(state))


def practice_state(ready_at: datetime | None, finished_at: datetime | None) -> AttemptState:
    """Return where practice stands, as an attempt would."""
    if finished_at is not None:
        return AttemptState.SUBMITTED
    return AttemptState.CREATED if ready_at is None else AttemptState.STARTED


def _target(state: AttemptState) -> Told:
    if state in (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED):
        return Told.CREATED
    return Told.STARTED if state in (AttemptState.STARTED, AttemptState.PAUSED) else Told.SUBMITTED


def _up_to(told: Told, target: Told) -> tuple[Told, ...]:
    steps: tuple[Told, ...] = ()
    while target is not told:
        steps, target = (target, *steps), _AFTER[target]
        if target is Told.NOTHING and told is not Told.NOTHING:
            return ()
    return steps


def read_review(body: object) -> ServiceReview:
    """The review that a service sends; Unusable before anything of it is kept."""
    told = body if isinstance(body, Mapping) else {}
    status = told.get("status")
    opinion = REVIEWS.get(status) if isinstance(status, str) else None
    if opinion is None:
        raise Unusable("review_status_unknown", "The status is one of {known}.", known=", ".join(REVIEWS))
    listed = told.get("comments", [])
    if not isinstance(listed, list) or len(listed) > MOST_COMMENTS:
        raise Unusable("review_unusable", "Comments are a list of at most {most}.", most=MOST_COMMENTS)
    by = told.get("reviewed_by")
    return ServiceReview(str(status), opinion, tuple(_comment(one) for one in listed), words(by, 200))


def _comment(given: object) -> Comment:
    told = given if isinstance(given, Mapping) else {}
    text, status = words(told.get("comment"), LONGEST_COMMENT), words(told.get("status"), 40)
    if not text or not status:
        raise Unusable("review_unusable", "Each comment has a comment and a status.")
    return Comment(text, status, _seconds(told.get("start")), _seconds(told.get("stop")))


def _seconds(given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= LONGEST_SECONDS:
        raise Unusable("review_unusable", "Start and stop are seconds from the start of the recording.")
    return int(given)
