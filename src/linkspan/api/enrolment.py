"""Enrolments of the caller."""

from typing import Any

from ninja import Field, Router, Schema

from linkspan.api.once import Posted, idempotent
from linkspan.enrolment import actions, queries
from linkspan.enrolment.rules import Track, counted
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request

router = Router()


class EnrolIn(Posted):
    """A track: audit or verified."""

    track: Track = Track.AUDIT


class RosterIn(Posted):
    """A roster as CSV text (email, name, track); a trial changes nothing and says the same."""

    roster: str = Field(max_length=2_000_000)
    trial: bool = False


class RosterOut(Schema):
    """What became of each row, or would, and how many of each."""

    counts: dict[str, int]
    rows: list[dict[str, Any]]


class LearnersOut(Schema):
    """A page of enrolments."""

    total: int
    enrolments: list[dict[str, Any]]


@router.get("/runs/{run_id}/roster", response=LearnersOut, operation_id="roster")
def roster(request: Request, run_id: str, page: int = 1) -> LearnersOut:
    """Who is or was enrolled in a run of one's institution, newest first, 50 a page."""
    found = queries.roster(request.actor, run_id, number=page)
    return LearnersOut(total=found.total, enrolments=[jsonable(row) for row in found.rows])


@router.post("/runs/{run_id}/roster", response=RosterOut, operation_id="take_roster")
@idempotent
def take_roster(request: Request, run_id: str, body: RosterIn) -> dict[str, Any]:
    """Enrol learners from a roster, each by itself; what cannot be used is named by its row."""
    lines = actions.take_roster(
        actor=request.actor, run_id=run_id, roster=body.roster, now=request.now, trial=body.trial
    )
    return {"counts": counted(lines), "rows": [jsonable(line) for line in lines]}


@router.get("/mine", response=list[dict[str, Any]], operation_id="my_enrolments")
def my_enrolments(request: Request) -> list[dict[str, Any]]:
    """The caller's enrolments."""
    return [jsonable(row) for row in queries.enrolments_of(request.actor, request.actor.own_id)]


@router.post("/runs/{run_id}", response=dict[str, Any], operation_id="enrol")
@idempotent
def enrol(request: Request, run_id: str, body: EnrolIn) -> dict[str, Any]:
    """Enrol in a run; the verified track answers with the charge that opens it."""
    actor = request.actor
    return jsonable(
        actions.enrol(actor=actor, learner_id=actor.own_id, run_id=run_id, track=body.track, now=request.now)
    )


@router.post("/runs/{run_id}/withdrawal", response={204: None}, operation_id="withdraw")
@idempotent
def withdraw(request: Request, run_id: str) -> None:
    """Leave a run; an unpaid charge is cancelled, grades of record stay."""
    actor = request.actor
    actions.withdraw(actor=actor, learner_id=actor.own_id, run_id=run_id, now=request.now)
