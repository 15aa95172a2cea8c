"""Exams: the caller's authorisation, attempts and released results; check-ins, incidents and verdicts of proctors."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Router, Schema

from linkspan.api.once import Posted, once
from linkspan.exams import actions, queries
from linkspan.exams.queries import LateAnswer
from linkspan.exams.rules import Attempt, IncidentKind, read_batch
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request

router = Router()


class AttemptOut(Schema):
    """An attempt; `score` (percent) and `outcome` are null until the release."""

    id: UUID
    exam: str
    title: str
    sitting_id: UUID
    state: str
    started_at: datetime | None
    deadline: datetime | None
    submitted_at: datetime | None
    release_at: datetime
    score: Decimal | None
    outcome: str | None
    verdict_reason: str


class AuthorisationOut(Schema):
    """Whether the caller may take an exam, each reason against it, and the sittings."""

    authorised: bool
    reasons: list[str]
    sittings: list[dict[str, Any]]


class ExamAnswerIn(Posted):
    """An answer: the numbers of the chosen options from 0, or one text; an empty list clears it.

    `replaces` is the version that you saw: an answer to another one is kept beside and does not count.
    """

    item: str
    given: list[str]
    replaces: int | None = None


class ExamTakenOut(Schema):
    """How a saved answer stands (applied, kept or late), and the answer that counts now."""

    item: str
    seq: int
    standing: str
    version: int | None
    value: list[str]


class ExamPageOut(Schema):
    """A live page: the keys with which it signs its saves and seals its file, and the answers that it begins from."""

    id: UUID
    number: int
    signing_key: str
    file_key: str
    answers: list[dict[str, Any]]


class ExamSaveIn(Posted):
    """A batch of changes: `mac` is the HMAC-SHA256 by the page's key over the RFC 8785 form of the other members.

    Each change has `item`, `seq`, `replaces`, `op` (set with `value`, or clear), `at` and `elapsed_ms`.
    """

    writer: str
    batch: int
    prev: str
    sent_at: str
    changes: list[dict[str, Any]]
    mac: str


class ExamReceiptOut(Schema):
    """What became of a save; a page that is not the newest is read-only."""

    taken: list[ExamTakenOut]
    not_taken: list[dict[str, Any]]
    now: datetime
    deadline: datetime
    newest: bool
    running: bool


class LateAnswersOut(Schema):
    """Answers of one attempt that came after its end and wait for a person."""

    attempt_id: UUID
    title: str
    answers: list[dict[str, Any]]


class LateDecisionIn(Posted):
    """Which of the late answers that you saw count; the others that you saw are declined."""

    shown: list[UUID]
    accept: list[UUID]
    reason: str


class AnswerFileIn(Posted):
    """The file that a learner's page made without a network, as it is."""

    format: str
    attempt: str
    parts: list[dict[str, str]]


class ExamReviewIn(Posted):
    """A verdict; a rejection needs a reason."""

    accept: bool
    reason: str = ""


class ExamIncidentIn(Posted):
    """What a proctor saw."""

    kind: IncidentKind
    note: str


class ExamAppealIn(Posted):
    """What the learner says."""

    statement: str


class AppealDecisionIn(Posted):
    """A decision on an appeal, with its reason."""

    uphold: bool
    reason: str


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
    return dict(jsonable(told))


@router.get("/mine", response=list[AttemptOut], operation_id="my_attempts")
def my_attempts(request: Request) -> list[dict[str, Any]]:
    """The caller's attempts, newest first."""
    return [_out(row) for row in queries.attempts_of(request.actor, request.actor.person_id)]


@router.get("/queue", response=list[AttemptOut], operation_id="proctor_queue")
def proctor_queue(request: Request) -> list[dict[str, Any]]:
    """Attempts that wait for the calling proctor."""
    return [_out(row) for row in queries.proctor_queue(request.actor)]


@router.get("/{code}/authorisation", response=AuthorisationOut, operation_id="exam_authorisation")
def exam_authorisation(request: Request, code: str) -> dict[str, Any]:
    """May the caller take this exam, and when?"""
    reasons = queries.exam_reasons(request.actor, request.actor.person_id, code)
    sittings = [
        {"id": s.id, "opens_at": s.opens_at, "closes_at": s.closes_at, "release_at": s.release_at}
        for s in queries.sittings(code)
    ]
    return {"authorised": not reasons, "reasons": list(reasons), "sittings": jsonable(sittings)}


@router.post("/{code}/registrations", response=dict[str, str], operation_id="register_for_exam")
def register_for_exam(request: Request, code: str) -> dict[str, str]:
    """Charge the fee in force to the caller; answers with the charge."""
    actor, now = request.actor, request.now
    return once(request, code, lambda: {"charge_id": actions.register_for_exam(actor=actor, code=code, now=now)})


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
    told = {"attempt_id": attempt_id, "item": body.item, "given": body.given, "replaces": body.replaces}
    return once(request, body, lambda: actions.save_response(actor=request.actor, now=request.now, **told))


@router.post("/attempts/{attempt_id}/pages", response=ExamPageOut, operation_id="open_exam_page")
def open_exam_page(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Open a live page on the running attempt; older pages become read-only."""
    return once(request, None, lambda: actions.open_page(actor=request.actor, attempt_id=attempt_id, now=request.now))


@router.post("/attempts/{attempt_id}/answers", response=ExamReceiptOut, operation_id="save_answers")
def save_answers(request: Request, attempt_id: UUID, body: ExamSaveIn) -> dict[str, Any]:
    """Save a page's signed changes; the same again gives the same answer."""
    told = {"attempt_id": attempt_id, "batch": read_batch(body.dict())}
    return once(request, body, lambda: actions.save_answers(actor=request.actor, now=request.now, **told))


def _late(found: LateAnswer) -> dict[str, Any]:
    elapsed = None if found.elapsed is None else int(found.elapsed.total_seconds() * 1000)
    return dict(jsonable(asdict(replace(found, elapsed=None)))) | {"elapsed_ms": elapsed}


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
    told = {"attempt_id": attempt_id, **body.dict()}
    once(request, body, lambda: actions.decide_late_answers(actor=request.actor, now=request.now, **told))
    return 204, None


@router.post("/attempts/{attempt_id}/answers-file", response=ExamReceiptOut, operation_id="take_answer_file")
def take_answer_file(request: Request, attempt_id: UUID, body: AnswerFileIn) -> dict[str, Any]:
    """Take in the sealed file of answers that a learner could not send."""
    told = {"attempt_id": attempt_id, "content": json.dumps(body.dict()).encode()}
    return once(request, body, lambda: actions.take_answer_file(actor=request.actor, now=request.now, **told))


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
    told = {"attempt_id": attempt_id, "kind": body.kind, "note": body.note}
    return once(request, body, lambda: {"id": actions.log_incident(actor=request.actor, now=request.now, **told)})


@router.post("/attempts/{attempt_id}/review", response={204: None}, operation_id="review_attempt")
def review_attempt(request: Request, attempt_id: UUID, body: ExamReviewIn) -> tuple[int, None]:
    """The verdict of another person than the learner."""
    told = {"attempt_id": attempt_id, "accept": body.accept, "reason": body.reason}
    once(request, body, lambda: actions.review_attempt(actor=request.actor, now=request.now, **told))
    return 204, None


@router.post("/attempts/{attempt_id}/appeal", response=dict[str, str], operation_id="appeal_verdict")
def appeal_verdict(request: Request, attempt_id: UUID, body: ExamAppealIn) -> dict[str, str]:
    """Appeal against a rejection."""
    told = {"attempt_id": attempt_id, "statement": body.statement}
    return once(request, body, lambda: {"id": actions.appeal_verdict(actor=request.actor, now=request.now, **told)})


@router.post("/appeals/{appeal_id}/decision", response={204: None}, operation_id="decide_appeal")
def decide_appeal(request: Request, appeal_id: UUID, body: AppealDecisionIn) -> tuple[int, None]:
    """Uphold or dismiss, by another person than the learner and the first reviewer."""
    told = {"appeal_id": appeal_id, "uphold": body.uphold, "reason": body.reason}
    once(request, body, lambda: actions.decide_appeal(actor=request.actor, now=request.now, **told))
    return 204, None


class ExamReasonIn(Posted):
    """Why a proctor or staff intervene."""

    reason: str


class ExamMinutesIn(ExamReasonIn):
    """How many minutes (1 to 240) are added, and why."""

    minutes: int


@router.post("/attempts/{attempt_id}/pause", response=AttemptOut, operation_id="pause_attempt")
def pause_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> dict[str, Any]:
    """Stop the clock of a running attempt."""
    told = {"attempt_id": attempt_id, "reason": body.reason}
    return once(request, body, lambda: _out(actions.pause_attempt(actor=request.actor, now=request.now, **told)))


@router.post("/attempts/{attempt_id}/resume", response=AttemptOut, operation_id="resume_attempt")
def resume_attempt(request: Request, attempt_id: UUID, body: Posted) -> dict[str, Any]:
    """Let the clock of a paused attempt go on."""
    told = {"attempt_id": attempt_id}
    return once(request, body, lambda: _out(actions.resume_attempt(actor=request.actor, now=request.now, **told)))


@router.post("/attempts/{attempt_id}/minutes", response=AttemptOut, operation_id="add_exam_minutes")
def add_minutes(request: Request, attempt_id: UUID, body: ExamMinutesIn) -> dict[str, Any]:
    """Move the end of a running or paused attempt."""
    told = {"attempt_id": attempt_id, "minutes": body.minutes, "reason": body.reason}
    return once(request, body, lambda: _out(actions.add_minutes(actor=request.actor, now=request.now, **told)))


@router.post("/attempts/{attempt_id}/cancel", response=AttemptOut, operation_id="cancel_attempt")
def cancel_attempt(request: Request, attempt_id: UUID, body: ExamReasonIn) -> dict[str, Any]:
    """End an attempt without counting it."""
    told = {"attempt_id": attempt_id, "reason": body.reason}
    return once(request, body, lambda: _out(actions.cancel_attempt(actor=request.actor, now=request.now, **told)))


@router.post("/attempts/{attempt_id}/decline", response=AttemptOut, operation_id="decline_attempt")
def decline_attempt(request: Request, attempt_id: UUID, body: Posted) -> dict[str, Any]:
    """Decline to be proctored, before the start."""
    told = {"attempt_id": attempt_id}
    return once(request, body, lambda: _out(actions.decline_attempt(actor=request.actor, now=request.now, **told)))
