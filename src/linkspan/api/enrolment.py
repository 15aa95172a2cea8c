"""Enrolments of the caller."""

from typing import Any

from ninja import Router

from linkspan.api.once import Posted, idempotent
from linkspan.enrolment import actions, queries
from linkspan.enrolment.rules import Track
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request

router = Router()


class EnrolIn(Posted):
    """A track: audit or verified."""

    track: Track = Track.AUDIT


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
