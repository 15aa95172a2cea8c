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
from linkspan.api.once import Posted, once
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
def register_for_exam(request: Request, code: str) -> dict[str, str]:
    """Charge the fee in force to the caller; answers with the charge."""
    actor, now = request.actor, request.now
    return once(request, code, lambda: {"charge_id": str(actions.register_for_exam(actor=actor, code=code, now=now))})


@router.post("/sittings/{sitting_id}/attempts", response=AttemptOut, operation_id="create_attempt")
def create_attempt(request: Request, sitting_id: UUID) -> dict[str, Any]:
    """Check in for a sitting."""
    actor, now = request.actor, request.now
    return once(request, None, lambda: _out(actions.create_attempt(actor=actor, sitting_id=sitting_id, now=now)))


@router.get("/attempts/{attempt_id}", response=AttemptOut, operation_id="get_attempt")
def get_attempt(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """One attempt, for its learner and for proctors."""
    return _out(queries.attempt(request.actor, attempt_id))


@router.get("/attempts/{attempt_id}/questions", response=list[dict[str, Any]], operation_id="attempt_questions")
def attempt_questions(request: Request, attempt_id: UUID) -> list[dict[str, Any]]:
    """The form of one's running attempt, with what was saved and never with answers."""
    return [jsonable(question) for question in queries.questions(request.actor, attempt_id)]


@router.post("/attempts/{attempt_id}/start", response=AttemptOut, operation_id="start_attempt")
def start_attempt(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Start the clock."""
    actor, now = request.actor, request.now
    return once(request, None, lambda: _out(actions.start_attempt(actor=actor, attempt_id=attempt_id, now=now)))


@router.post("/attempts/{attempt_id}/responses", response=ExamTakenOut, operation_id="save_response")
def save_response(request: Request, attempt_id: UUID, body: ExamAnswerIn) -> dict[str, Any]:
    """Save an answer; after the end it is kept apart for a person to decide."""
    return once(
        request,
        body,
        lambda: jsonable(
            actions.save_response(
                actor=request.actor,
                attempt_id=attempt_id,
                item=body.item,
                given=body.given,
                replaces=body.replaces,
                now=request.now,
            )
        ),
    )


@router.post("/attempts/{attempt_id}/pages", response=ExamPageOut, operation_id="open_exam_page")
def open_exam_page(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Open a live page on the running attempt; older pages become read-only."""
    return once(
        request, None, lambda: jsonable(actions.open_page(actor=request.actor, attempt_id=attempt_id, now=request.now))
    )


@router.post("/attempts/{attempt_id}/answers", response=ExamReceiptOut, operation_id="save_answers")
def save_answers(request: Request, attempt_id: UUID, body: ExamSaveIn) -> dict[str, Any]:
    """Save a page's signed changes; the same again gives the same answer."""
    return once(
        request,
        body,
        lambda: jsonable(
            actions.save_answers(
                actor=request.actor, attempt_id=attempt_id, batch=read_batch(body.dict()), now=request.now
            )
        ),
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
def decide_late_answers(request: Request, attempt_id: UUID, body: LateDecisionIn) -> tuple[int, None]:
    """Accept or decline late answers, with a reason."""
    once(
        request,
        body,
        lambda: actions.decide_late_answers(
            actor=request.actor,
            attempt_id=attempt_id,
            shown=body.shown,
            accept=body.accept,
            reason=body.reason,
            now=request.now,
        ),
    )
    return 204, None


@router.post("/attempts/{attempt_id}/answers-file", response=ExamReceiptOut, operation_id="take_answer_file")
def take_answer_file(request: Request, attempt_id: UUID, body: AnswerFileIn) -> dict[str, Any]:
    """Take in the sealed file of answers that a learner could not send."""
    return once(
        request,
        body,
        lambda: jsonable(
            actions.take_answer_file(
                actor=request.actor, attempt_id=attempt_id, content=json.dumps(body.dict()).encode(), now=request.now
            )
        ),
    )


@router.post("/attempts/{attempt_id}/submission", response=AttemptOut, operation_id="submit_attempt")
def submit_attempt(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Hand in."""
    actor, now = request.actor, request.now
    return once(request, None, lambda: _out(actions.submit_attempt(actor=actor, attempt_id=attempt_id, now=now)))


@router.post("/attempts/{attempt_id}/identity", response={204: None}, operation_id="confirm_identity")
def confirm_identity(request: Request, attempt_id: UUID) -> tuple[int, None]:
    """A proctor has compared the learner with the accepted document."""
    once(
        request,
        None,
        lambda: actions.confirm_identity(actor=request.actor, attempt_id=attempt_id, now=request.now),
    )
    return 204, None


@router.post("/attempts/{attempt_id}/incidents", response=dict[str, str], operation_id="log_incident")
def log_incident(request: Request, attempt_id: UUID, body: ExamIncidentIn) -> dict[str, str]:
    """Note what was seen."""
    return once(
        request,
        body,
        lambda: {
            "id": str(
                actions.log_incident(
                    actor=request.actor, attempt_id=attempt_id, kind=body.kind, note=body.note, now=request.now
                )
            )
        },
    )


@router.post("/attempts/{attempt_id}/review", response={204: None}, operation_id="review_attempt")
def review_attempt(request: Request, attempt_id: UUID, body: ExamReviewIn) -> tuple[int, None]:
    """The verdict of another person than the learner."""
    once(
        request,
        body,
        lambda: actions.review_attempt(
            actor=request.actor, attempt_id=attempt_id, accept=body.accept, reason=body.reason, now=request.now
        ),
    )
    return 204, None


@router.post("/attempts/{attempt_id}/appeal", response=dict[str, str], operation_id="appeal_verdict")
def appeal_verdict(request: Request, attempt_id: UUID, body: ExamAppealIn) -> dict[str, str]:
    """Appeal against a rejection."""
    return once(
        request,
        body,
        lambda: {
            "id": str(
                actions.appeal_verdict(
                    actor=request.actor, attempt_id=attempt_id, statement=body.statement, now=request.now
                )
            )
        },
    )


@router.post("/appeals/{appeal_id}/decision", response={204: None}, operation_id="decide_appeal")
def decide_appeal(request: Request, appeal_id: UUID, body: AppealDecisionIn) -> tuple[int, None]:
    """Uphold or dismiss, by another person than the learner and the first reviewer."""
    once(
        request,
        body,
        lambda: actions.decide_appeal(
            actor=request.actor, appeal_id=appeal_id, uphold=body.uphold, reason=body.reason, now=request.now
        ),
    )
    return 204, None


@router.post("/attempts/{attempt_id}/pause", response=AttemptOut, operation_id="pause_attempt")
def pause_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> dict[str, Any]:
    """Stop the clock of a running attempt."""
    return once(
        request,
        body,
        lambda: _out(
            actions.pause_attempt(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now)
        ),
    )


@router.post("/attempts/{attempt_id}/resume", response=AttemptOut, operation_id="resume_attempt")
def resume_attempt(request: Request, attempt_id: UUID, body: Posted) -> dict[str, Any]:
    """Let the clock of a paused attempt go on."""
    return once(
        request, body, lambda: _out(actions.resume_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now))
    )


@router.post("/attempts/{attempt_id}/minutes", response=AttemptOut, operation_id="add_exam_minutes")
def add_minutes(request: Request, attempt_id: UUID, body: ExamMinutesIn) -> dict[str, Any]:
    """Move the end of a running or paused attempt."""
    return once(
        request,
        body,
        lambda: _out(
            actions.add_minutes(
                actor=request.actor, attempt_id=attempt_id, minutes=body.minutes, reason=body.reason, now=request.now
            )
        ),
    )


@router.post("/attempts/{attempt_id}/cancel", response=AttemptOut, operation_id="cancel_attempt")
def cancel_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> dict[str, Any]:
    """End an attempt without counting it."""
    return once(
        request,
        body,
        lambda: _out(
            actions.cancel_attempt(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now)
        ),
    )


@router.post("/attempts/{attempt_id}/decline", response=AttemptOut, operation_id="decline_attempt")
def decline_attempt(request: Request, attempt_id: UUID, body: Posted) -> dict[str, Any]:
    """Decline to be proctored, before the start."""
    return once(
        request,
        body,
        lambda: _out(actions.decline_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now)),
    )
