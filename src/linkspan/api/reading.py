"""Blind reading: a reader's files and points; for the office, the rubric, the readers, the scores."""

from dataclasses import dataclass
from uuid import UUID

from linkspan.admissions import actions, queries
from linkspan.admissions.rules import BlindFile, Rubric
from linkspan.api.answers import Done, Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many readings were assigned."""

    readings: int


@dataclass(frozen=True, slots=True)
class Adopted:
    """How many scores were recorded."""

    scores: int


class PointsIn(Posted):
    """Points by criterion, and a note for the office."""

    points: dict[str, int]
    note: str = ""


class ConflictIn(Posted):
    """What the conflict of interest is."""

    reason: str


class CriterionIn(Posted):
    """A criterion with its weight, 1 to 100."""

    title: str
    weight: int


class RubricIn(Posted):
    """What readers judge, the most points for a criterion, and how many must read."""

    criteria: list[CriterionIn]
    scale: int = 5
    quorum: int = 2


class EachIn(Posted):
    """How many read each application."""

    each: int


@router.get("/readings", operation_id="my_readings")
def my_readings(request: Request) -> tuple[BlindFile, ...]:
    """What the caller has to read, without the applicants."""
    return queries.reading_list(request.actor)


@router.post("/readings/{uuid:review_id}", operation_id="submit_review")
@idempotent
def submit_review(request: Request, review_id: UUID, body: PointsIn) -> BlindFile:
    """Hand in a reading."""
    return actions.submit_review(
        actor=request.actor, review_id=review_id, points=body.points, note=body.note, now=request.now
    )


@router.post("/readings/{uuid:review_id}/conflict", operation_id="declare_conflict")
@idempotent
def declare_conflict(request: Request, review_id: UUID, body: ConflictIn) -> Done:
    """Step back from an application because one knows the applicant."""
    actions.declare_conflict(actor=request.actor, review_id=review_id, reason=body.reason, now=request.now)
    return Done()


@router.post("/rounds/{uuid:round_id}/rubric", operation_id="set_rubric")
@idempotent
def set_rubric(request: Request, round_id: UUID, body: RubricIn) -> Rubric:
    """Say what readers judge, until the first reading is handed in."""
    rows = [(row.title, row.weight) for row in body.criteria]
    return actions.set_rubric(
        actor=request.actor,
        round_id=round_id,
        rows=rows,
        scale=body.scale,
        quorum=body.quorum,
        now=request.now,
    )


@router.post("/rounds/{uuid:round_id}/readers", operation_id="assign_readers")
@idempotent
def assign_readers(request: Request, round_id: UUID, body: EachIn) -> Assigned:
    """Give each application its readers, evenly."""
    made = actions.assign_readers(actor=request.actor, round_id=round_id, each=body.each, now=request.now)
    return Assigned(made)


@router.post("/rounds/{uuid:round_id}/scores", operation_id="adopt_scores")
@idempotent
def adopt_scores(request: Request, round_id: UUID, body: NothingIn) -> Adopted:
    """Record the readers' means as the committee's scores wherever the quorum read."""
    return Adopted(actions.adopt_scores(actor=request.actor, round_id=round_id, now=request.now))
