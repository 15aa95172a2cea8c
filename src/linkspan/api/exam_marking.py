"""Answers of exams that people mark: what waits for the caller, marks, and how an attempt was marked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.exam_files import as_file
from linkspan.api.once import Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.rules import LONGEST_COMMENT, Mark, ToMark
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of a rubric, and the most points that it has."""

    words: str
    points: int


@dataclass(frozen=True, slots=True)
class MarkedFile:
    """A file of an answer, under a name that tells nothing; `gone`: it is not kept any more."""

    id: UUID
    name: str
    size: int
    scanned: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class WaitingTold:
    """An answer that waits for the caller's mark, `due` when results come out; `third`: two were too far apart."""

    id: UUID
    exam: str
    question: str
    answer: str
    files: tuple[MarkedFile, ...]
    rubric: tuple[Criterion, ...]
    third: bool
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class MarkTold:
    """A mark, with the points of each criterion in the order of the rubric."""

    item: str
    rubric: tuple[Criterion, ...]
    points: tuple[int, ...]
    comment: str
    marked_by: str
    at: datetime
    third: bool


class MarkIn(Posted):
    """Whole points of each criterion in the order of the rubric, and a comment that the learner reads."""

    points: Annotated[list[int], Field(max_length=20)]
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""


@router.get("/waiting", operation_id="answers_to_mark")
def waiting(request: Request) -> tuple[WaitingTold, ...]:
    """The answers that wait for the caller's mark, oldest first."""
    return tuple(_waiting(one) for one in queries.to_mark(request.actor))


@router.post("/waiting/{uuid:mark_id}", operation_id="put_exam_mark")
@idempotent
def put_mark(request: Request, mark_id: UUID, body: MarkIn) -> None:
    """Mark an answer; a mark that is given stays."""
    actions.put_mark(actor=request.actor, mark_id=mark_id, points=body.points, comment=body.comment, now=request.now)


@router.get("/waiting/{uuid:mark_id}/files/{uuid:file_id}", operation_id="marked_file", response={200: bytes})
def marked_file(request: Request, mark_id: UUID, file_id: UUID) -> HttpResponse:
    """A file of an answer that waits for the caller's mark; each reading is noted."""
    return as_file(*actions.read_marked_file(actor=request.actor, mark_id=mark_id, file_id=file_id, now=request.now))


@router.get("/attempts/{uuid:attempt_id}/marks", operation_id="exam_marks")
def marks(request: Request, attempt_id: UUID) -> tuple[MarkTold, ...]:
    """How people marked an attempt, once its result is out."""
    return tuple(_mark(one) for one in queries.marks_of(request.actor, attempt_id))


def _waiting(one: ToMark) -> WaitingTold:
    rubric = tuple(Criterion(words, int(most)) for words, most in zip(one.item.options, one.item.answers, strict=True))
    files = tuple(MarkedFile(file.id, file.name, file.size, file.scanned, file.gone) for file in one.files)
    told = (one.exam_title, one.item.prompt, one.answer, files, rubric)
    return WaitingTold(one.id, *told, one.third, one.since, one.due)


def _mark(one: Mark) -> MarkTold:
    rubric = tuple(Criterion(words, most) for words, most in zip(one.criteria, one.most, strict=True))
    return MarkTold(one.item, rubric, one.points, one.comment, one.marked_by, one.at, one.third)
