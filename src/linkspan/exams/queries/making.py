"""Reads for who makes exams: versions, drafts, a form as a learner sees it, how often each item was drawn."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from linkspan.exams.models import AttemptRow, ExamPolicyRow, ExamRow, ExamVersionRow, ResponseRow, SittingRow
from linkspan.exams.queries.attempts import Question
from linkspan.exams.queries.values import as_exam, bank_of
from linkspan.exams.rules import (
    Exam,
    Item,
    Terms,
    Version,
    check_complete,
    draw_form,
    mark_item,
    may_manage_exams,
    may_publish_exam,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit


@dataclass(frozen=True, slots=True)
class MadeExam:
    """An exam of one's institution: the version in force and the draft, where there are such."""

    code: str
    program_key: str
    institution: str
    in_force: Exam | None
    draft: Exam | None
    sittings: int

    @property
    def title(self) -> str:
        """The title by the version in force, or else by the draft."""
        shown = self.in_force or self.draft
        return shown.title if shown else self.code


@dataclass(frozen=True, slots=True)
class Exposure:
    """How often an item was drawn, and answered in attempts that were marked; `right` is the share answered rightly."""

    item: str
    drawn: int
    marked: int
    right: Decimal | None


@dataclass(frozen=True, slots=True)
class HeldSitting:
    """A sitting as its staff see it: how many checked in, and how many of them can still answer or start."""

    id: UUID
    opens_at: datetime
    closes_at: datetime
    release_at: datetime
    capacity: int | None
    cancelled_at: datetime | None
    cancel_reason: str
    attempts: int


def made_exams(actor: Actor) -> tuple[MadeExam, ...]:
    """The exams of the institutions at which the actor makes them, by code."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("author")
    permit(bool(mine), "see how exams are made")
    rows = ExamRow.objects.filter(institution__in=mine).order_by("code")
    return tuple(_made(row) for row in rows.prefetch_related("versions", "sittings"))


def made_exam(actor: Actor, code: str) -> MadeExam:
    """One exam, for who makes exams at its institution; NotFound for anybody else."""
    return _made(_exam(actor, code))


def versions(actor: Actor, code: str) -> tuple[Version, ...]:
    """Every version of an exam, newest first."""
    return tuple(as_version(row) for row in _exam(actor, code).versions.select_related("exam").order_by("-number"))


def version(actor: Actor, code: str, number: int) -> Version:
    """One version of an exam."""
    row = _exam(actor, code).versions.select_related("exam").filter(number=number).first()
    if row is None:
        raise NotFound("version_unknown", "There is no such version of this exam.")
    return as_version(row)


def may_publish(actor: Actor, found: Version) -> bool:
    """Whether the actor may publish that version."""
    school = found.exam.institution
    return may_publish_exam(actor, school, found.makers, takes_second_person(school))


def preview(actor: Actor, code: str, number: int, seed: int) -> tuple[Question, ...]:
    """A form drawn by a seed, as a learner sees it; Unusable if the version cannot be drawn from yet."""
    found = version(actor, code, number)
    check_complete(found.terms, found.bank)
    bank = {item.id: item for item in found.bank}
    drawn = draw_form(found.bank, dict(found.terms.draw), seed)
    return tuple(Question(name, bank[name].kind, bank[name].prompt, bank[name].options, ()) for name in drawn)


def exposure(actor: Actor, code: str) -> Mapping[str, Exposure]:
    """Of each item that was ever drawn, how often, and the share right; each judged by its attempt's version."""
    _exam(actor, code)
    drawn: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    banks: dict[UUID, Mapping[str, Item]] = {}
    attempts = list(AttemptRow.objects.filter(version__exam_id=code).defer("version"))
    for row in ExamVersionRow.objects.filter(id__in={one.version_id for one in attempts}):
        banks[row.id] = {item.id: item for item in bank_of(row)}
    counted = [one for one in attempts if one.score is not None]
    answers = _answers({one.id for one in counted})
    for one in attempts:
        drawn.update(one.form)
    for one in counted:
        marked.update(one.form)
        bank, given = banks[one.version_id], answers.get(one.id, {})
        right.update(name for name in one.form if mark_item(bank[name], given.get(name, ())))
    return {name: Exposure(name, drawn[name], marked[name], _share(right[name], marked[name])) for name in drawn}


def _answers(attempt_ids: set[UUID]) -> dict[UUID, dict[str, tuple[str, ...]]]:
    rows = ResponseRow.objects.filter(attempt_id__in=attempt_ids, version__isnull=False).order_by("version")
    found: dict[UUID, dict[str, tuple[str, ...]]] = {}
    for attempt_id, item, given in rows.values_list("attempt_id", "item", "given"):
        found.setdefault(attempt_id, {})[item] = tuple(given)
    return found


def _share(right: int, marked: int) -> Decimal | None:
    return (Decimal(100 * right) / marked).quantize(Decimal("0.1")) if marked else None


def held_sittings(actor: Actor, code: str) -> tuple[HeldSitting, ...]:
    """The sittings of an exam, earliest first, for its staff."""
    rows = _exam(actor, code).sittings.prefetch_related("attempts").order_by("opens_at")
    return tuple(_held(row) for row in rows)


def takes_second_person(institution: str) -> bool:
    """Whether another person than its makers publishes an exam of the institution; only where it chose so."""
    return ExamPolicyRow.objects.filter(institution=institution, second_person=True).exists()


def terms_shown(terms: Terms) -> dict[str, str]:
    """The terms as their form shows them, to tell whether they changed since."""
    drawn = ", ".join(f"{group} {count}" for group, count in terms.draw)
    return {
        "title": terms.title,
        "minutes": str(terms.minutes),
        "pass_percent": str(terms.pass_percent.normalize()),
        "attempts": str(terms.attempts_allowed),
        "grace": str(terms.grace_seconds),
        "courses": ", ".join(terms.courses),
        "draw": drawn,
    }


def as_version(row: ExamVersionRow) -> Version:
    """A row as a value."""
    terms = Terms(
        row.title,
        row.duration_minutes,
        row.pass_percent,
        row.attempts_allowed,
        tuple(row.courses),
        tuple(sorted(row.draw.items())),
        row.grace_seconds,
    )
    makers = frozenset(uuid.UUID(one) for one in row.makers)
    return Version(as_exam(row), terms, bank_of(row), row.made_by, row.published_by, row.published_at, makers)


def _exam(actor: Actor, code: str) -> ExamRow:
    row = ExamRow.objects.filter(code=code).first()
    if row is None or not may_manage_exams(actor, row.institution):
        raise NotFound("exam_unknown", "There is no such exam, or it is not of your institution.")
    return row


def _made(row: ExamRow) -> MadeExam:
    by_id = {one.id: one for one in row.versions.all()}
    draft = next((one for one in by_id.values() if one.published_at is None), None)
    held = by_id.get(row.in_force_id) if row.in_force_id else None
    shown, drafted = (as_exam(one) if one else None for one in (held, draft))
    return MadeExam(row.code, row.program_key, row.institution, shown, drafted, len(row.sittings.all()))


def _held(row: SittingRow) -> HeldSitting:
    times = (row.opens_at, row.closes_at, row.release_at)
    return HeldSitting(row.id, *times, row.capacity, row.cancelled_at, row.cancel_reason, len(row.attempts.all()))
