"""Exams: the caller's authorisation, attempts and released results; check-ins, incidents and verdicts of proctors."""

import json
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpResponse

from linkspan.api.answers import Made, Router, parts
from linkspan.api.exam_shapes import (
    AnswerFileIn,
    AppealDecisionIn,
    AttemptTold,
    Authorisation,
    ExamAnswerIn,
    ExamAppealIn,
    ExamIncidentIn,
    ExamMinutesIn,
    ExamReasonIn,
    ExamReviewIn,
    ExamSaveIn,
    LateAnswers,
    LateAnswerTold,
    LateDecisionIn,
    SittingTold,
)
from linkspan.api.once import Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.actions import OpenedPage, Receipt, Taken
from linkspan.exams.queries import LateAnswer, Question
from linkspan.exams.rules import Client, Lift, read_batch
from linkspan.kernel.public import public_address
from linkspan.kernel.request import Request

router = Router()


def _client(request: Request) -> Client:
    """What a request shows of Safe Exam Browser, by its headers."""
    return Client.of(public_address(request), request.headers)


@dataclass(frozen=True, slots=True)
class ChargeMade:
    """The charge that opens the exam."""

    charge_id: UUID


@router.get("/mine", operation_id="my_attempts")
def my_attempts(request: Request) -> list[AttemptTold]:
    """The caller's attempts, newest first."""
    return [AttemptTold.of(row) for row in queries.attempts_of(request.actor, request.actor.own_id)]


@router.get("/queue", operation_id="proctor_queue")
def proctor_queue(request: Request) -> list[AttemptTold]:
    """Attempts that wait for the calling proctor."""
    return [AttemptTold.of(row) for row in queries.proctor_queue(request.actor)]


@router.get("/{code}/authorisation", operation_id="exam_authorisation")
def exam_authorisation(request: Request, code: str) -> Authorisation:
    """May the caller take this exam, and when?"""
    reasons = queries.exam_reasons(request.actor, request.actor.own_id, code, request.now)
    sittings = tuple(SittingTold(s.id, s.opens_at, s.closes_at, s.release_at) for s in queries.sittings(code))
    return Authorisation(not reasons, reasons, sittings)


@router.post("/{code}/registrations", operation_id="register_for_exam")
@idempotent
def register_for_exam(request: Request, code: str) -> ChargeMade:
    """Charge the fee in force to the caller; answers with the charge."""
    return ChargeMade(actions.register_for_exam(actor=request.actor, code=code, now=request.now))


@router.post("/sittings/{sitting_id}/attempts", operation_id="create_attempt")
@idempotent
def create_attempt(request: Request, sitting_id: UUID) -> AttemptTold:
    """Check in for a sitting."""
    return AttemptTold.of(actions.create_attempt(actor=request.actor, sitting_id=sitting_id, now=request.now))


@router.get("/attempts/{attempt_id}", operation_id="get_attempt")
def get_attempt(request: Request, attempt_id: UUID) -> AttemptTold:
    """One attempt, for its learner and for proctors."""
    return AttemptTold.of(queries.attempt(request.actor, attempt_id))


@router.get("/attempts/{attempt_id}/questions", operation_id="attempt_questions")
def attempt_questions(request: Request, attempt_id: UUID) -> tuple[Question, ...]:
    """The form of one's running attempt, with what was saved and never with answers."""
    return queries.questions(request.actor, attempt_id, now=request.now, client=_client(request))


@router.get("/attempts/{attempt_id}/items/{item}/picture", operation_id="attempt_picture", response={200: bytes})
def attempt_picture(request: Request, attempt_id: UUID, item: str) -> HttpResponse:
    """The picture of a question of one's running attempt, as PNG."""
    png = queries.asked_picture(request.actor, attempt_id, item, now=request.now, client=_client(request))
    return HttpResponse(png, content_type="image/png")


@router.post("/attempts/{attempt_id}/start", operation_id="start_attempt")
@idempotent
def start_attempt(request: Request, attempt_id: UUID) -> AttemptTold:
    """Start the clock."""
    client = _client(request)
    return AttemptTold.of(
        actions.start_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client)
    )


@router.post("/attempts/{attempt_id}/responses", operation_id="save_response")
@idempotent
def save_response(request: Request, attempt_id: UUID, body: ExamAnswerIn) -> Taken:
    """Save an answer; after the end it is kept apart for a person to decide."""
    return actions.save_response(
        actor=request.actor,
        attempt_id=attempt_id,
        item=body.item,
        given=body.given,
        replaces=body.replaces,
        now=request.now,
        client=_client(request),
    )


@router.post("/attempts/{attempt_id}/pages", operation_id="open_exam_page")
@idempotent
def open_exam_page(request: Request, attempt_id: UUID) -> OpenedPage:
    """Open a live page on the running attempt; older pages become read-only."""
    return actions.open_page(actor=request.actor, attempt_id=attempt_id, now=request.now, client=_client(request))


@router.post("/attempts/{attempt_id}/answers", operation_id="save_answers")
@idempotent
def save_answers(request: Request, attempt_id: UUID, body: ExamSaveIn) -> Receipt:
    """Save a page's signed changes; the same again gives the same answer."""
    return actions.save_answers(
        actor=request.actor,
        attempt_id=attempt_id,
        batch=read_batch(body.dict()),
        now=request.now,
        client=_client(request),
    )


def _late(found: LateAnswer) -> LateAnswerTold:
    elapsed = None if found.elapsed is None else int(found.elapsed.total_seconds() * 1000)
    return LateAnswerTold(**parts(replace(found, elapsed=None)), elapsed_ms=elapsed)


@router.get("/late-answers", operation_id="late_answers")
def late_answers(request: Request) -> list[LateAnswers]:
    """Late answers that wait for the calling proctor or staff."""
    return [
        LateAnswers(found.id, found.sitting.exam.title, tuple(_late(one) for one in answers))
        for found, answers in queries.late_answers(request.actor).items()
    ]


@router.post("/attempts/{attempt_id}/late-answers", operation_id="decide_late_answers")
@idempotent
def decide_late_answers(request: Request, attempt_id: UUID, body: LateDecisionIn) -> None:
    """Accept or decline late answers, with a reason."""
    actions.decide_late_answers(
        actor=request.actor,
        attempt_id=attempt_id,
        shown=body.shown,
        accept=body.accept,
        reason=body.reason,
        now=request.now,
    )


@router.post("/attempts/{attempt_id}/answers-file", operation_id="take_answer_file")
@idempotent
def take_answer_file(request: Request, attempt_id: UUID, body: AnswerFileIn) -> Receipt:
    """Take in the sealed file of answers that a learner could not send."""
    return actions.take_answer_file(
        actor=request.actor, attempt_id=attempt_id, content=json.dumps(body.dict()).encode(), now=request.now
    )


@router.post("/attempts/{attempt_id}/submission", operation_id="submit_attempt")
@idempotent
def submit_attempt(request: Request, attempt_id: UUID) -> AttemptTold:
    """Hand in."""
    client = _client(request)
    return AttemptTold.of(
        actions.submit_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client)
    )


@router.post("/attempts/{attempt_id}/identity", operation_id="confirm_identity")
@idempotent
def confirm_identity(request: Request, attempt_id: UUID) -> None:
    """A proctor has compared the learner with the accepted document."""
    actions.confirm_identity(actor=request.actor, attempt_id=attempt_id, now=request.now)


@router.post("/attempts/{attempt_id}/incidents", operation_id="log_incident")
@idempotent
def log_incident(request: Request, attempt_id: UUID, body: ExamIncidentIn) -> Made:
    """Note what was seen."""
    incident_id = actions.log_incident(
        actor=request.actor, attempt_id=attempt_id, kind=body.kind, note=body.note, now=request.now
    )
    return Made(incident_id)


@router.post("/attempts/{attempt_id}/review", operation_id="review_attempt")
@idempotent
def review_attempt(request: Request, attempt_id: UUID, body: ExamReviewIn) -> None:
    """The verdict of another person than the learner; to reject takes two, and the learner is heard between."""
    actions.review_attempt(
        actor=request.actor,
        attempt_id=attempt_id,
        accept=body.accept,
        reason=body.reason,
        ground=body.ground,
        now=request.now,
    )


@router.post("/attempts/{attempt_id}/second-review", operation_id="ask_second_review")
@idempotent
def ask_second_review(request: Request, attempt_id: UUID, body: ExamReasonIn) -> None:
    """Leave the verdict to another person, with a reason for them."""
    actions.ask_second_review(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now)


@router.get("/lifts", operation_id="lifted_rejections")
def lifted_rejections(request: Request) -> tuple[Lift, ...]:
    """Rejections that a second person lifted: each move out of a final state."""
    return queries.lifts(request.actor)


@router.post("/attempts/{attempt_id}/rejection-answer", operation_id="answer_rejection")
@idempotent
def answer_rejection(request: Request, attempt_id: UUID, body: ExamAppealIn) -> None:
    """Say what happened, before a second person decides on a rejection that is proposed."""
    actions.answer_rejection(actor=request.actor, attempt_id=attempt_id, statement=body.statement, now=request.now)


@router.post("/attempts/{attempt_id}/appeal", operation_id="appeal_verdict")
@idempotent
def appeal_verdict(request: Request, attempt_id: UUID, body: ExamAppealIn) -> Made:
    """Appeal against a rejection."""
    appeal_id = actions.appeal_verdict(
        actor=request.actor, attempt_id=attempt_id, statement=body.statement, now=request.now
    )
    return Made(appeal_id)


@router.post("/appeals/{appeal_id}/decision", operation_id="decide_appeal")
@idempotent
def decide_appeal(request: Request, appeal_id: UUID, body: AppealDecisionIn) -> None:
    """Uphold or dismiss, by another person than the learner and the first reviewer."""
    actions.decide_appeal(
        actor=request.actor, appeal_id=appeal_id, uphold=body.uphold, reason=body.reason, now=request.now
    )


@router.post("/attempts/{attempt_id}/pause", operation_id="pause_attempt")
@idempotent
def pause_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> AttemptTold:
    """Stop the clock of a running attempt."""
    return AttemptTold.of(
        actions.pause_attempt(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now)
    )


@router.post("/attempts/{attempt_id}/failure", operation_id="fail_attempt")
@idempotent
def fail_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> AttemptTold:
    """Stop an attempt whose device failed, for another one; the identity is confirmed again there."""
    return AttemptTold.of(
        actions.fail_attempt(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now)
    )


@router.post("/attempts/{attempt_id}/resume", operation_id="resume_attempt")
@idempotent
def resume_attempt(request: Request, attempt_id: UUID, body: Posted) -> AttemptTold:
    """Let the clock of a paused attempt go on."""
    return AttemptTold.of(actions.resume_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now))


@router.post("/attempts/{attempt_id}/minutes", operation_id="add_exam_minutes")
@idempotent
def add_minutes(request: Request, attempt_id: UUID, body: ExamMinutesIn) -> AttemptTold:
    """Move the end of a running or paused attempt."""
    return AttemptTold.of(
        actions.add_minutes(
            actor=request.actor, attempt_id=attempt_id, minutes=body.minutes, reason=body.reason, now=request.now
        )
    )


@router.post("/attempts/{attempt_id}/cancel", operation_id="cancel_attempt")
@idempotent
def cancel_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> AttemptTold:
    """End an attempt without counting it."""
    return AttemptTold.of(
        actions.cancel_attempt(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now)
    )


@router.post("/attempts/{attempt_id}/decline", operation_id="decline_attempt")
@idempotent
def decline_attempt(request: Request, attempt_id: UUID, body: Posted) -> AttemptTold:
    """Decline to be proctored, before the start."""
    return AttemptTold.of(actions.decline_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now))
