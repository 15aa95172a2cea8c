"""Accommodations in exams: asked for by the learner, decided by the institution's staff; breaks of a running exam."""

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.exam_shapes import AttemptTold
from linkspan.api.once import LARGEST, Posted, PostedPaper, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.rules import Accommodation, AccommodationKind, AccommodationRequest, Arranged, Client
from linkspan.kernel.public import public_address
from linkspan.kernel.request import Request

router = Router()


class AccommodationIn(Posted):
    """One that is asked for: percent or minutes as `amount`; of breaks `times` of `amount` minutes each, 0: in all."""

    kind: AccommodationKind
    amount: int = 0
    times: int = 0
    words: str = Field("", max_length=300)


class AccommodationsIn(PostedPaper):
    """What is asked for, each kind once, and a document that says why, which only the staff who decide read."""

    asked: Annotated[list[AccommodationIn], Field(max_length=10)]
    document_base64: str = Field("", max_length=LARGEST)


class AccommodationDecisionIn(Posted):
    """Whether it is granted, how much of it, and until when; a refusal needs a reason."""

    approve: bool
    reason: str = Field("", max_length=1_000)
    amount: int | None = None
    times: int | None = None
    last_day: date | None = None


@router.get("/mine", operation_id="my_accommodations")
def mine(request: Request) -> tuple[AccommodationRequest, ...]:
    """What the caller asked for, and what became of it."""
    return queries.accommodations_of(request.actor, request.actor.own_id)


@router.get("/queue", operation_id="accommodation_queue")
def queue(request: Request, kind: AccommodationKind | None = None) -> tuple[AccommodationRequest, ...]:
    """Requests that wait for the caller's institutions, oldest first."""
    return queries.accommodation_queue(request.actor, kind)


@router.get("/exams/{code}", operation_id="granted_accommodations")
def granted(
    request: Request, code: str, kind: AccommodationKind | None = None, page: int = 1
) -> tuple[AccommodationRequest, ...]:
    """What was granted in an exam, newest first, fifty a page, for its program staff."""
    return queries.granted_list(request.actor, code, kind, number=min(page, 10**6)).rows


@router.get("/exams/{code}/learners/{uuid:learner_id}", operation_id="arranged_accommodations")
def arranged(request: Request, code: str, learner_id: UUID) -> tuple[Arranged, ...]:
    """What is arranged for a learner, for them and for who proctors or runs the exam."""
    return queries.arranged_for(request.actor, learner_id, code, request.now)


@router.post("/exams/{code}", operation_id="request_accommodations")
@idempotent
def ask(request: Request, code: str, body: AccommodationsIn) -> list[UUID]:
    """Ask for several at once; asking again before a decision changes the request."""
    asked = [Accommodation(one.kind, one.amount, one.times, one.words) for one in body.asked]
    document = body.document if body.document_base64 else None
    made = actions.request_accommodations(
        actor=request.actor, code=code, asked=asked, document=document, now=request.now
    )
    return list(made)


@router.post("/requests/{uuid:accommodation_id}/decision", operation_id="decide_accommodation")
@idempotent
def decide(request: Request, accommodation_id: UUID, body: AccommodationDecisionIn) -> None:
    """Grant a request or part of it, or refuse it; of an exemption, the first person proposes and another decides."""
    actions.decide_accommodation(
        actor=request.actor,
        accommodation_id=accommodation_id,
        approve=body.approve,
        reason=body.reason,
        amount=body.amount,
        times=body.times,
        last_day=body.last_day,
        now=request.now,
    )


@router.get("/requests/{uuid:accommodation_id}/evidence", operation_id="accommodation_evidence", response={200: bytes})
def evidence(request: Request, accommodation_id: UUID) -> HttpResponse:
    """The document behind a request, for the staff who decide on it; every reading goes on the trail."""
    content = actions.open_accommodation_document(
        actor=request.actor, accommodation_id=accommodation_id, now=request.now
    )
    return HttpResponse(content, content_type="application/octet-stream")


@router.post("/attempts/{uuid:attempt_id}/break", operation_id="begin_exam_break")
@idempotent
def begin_break(request: Request, attempt_id: UUID) -> AttemptTold:
    """Begin a break: the clock stands, at most as long as is arranged."""
    client = Client.of(public_address(request), request.headers)
    return AttemptTold.of(
        actions.begin_break(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client)
    )


@router.post("/attempts/{uuid:attempt_id}/break/end", operation_id="end_exam_break")
@idempotent
def end_break(request: Request, attempt_id: UUID) -> AttemptTold:
    """Go on after a break."""
    client = Client.of(public_address(request), request.headers)
    return AttemptTold.of(actions.end_break(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client))
