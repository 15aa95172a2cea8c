"""Exams that a service of others watches: chosen for a draft, agreed to, practised, waived, reviewed."""

from dataclasses import dataclass
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.rules import OtherWay, Practice, Session, Stray, Watched
from linkspan.kernel.request import Request

router = Router()


class WatchedIn(Posted):
    """Which service watches, what it allows by the keys that it offers, and how long it keeps what it saw.

    With `accepts`, a review that saw nothing accepts an attempt of which nobody noted anything else.
    """

    service_id: UUID
    allowed: list[str] = Field([], max_length=100)
    accepts: bool = False
    keeps_days: int = 90


class OtherWayIn(Posted):
    """Why."""

    reason: str = Field(max_length=1000)


@dataclass(frozen=True, slots=True)
class WatchedTold:
    """Who watches a version; null for our own proctors."""

    exam: str
    version: int
    watched: Watched | None


@dataclass(frozen=True, slots=True)
class Watching:
    """How an exam is watched for the caller: whether they agreed, and how practice stands."""

    watched: Watched | None
    agreed: bool
    practice: Practice | None


@dataclass(frozen=True, slots=True)
class WatchedAttempt:
    """An attempt at its service: null where none watches it, or a proctor let it go on another way."""

    session: Session | None
    other_way: OtherWay | None


@dataclass(frozen=True, slots=True)
class Recording:
    """Where a recording is seen for a minute."""

    url: str


@router.post("/exams/{code}/draft", operation_id="put_exam_service")
@idempotent
def put_service(request: Request, code: str, body: WatchedIn) -> WatchedTold:
    """Have the draft be watched by a service."""
    found = actions.put_service(
        actor=request.actor,
        code=code,
        service_id=body.service_id,
        allowed=body.allowed,
        accepts=body.accepts,
        keeps_days=body.keeps_days,
        now=request.now,
    )
    return WatchedTold(found.exam.code, found.exam.version, found.exam.watched)


@router.post("/exams/{code}/draft/removal", operation_id="remove_exam_service")
@idempotent
def remove_service(request: Request, code: str, body: NothingIn) -> WatchedTold:
    """Have the draft be watched by our own proctors."""
    found = actions.put_service(actor=request.actor, code=code, service_id=None, now=request.now)
    return WatchedTold(found.exam.code, found.exam.version, found.exam.watched)


@router.get("/exams/{code}", operation_id="get_exam_watching")
def get_watching(request: Request, code: str) -> Watching:
    """How an exam is watched, whether the caller agreed, and how their practice stands."""
    exam, own = queries.exam(code), request.actor.own_id
    return Watching(exam.watched, queries.agreed(own, exam), queries.practice_of(request.actor, exam))


@router.post("/exams/{code}/agreement", operation_id="agree_to_watching")
@idempotent
def agree(request: Request, code: str, body: NothingIn) -> None:
    """Agree to how the exam is watched."""
    actions.agree_to_watching(actor=request.actor, code=code, now=request.now)


@router.post("/exams/{code}/practice", operation_id="begin_practice")
@idempotent
def begin_practice(request: Request, code: str, body: NothingIn) -> None:
    """Practise with the service that watches the exam, and be set up there."""
    actions.begin_practice(actor=request.actor, code=code, now=request.now)


@router.post("/practice/{uuid:session_id}/finish", operation_id="finish_practice")
@idempotent
def finish_practice(request: Request, session_id: UUID, body: NothingIn) -> None:
    """Say that practice is over; the service looks at it."""
    actions.finish_practice(actor=request.actor, session_id=session_id, now=request.now)


@router.get("/attempts/{uuid:attempt_id}", operation_id="get_watched_attempt")
def get_attempt(request: Request, attempt_id: UUID) -> WatchedAttempt:
    """An attempt at its service; what that saw is for proctors, and for the learner once the result is out."""
    actor = request.actor
    return WatchedAttempt(queries.session_of(actor, attempt_id), queries.other_way(actor, attempt_id))


@router.post("/attempts/{uuid:attempt_id}/again", operation_id="ask_service_again")
@idempotent
def ask_again(request: Request, attempt_id: UUID, body: NothingIn) -> None:
    """Have the service asked again now."""
    actions.ask_service_again(actor=request.actor, attempt_id=attempt_id, now=request.now)


@router.post("/attempts/{uuid:attempt_id}/other-way", operation_id="allow_other_way")
@idempotent
def allow_other_way(request: Request, attempt_id: UUID, body: OtherWayIn) -> None:
    """Let an attempt go on without its service."""
    actions.allow_other_way(actor=request.actor, attempt_id=attempt_id, reason=body.reason, now=request.now)


@router.post("/attempts/{uuid:attempt_id}/recording", operation_id="open_recording")
@idempotent
def open_recording(request: Request, attempt_id: UUID, body: NothingIn) -> Recording:
    """Where what the service recorded is seen; the trail says who opened it."""
    return Recording(actions.open_dashboard(actor=request.actor, attempt_id=attempt_id, now=request.now))


@router.get("/services/{uuid:service_id}/strays", operation_id="stray_callbacks")
def strays(request: Request, service_id: UUID) -> tuple[Stray, ...]:
    """Callbacks of a service that fit no attempt here."""
    return queries.strays(request.actor, service_id)
