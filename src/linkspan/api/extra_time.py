"""Extra time in exams: asked for by the learner, decided by the institution's staff."""

from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import LARGEST, Posted, PostedPaper, idempotent
from linkspan.exams import actions
from linkspan.exams.rules import extra_percent
from linkspan.kernel.request import Request

router = Router()


class ExtraTimeIn(PostedPaper):
    """How many percent more, and a document that says why, in base 64; only the staff who decide read it."""

    percent: int
    document_base64: str = Field("", max_length=LARGEST)


class ExtraTimeDecisionIn(Posted):
    """Whether it is granted, and why; a refusal needs a reason."""

    approve: bool
    reason: str = Field("", max_length=2_000)


@router.post("/{code}", operation_id="request_extra_time")
@idempotent
def request_extra_time(request: Request, code: str, body: ExtraTimeIn) -> Made:
    """Ask for extra time in an exam; asking again before a decision changes the request."""
    (made,) = actions.request_accommodations(
        actor=request.actor,
        code=code,
        asked=[extra_percent(body.percent)],
        document=body.document if body.document_base64 else None,
        now=request.now,
    )
    return Made(made)


@router.post("/requests/{uuid:accommodation_id}/decision", operation_id="decide_extra_time")
@idempotent
def decide_extra_time(request: Request, accommodation_id: UUID, body: ExtraTimeDecisionIn) -> None:
    """Grant or refuse what a learner asked for."""
    actions.decide_accommodation(
        actor=request.actor,
        accommodation_id=accommodation_id,
        approve=body.approve,
        reason=body.reason,
        now=request.now,
    )
