"""Enrolments of the caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.enrolment import actions, queries
from linkspan.enrolment.rules import Enrolment, RosterLine, Track, counted
from linkspan.kernel.lists import Ask
from linkspan.kernel.request import Request

router = Router()


class EnrolIn(Posted):
    """A track: audit or verified."""

    track: Track = Track.AUDIT


class WishIn(Posted):
    """Whether one wants to be told."""

    wanted: bool = True


class RosterIn(Posted):
    """A roster as CSV text (email, name, track); a trial changes nothing and says the same."""

    roster: str = Field(max_length=2_000_000)
    trial: bool = False


class WithdrawIn(Posted):
    """Why, which the learner reads; `give_back`: all that they paid goes back, by the rules of refunds."""

    reason: str = Field(min_length=1, max_length=1_000)
    give_back: bool = False


@dataclass(frozen=True, slots=True)
class RosterTaken:
    """What became of each row, or would, and how many of each."""

    counts: Mapping[str, int]
    rows: tuple[RosterLine, ...]


@dataclass(frozen=True, slots=True)
class Learners:
    """A page of enrolments."""

    total: int
    enrolments: tuple[Enrolment, ...]


@router.get("/runs/{run_id}/roster", operation_id="roster")
def roster(request: Request, run_id: str, page: int = 1) -> Learners:
    """Who is or was enrolled in a run of one's institution, newest first, 50 a page."""
    found = queries.roster(request.actor, run_id, Ask(number=page))
    return Learners(found.total, found.rows)


@router.post("/runs/{run_id}/roster", operation_id="take_roster")
@idempotent
def take_roster(request: Request, run_id: str, body: RosterIn) -> RosterTaken:
    """Enrol learners from a roster, each by itself; what cannot be used is named by its row."""
    lines = actions.take_roster(
        actor=request.actor, run_id=run_id, roster=body.roster, now=request.now, trial=body.trial
    )
    return RosterTaken(counted(lines), lines)


@router.post("/enrolments/{uuid:enrolment_id}/withdrawal", operation_id="withdraw_learner")
@idempotent
def withdraw_learner(request: Request, enrolment_id: UUID, body: WithdrawIn) -> Enrolment:
    """Take a learner out of a run of one's institution, at once; `acts/withdraw_learners` shows it first."""
    return actions.withdraw_learner(
        actor=request.actor,
        enrolment_id=enrolment_id,
        reason=body.reason,
        give_back=body.give_back,
        now=request.now,
    )


@router.get("/mine", operation_id="my_enrolments")
def my_enrolments(request: Request) -> tuple[Enrolment, ...]:
    """The caller's enrolments."""
    return queries.enrolments_of(request.actor, request.actor.own_id)


@router.get("/wishes", operation_id="wishes")
def wishes(request: Request) -> tuple[str, ...]:
    """The courses (`INSTITUTION/CODE`) of which the caller wants to be told when they take enrolments."""
    return queries.wishes_of(request.actor)


@router.post("/wishes/{institution}/{code}", operation_id="wish")
@idempotent
def wish(request: Request, institution: str, code: str, body: WishIn) -> None:
    """Want to be told once when a course takes enrolments, or want it no more."""
    if body.wanted:
        actions.wish(actor=request.actor, course_key=f"{institution}/{code}", now=request.now)
    else:
        actions.unwish(actor=request.actor, course_key=f"{institution}/{code}")


@router.post("/runs/{run_id}", operation_id="enrol")
@idempotent
def enrol(request: Request, run_id: str, body: EnrolIn) -> Enrolment:
    """Enrol in a run; the verified track answers with the charge that opens it."""
    actor = request.actor
    return actions.enrol(actor=actor, learner_id=actor.own_id, run_id=run_id, track=body.track, now=request.now)


@router.post("/runs/{run_id}/withdrawal", operation_id="withdraw")
@idempotent
def withdraw(request: Request, run_id: str) -> None:
    """Leave a run; an unpaid charge is cancelled, grades of record stay."""
    actor = request.actor
    actions.withdraw(actor=actor, learner_id=actor.own_id, run_id=run_id, now=request.now)
