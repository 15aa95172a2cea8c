"""Practice before an exam: devices are checked, sample questions answered. Nothing of it counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.exam_shapes import ExamSaveIn
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.actions import OpenedPage, Receipt
from linkspan.exams.queries import Question
from linkspan.exams.rules import Client, Conduct, DeviceCheck, Seen, read_batch, read_seen
from linkspan.kernel.public import public_address
from linkspan.kernel.request import Request

router = Router()


class DeviceSeenIn(Posted):
    """What a page saw: features of the browser, milliseconds of each save, how far the clock is off, the camera.

    Without `scripts` nothing else is looked at. Into `practice` went probe-1, probe-2 and probe-3.
    """

    scripts: bool = True
    practice: UUID | None = None
    features: list[Literal["secure", "keys", "storage", "locks"]] = Field([], max_length=4)
    times: list[int] = Field([], max_length=3)
    clock_ms: int = 0
    camera: Literal["works", "refused", "none", "busy", "not_tried"] = "not_tried"


class ConductIn(Posted):
    """How a draft is conducted beside its terms.

    Whether learners check their device first, whether a rejected attempt is on record as 0 percent, and within how many
    working days attempts are reviewed (1 to 60); null: by the day of release alone.
    """

    device_check: bool = False
    rejection_in_grade: bool = False
    review_days: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceTold:
    """What is checked for an exam, and the checks that are kept; `needed`: the exam asks for one that is ready."""

    exam: str
    needed: bool
    ready: bool
    needs: tuple[str, ...]
    checks: tuple[DeviceCheck, ...]


@dataclass(frozen=True, slots=True)
class PracticeTold:
    """Practice, and once it is handed in how many of `judged` answers are right. It counts for nothing."""

    id: UUID
    exam: str
    began_at: datetime
    ends_at: datetime
    handed_in_at: datetime | None
    asked: int | None
    answered: int | None
    judged: int | None
    right: int | None


@router.get("/exams/{code}/device", operation_id="get_exam_device")
def get_device(request: Request, code: str) -> DeviceTold:
    """What is checked of the caller's device for an exam, and what came of it, newest first."""
    found = queries.device_of(request.actor, code)
    return DeviceTold(found.exam.code, found.exam.conduct.device_check, found.ready, found.needs, found.checks)


@router.post("/exams/{code}/device", operation_id="check_exam_device")
@idempotent
def check_device(request: Request, code: str, body: DeviceSeenIn) -> DeviceCheck:
    """Keep what was seen of the caller's device."""
    told: dict[str, Any] = body.dict()
    seen = read_seen(told) if body.scripts else Seen(scripts=False)
    return actions.check_device(
        actor=request.actor,
        code=code,
        seen=seen,
        now=request.now,
        practice_id=body.practice,
        client=Client.of(public_address(request), request.headers),
    )


@router.post("/exams/{code}/practice", operation_id="begin_exam_practice")
@idempotent
def begin(request: Request, code: str, body: NothingIn) -> Made:
    """Begin practice with sample questions; as often as wanted."""
    return Made(actions.begin_practice_run(actor=request.actor, code=code, now=request.now))


@router.get("/practice/{uuid:practice_id}", operation_id="get_exam_practice")
def get_practice(request: Request, practice_id: UUID) -> PracticeTold:
    """The caller's practice, and what came of it once it is handed in."""
    found = queries.practice_run(request.actor, practice_id)
    result = found.result
    counted = (result.asked, result.answered, result.judged, result.right) if result else (None,) * 4
    return PracticeTold(found.id, found.exam.code, found.began_at, found.ends_at, found.handed_in_at, *counted)


@router.get("/practice/{uuid:practice_id}/questions", operation_id="exam_practice_questions")
def get_questions(request: Request, practice_id: UUID) -> tuple[Question, ...]:
    """The sample questions, with what was saved."""
    return queries.practice_questions(request.actor, practice_id)


@router.post("/practice/{uuid:practice_id}/pages", operation_id="open_exam_practice_page")
@idempotent
def open_page(request: Request, practice_id: UUID, body: NothingIn) -> OpenedPage:
    """Open a live page; older pages become read-only."""
    return actions.open_practice_page(actor=request.actor, practice_id=practice_id, now=request.now)


@router.post("/practice/{uuid:practice_id}/answers", operation_id="save_exam_practice")
@idempotent
def save(request: Request, practice_id: UUID, body: ExamSaveIn) -> Receipt:
    """Save a page's signed changes as an exam does; the same again gives the same answer."""
    batch = read_batch(body.dict())
    return actions.save_practice(actor=request.actor, practice_id=practice_id, batch=batch, now=request.now)


@router.post("/practice/{uuid:practice_id}/submission", operation_id="hand_in_exam_practice")
@idempotent
def hand_in(request: Request, practice_id: UUID, body: NothingIn) -> None:
    """Hand practice in; it counts for nothing."""
    actions.hand_in_practice(actor=request.actor, practice_id=practice_id, now=request.now)


@router.post("/exams/{code}/draft/conduct", operation_id="put_exam_conduct")
@idempotent
def put_conduct(request: Request, code: str, body: ConductIn) -> Conduct:
    """Say how the draft is conducted, for who makes the exam."""
    conduct = Conduct(body.device_check, body.rejection_in_grade, body.review_days)
    actions.put_conduct(actor=request.actor, code=code, conduct=conduct, now=request.now)
    return conduct
