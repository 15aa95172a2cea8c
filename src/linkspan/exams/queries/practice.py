"""Reads of practice, and of one's own checked devices: for their learner alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from linkspan.exams.engines.marking import shares_of
from linkspan.exams.models import ExamVersionRow, PracticeRow
from linkspan.exams.queries.attempts import Question, Saved, as_question, exam
from linkspan.exams.queries.devices import Device, device_before
from linkspan.exams.queries.values import as_exam, bank_of
from linkspan.exams.rules import Exam, FileKind, HandedIn
from linkspan.exams.rules.items import BY_PEOPLE
from linkspan.exams.rules.practice import (
    SAMPLE_PICTURE,
    PracticeResult,
    ends_at,
    sample_form,
    samples_of,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class PracticeRun:
    """Practice as its learner sees it; `result` once it is handed in."""

    id: UUID
    exam: Exam
    began_at: datetime
    ends_at: datetime
    handed_in_at: datetime | None
    result: PracticeResult | None


def device_of(actor: Actor, code: str) -> Device:
    """What is checked of one's own device for an exam, and what came of it."""
    return device_before(actor.own_id, exam(code))


def sample_names(version: ExamVersionRow) -> tuple[str, ...]:
    """The sample questions for a version: of the kinds that it asks, never its own."""
    return sample_form(item.kind for item in bank_of(version) if not item.retired)


def practice_run(actor: Actor, practice_id: UUID) -> PracticeRun:
    """One's own practice; NotFound for anybody else."""
    row = own_practice(actor, practice_id)
    result = _result(row) if row.handed_in_at else None
    times = (row.began_at, ends_at(row.began_at), row.handed_in_at)
    return PracticeRun(row.id, as_exam(row.version), *times, result)


def practice_questions(actor: Actor, practice_id: UUID) -> tuple[Question, ...]:
    """The sample questions of one's own practice, with what was saved."""
    row = own_practice(actor, practice_id)
    saved = {one.item: one for one in practice_answers(row)}
    found = []
    for item in samples_of(row.form):
        held = saved.get(item.id)
        files = _files(row, held.given if held else ()) if item.accepts else ()
        found.append(replace(as_question(item, held), handed_in=files))
    return tuple(found)


def practice_picture(actor: Actor, practice_id: UUID) -> bytes:
    """The picture of a sample question of one's own practice, as SVG."""
    own_practice(actor, practice_id)
    return SAMPLE_PICTURE.encode()


def own_practice(actor: Actor, practice_id: UUID, *, locked: bool = False) -> PracticeRow:
    """The row of one's own practice."""
    rows = PracticeRow.objects.select_related("version__exam").defer("version__bank", "version__seb_settings")
    rows = rows.select_for_update(of=("self",)) if locked else rows
    row = rows.filter(id=practice_id).first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("practice_unknown", "There is no such practice, or it is not yours.")
    return row


def practice_answers(row: PracticeRow) -> tuple[Saved, ...]:
    """What is saved of each sample question and counts."""
    return tuple(
        Saved(item, held["version"], tuple(held["value"]), datetime.fromisoformat(held["at"]))
        for item, held in row.answers.items()
    )


def _files(row: PracticeRow, given: Iterable[str]) -> tuple[HandedIn, ...]:
    ticked = set(given)
    return tuple(
        HandedIn(UUID(key), "sample-upload", name, FileKind.TEXT, 0, True, True, row.began_at, key in ticked)
        for key, name in row.files.items()
    )


def _result(row: PracticeRow) -> PracticeResult:
    items = samples_of(row.form)
    given: Mapping[str, tuple[str, ...]] = {one.item: one.given for one in practice_answers(row) if one.given}
    judged = [item for item in items if item.kind not in BY_PEOPLE]
    shares = shares_of(judged, given)
    right = sum(share == 1 for share in shares.values())
    return PracticeResult(right, len(judged), sum(item.id in given for item in items), len(items))
