"""Exams: the caller's authorisation, attempts and released results; check-ins, incidents and verdicts of proctors."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from ninja import Router

from linkspan.api.exam_shapes import (
    AnswerFileIn,
    AppealDecisionIn,
    AttemptOut,
    AuthorisationOut,
    ExamAnswerIn,
    ExamAppealIn,
    ExamIncidentIn,
    ExamMinutesIn,
    ExamPageOut,
    ExamReasonIn,
    ExamReceiptOut,
    ExamReviewIn,
    ExamSaveIn,
    ExamTakenOut,
    LateAnswersOut,
    LateDecisionIn,
)
from linkspan.api.once import Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.queries import LateAnswer
from linkspan.exams.rules import Attempt, read_batch
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request

router = Router()


def _out(found: Attempt) -> dict[str, Any]:
    sitting = found.sitting
    told = {
        "id": found.id,
        "exam": sitting.exam.code,
        "title": sitting.exam.title,
        "sitting_id": sitting.id,
        "state": found.state,
        "started_at": found.started_at,
        "deadline": found.deadline,
        "submitted_at": found.submitted_at,
        "release_at": sitting.release_at,
        "score": found.score,
        "outcome": found.outcome,
        "verdict_reason": found.verdict_reason,
    }
    return jsonable(told)


@router.get("/mine", response=list[AttemptOut], operation_id="my_attempts")
def my_attempts(request: Request) -> list[dict[str, Any]]:
    """The caller's attempts, newest first."""
    return [_out(row) for row in queries.attempts_of(request.actor, request.actor.own_id)]


@router.get("/queue", response=list[AttemptOut], operation_id="proctor_queue")
def proctor_queue(request: Request) -> list[dict[str, Any]]:
    """Attempts that wait for the calling proctor."""
    return [_out(row) for row in queries.proctor_queue(request.actor)]


@router.get("/{code}/authorisation", response=AuthorisationOut, operation_id="exam_authorisation")
def exam_authorisation(request: Request, code: str) -> dict[str, Any]:
    """May the caller take this exam, and when?"""
    reasons = queries.exam_reasons(request.actor, request.actor.own_id, code)
    sittings = [
        {"id": s.id, "opens_at": s.opens_at, "closes_at": s.closes_at, "release_at": s.release_at}
        for s in queries.sittings(code)
    ]
    return {"authorised": not reasons, "reasons": list(reasons), "sittings": jsonable(sittings)}


@router.post("/{code}/registrations", response=dict[str, str], operation_id="register_for_exam")
@idempotent
def register_for_exam(request: Request, code: str) -> dict[str, str]:
    """Charge the fee in force to the caller; answers with the charge."""
    return {"charge_id": str(actions.register_for_exam(actor=request.actor, code=code, now=request.now))}


@router.post("/sittings/{sitting_id}/attempts", response=AttemptOut, operation_id="create_attempt")
@idempotent
def create_attempt(request: Request, sitting_id: UUID) -> dict[str, Any]:
    """Check in for a sitting."""
    return _out(actions.create_attempt(actor=request.actor, sitting_id=sitting_id, now=request.now))


@router.get("/attempts/{attempt_id}", response=AttemptOut, operation_id="get_attempt")
def get_attempt(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """One attempt, for its learner and for proctors."""
    return _out(queries.attempt(request.actor, attempt_id))


@router.get("/attempts/{attempt_id}/questions", response=list[dict[str, Any]], operation_id="attempt_questions")
def attempt_questions(request: Request, attempt_id: UUID) -> list[dict[str, Any]]:
    """The form of one's running attempt, with what was saved and never with answers."""
    return [jsonable(question) for question in queries.questions(request.actor, attempt_id)]


@router.post("/attempts/{attempt_id}/start", response=AttemptOut, operation_id="start_attempt")
@idempotent
def start_attempt(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Start the clock."""
    return _out(actions.start_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now))


@router.post("/attempts/{attempt_id}/responses", response=ExamTakenOut, operation_id="save_response")
@idempotent
def save_response(request: Request, attempt_id: UUID, body: ExamAnswerIn) -> dict[str, Any]:
    """Save an answer; after the end it is kept apart for a person to decide."""
    return jsonable(
        actions.save_response(
            actor=request.actor,
            attempt_id=attempt_id,
            item=body.item,
            given=body.given,
            replaces=body.replaces,
            now=request.now,
        )
    )


@router.post("/attempts/{attempt_id}/pages", response=ExamPageOut, operation_id="open_exam_page")
@idempotent
def open_exam_page(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Open a live page on the running attempt; older pages become read-only."""
    return jsonable(actions.open_page(actor=request.actor, attempt_id=attempt_id, now=request.now))


@router.post("/attempts/{attempt_id}/answers", response=ExamReceiptOut, operation_id="save_answers")
@idempotent
def save_answers(request: Request, attempt_id: UUID, body: ExamSaveIn) -> dict[str, Any]:
    """Save a page's signed changes; the same again gives the same answer."""
    return jsonable(
        actions.save_answers(actor=request.actor, attempt_id=attempt_id, batch=read_batch(body.dict()), now=request.now)
    )


def _late(found: LateAnswer) -> dict[str, Any]:
    elapsed = None if found.elapsed is None else int(found.elapsed.total_seconds() * 1000)
    return jsonable(replace(found, elapsed=None)) | {"elapsed_ms": elapsed}


@router.get("/late-answers", response=list[LateAnswersOut], operation_id="late_answers")
def late_answers(request: Request) -> list[dict[str, Any]]:
    """Late answers that wait for the calling proctor or staff."""
    return [
        {"attempt_id": found.id, "title": found.sitting.exam.title, "answers": [_late(one) for one in answers]}
        for found, answers in queries.late_answers(request.actor).items()
    ]


@router.post("/attempts/{attempt_id}/late-answers", response={204: None}, operation_id="decide_late_answers")
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


@router.post("/attempts/{attempt_id}/answers-file", response=ExamReceiptOut, operation_id="take_answer_file")
@idempotent
def take_answer_file(request: Request, attempt_id: UUID, body: AnswerFileIn) -> dict[str, Any]:
    """Take in the sealed file of answers that a learner could not send."""
    return jsonable(
        actions.take_answer_file(
            actor=request.actor, attempt_id=attempt_id, content=json.dumps(body.dict()).encode(), now=request.now
        )
    )


@router.post("/attempts/{attempt_id}/submission", response=AttemptOut, operation_id="submit_attempt")
@idempotent
def submit_attempt(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Hand in."""
    return _out(actions.submit_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now))


@router.post("/attempts/{attempt_id}/identity", response={204: None}, operation_id="confirm_identity")
@idempotent
def confirm_identity(request: Request, attempt_id: UUID) -> None:
    """A proctor has compared the learner with the accepted document."""
    actions.confirm_identity(actor=request.actor, attempt_id=attempt_id, now=request.now)


@router.post("/attempts/{attempt_id}/incidents", response=dict[str, str], operation_id="log_incident")
@idempotent
def log_incident(request: Request, attempt_id: UUID, body: ExamIncidentIn) -> dict[str, str]:
    """Note what was seen."""
    incident_id = actions.log_incident(
        actor=request.actor, attempt_id=attempt_id, kind=body.kind, note=body.note, now=request.now
    )
    return {"id": str(incident_id)}


@router.post("/attempts/{attempt_id}/review", response={204: None}, operation_id="review_attempt")
@idempotent
def review_attempt(request: Request, attempt_id: UUID, body: ExamReviewIn) -> None:
    """The verdict of another person than the learner."""
    actions.review_attempt(
        actor=request.actor, attempt_id=attempt_id, accept=body.accept, reason=body.reason, now=request.now
    )


@router.post("/attempts/{attempt_id}/appeal", response=dict[str, str], operation_id="appeal_verdict")
@idempotent
def appeal_verdict(request: Request, attempt_id: UUID, body: ExamAppealIn) -> dict[str, str]:
    """Appeal against a rejection."""
    appeal_id = actions.appeal_verdict(
        actor=request.actor, attempt_id=attempt_id, statement=body.statement, now=request.now
    )
    return {"id": str(appeal_id)}


@router.post("/appeals/{appeal_id}/decision", response={204: None}, operation_id="decide_appeal")
@idempotent
def decide_appeal(request: Request, appeal_id: UUID, body: AppealDecisionIn) -> None:
    """Uphold or dismiss, by another person than the learner and the first reviewer."""
    actions.decide_appeal(
        actor=request.actor, appeal_id=appeal_id, uphold=body.uphold, reason=body.reason, now=request.now
    )


@router.post("/attempts/{attempt_id}/pause", response=AttemptOut, operation_id="pause_attempt")
@idempotent
def pause_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> dict[str, Any]:
    """Stop the clock of a running attempt."""
    return _out(actions.pause_attempt(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now))


@router.post("/attempts/{attempt_id}/resume", response=AttemptOut, operation_id="resume_attempt")
@idempotent
def resume_attempt(request: Request, attempt_id: UUID, body: Posted) -> dict[str, Any]:
    """Let the clock of a paused attempt go on."""
    return _out(actions.resume_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now))


@router.post("/attempts/{attempt_id}/minutes", response=AttemptOut, operation_id="add_exam_minutes")
@idempotent
def add_minutes(request: Request, attempt_id: UUID, body: ExamMinutesIn) -> dict[str, Any]:
    """Move the end of a running or paused attempt."""
    return _out(
        actions.add_minutes(
            actor=request.actor, attempt_id=attempt_id, minutes=body.minutes, reason=body.reason, now=request.now
        )
    )


@router.post("/attempts/{attempt_id}/cancel", response=AttemptOut, operation_id="cancel_attempt")
@idempotent
def cancel_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> dict[str, Any]:
    """End an attempt without counting it."""
    return _out(actions.cancel_attempt(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now))


@router.post("/attempts/{attempt_id}/decline", response=AttemptOut, operation_id="decline_attempt")
@idempotent
def decline_attempt(request: Request, attempt_id: UUID, body: Posted) -> dict[str, Any]:
    """Decline to be proctored, before the start."""
    return _out(actions.decline_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now))
