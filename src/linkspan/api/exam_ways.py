"""Exams without the camera of their service: asked for by learners, decided by proctors and program staff."""

from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.rules import LONGEST_GROUNDS, Way
from linkspan.kernel.request import Request

router = Router()


class WayIn(Posted):
    """Why another way is needed."""

    grounds: str = Field(max_length=LONGEST_GROUNDS)


class WayDecisionIn(Posted):
    """Whether the learner may, and why: they read it."""

    approve: bool
    reason: str = Field(max_length=1000)


@router.get("/mine", operation_id="my_exam_ways")
def mine(request: Request) -> tuple[Way, ...]:
    """What the caller asked for, newest first."""
    return queries.ways_of(request.actor, request.actor.own_id)


@router.get("/queue", operation_id="exam_way_queue")
def queue(request: Request) -> tuple[Way, ...]:
    """Requests that wait for the caller's institutions, oldest first."""
    return queries.way_queue(request.actor)


@router.post("/exams/{code}", operation_id="ask_for_way")
@idempotent
def ask(request: Request, code: str, body: WayIn) -> Made:
    """Ask to sit a watched exam without its service."""
    return Made(actions.ask_for_way(actor=request.actor, code=code, grounds=body.grounds, now=request.now))


@router.post("/{uuid:way_id}/decision", operation_id="decide_way")
@idempotent
def decide(request: Request, way_id: UUID, body: WayDecisionIn) -> None:
    """Let it, or refuse it."""
    approve, reason = body.approve, body.reason
    actions.decide_way(actor=request.actor, way_id=way_id, approve=approve, reason=reason, now=request.now)
