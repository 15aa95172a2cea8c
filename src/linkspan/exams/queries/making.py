"""Reads for who makes exams: versions, drafts, a form as a learner sees it, how often each item was drawn."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Prefetch, QuerySet

from linkspan.exams.engines.qti.writer import write_package
from linkspan.exams.models import (
    AttemptRow,
    BookingRow,
    ExamPolicyRow,
    ExamRow,
    ExamVersionRow,
    PictureRow,
    SittingRow,
)
from linkspan.exams.queries.attempts import Question, as_question, picture_content
from linkspan.exams.queries.values import as_exam, bank_of, blueprint_of, current_bank_of, terms_of
from linkspan.exams.rules import (
    BookingState,
    BookingTerms,
    Exam,
    Item,
    Terms,
    Version,
    check_complete,
    draw_form,
    may_manage_exams,
    may_publish_exam,
    typed_from,
)
from linkspan.exams.rules.series import Series
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.readers import granted, public
from linkspan.kernel.versions import version_of


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
class HeldSitting:
    """A sitting as its staff see it; `attempts` is how many checked in, `booked` how many hold a seat at a time."""

    id: UUID
    opens_at: datetime
    closes_at: datetime
    release_at: datetime
    capacity: int | None
    cancelled_at: datetime | None
    cancel_reason: str
    attempts: int
    booked: int
    by_appointment: bool
    terms: BookingTerms


def made_exams(actor: Actor) -> tuple[MadeExam, ...]:
    """The exams of the institutions at which the actor makes them, by code."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("author")
    permit(bool(mine), "see how exams are made")
    return tuple(_made(row) for row in _exams().filter(institution__in=mine).order_by("code"))


def made_exam(actor: Actor, code: str) -> MadeExam:
    """One exam, for who makes exams at its institution; NotFound for anybody else."""
    return _made(_exams().get(code=_exam(actor, code).code))


@granted
def newest_versions(institution: str) -> tuple[ExamVersionRow, ...]:
    """The newest version of each exam of an institution by code, drafts too, without the banks."""
    rows = ExamVersionRow.objects.filter(exam__institution=institution).select_related("exam").defer("bank")
    return tuple({row.exam_id: row for row in rows.order_by("exam_id", "number")}.values())


def versions(actor: Actor, code: str) -> tuple[Version, ...]:
    """Every version of an exam, newest first."""
    return tuple(as_version(row) for row in _exam(actor, code).versions.select_related("exam").order_by("-number"))


def version(actor: Actor, code: str, number: int) -> Version:
    """One version of an exam."""
    return as_version(version_row(actor, code, number))


def version_row(actor: Actor, code: str, number: int) -> ExamVersionRow:
    """The row of one version, for who makes the exam."""
    row = _exam(actor, code).versions.select_related("exam").filter(number=number).first()
    if row is None:
        raise NotFound("version_unknown", "There is no such version of this exam.")
    return row


def may_publish(actor: Actor, found: Version) -> bool:
    """Whether the actor may publish that version."""
    school = found.exam.institution
    return may_publish_exam(actor, school, found.makers, takes_second_person(school))


def may_publish_series(actor: Actor, found: Series) -> bool:
    """Whether the actor may publish that version of a series."""
    school = found.institution
    return may_publish_exam(actor, school, found.makers, takes_second_person(school))


@granted
def lacking(found: Version) -> str:
    """Why no form can be drawn from a version yet; nothing if one can."""
    try:
        check_complete(found.terms, found.bank)
    except Unusable as error:
        return error.message
    return ""


def preview(actor: Actor, code: str, number: int, seed: int) -> tuple[Question, ...]:
    """A form drawn by a seed, as a learner sees it; Unusable if the version cannot be drawn from yet."""
    found = version(actor, code, number)
    check_complete(found.terms, found.bank)
    bank = {item.id: item for item in found.bank}
    drawn = draw_form(found.bank, found.terms.draw, seed)
    return tuple(as_question(bank[name]) for name in drawn)


def exposure(actor: Actor, code: str) -> Mapping[str, int]:
    """How often each item of an exam was drawn, whatever the version; an item that never was is left out."""
    _exam(actor, code)
    return _drawn(code)


def worn_items(code: str, most: int | None) -> frozenset[str]:
    """The items of an exam that were drawn as often as its version has them drawn; none without a limit."""
    if most is None:
        return frozenset()
    return frozenset(name for name, count in _drawn(code).items() if count >= most)


def _drawn(code: str) -> Counter[str]:
    forms = AttemptRow.objects.filter(version__exam_id=code).values_list("form", flat=True)
    return Counter(name for form in forms for name in form)


def held_sittings(actor: Actor, code: str) -> tuple[HeldSitting, ...]:
    """The sittings of an exam, earliest first, for its staff."""
    rows = _exam(actor, code).sittings.annotate(held=Count("attempts")).order_by("opens_at")
    return tuple(_held(row, row.held) for row in rows)


def held_sitting(actor: Actor, sitting_id: UUID) -> tuple[MadeExam, HeldSitting]:
    """One sitting with its exam, for its staff; NotFound for anybody else."""
    rows = SittingRow.objects.annotate(held=Count("attempts")).select_related("exam")
    row = rows.filter(id=sitting_id).first()
    if row is None or not may_manage_exams(actor, row.exam.institution):
        raise NotFound("sitting_unknown", "There is no such sitting, or it is not of your institution.")
    return made_exam(actor, row.exam_id), _held(row, row.held)


def drafts_to_publish(actor: Actor) -> int:
    """How many drafts wait for the actor as the second person."""
    asked = set(ExamPolicyRow.objects.filter(second_person=True).values_list("institution", flat=True))
    rows = ExamVersionRow.objects.filter(published_at=None, exam__institution__in=asked).select_related("exam")
    held = [(row.exam.institution, {uuid.UUID(one) for one in row.makers}) for row in rows.defer("bank")]
    return sum(may_publish_exam(actor, school, makers, second_person=True) for school, makers in held)


@granted
def content_shown(found: Version) -> dict[str, str]:
    """All that is published with a version, to tell whether it changed since it was looked at."""
    return terms_shown(found.terms) | {
        "bank": version_of({"bank": found.bank}),
        "seb": found.exam.seb.config_key if found.exam.seb else "",
        "conduct": str(found.exam.conduct),
    }


@public
def takes_second_person(institution: str) -> bool:
    """Whether another person than its makers publishes an exam of the institution; only where it chose so."""
    return ExamPolicyRow.objects.filter(institution=institution, second_person=True).exists()


@granted
def terms_shown(terms: Terms) -> dict[str, str]:
    """The terms as their form shows them, to tell whether they changed since."""
    drawn = ", ".join(f"{line.group} {line.difficulty or ''} {line.count}" for line in terms.draw)
    return {
        "title": terms.title,
        "minutes": str(terms.minutes),
        "pass_percent": str(terms.pass_percent.normalize()),
        "attempts": str(terms.attempts_allowed),
        "grace": str(terms.grace_seconds),
        "courses": ", ".join(terms.courses),
        "most_drawn": "" if terms.most_drawn is None else str(terms.most_drawn),
        "draw": drawn,
    }


@granted
def question_shown(item: Item | None) -> dict[str, str]:
    """A question as its form shows it, to tell whether it changed since; nothing for none."""
    if item is None:
        return {}
    told = typed_from(item)
    shown = {name: str(getattr(told, name) or "") for name in ("prompt", "lines", "tolerance", "variables")}
    picture = {"picture": item.picture.sha256, "picture_words": item.picture.words} if item.picture else {}
    files = (
        {"accepts": f"{' '.join(item.accepts.kinds)} {item.accepts.most} {item.accepts.megabytes}"}
        if item.accepts
        else {}
    )
    return shown | picture | files | {"topic": item.group, "kind": item.kind, "difficulty": item.difficulty or ""}


def item_of(actor: Actor, code: str, number: int, name: str) -> Item:
    """One question of a version, for who makes the exam; NotFound if it holds none such."""
    found = next((one for one in version(actor, code, number).bank if one.id == name), None)
    if found is None:
        raise NotFound("item_unknown", "This version holds no such question.")
    return found


def picture_of(actor: Actor, code: str, number: int, name: str) -> bytes:
    """The picture of a question of a version, as PNG, for who makes the exam."""
    return picture_content(item_of(actor, code, number, name))


def qti_of(actor: Actor, code: str, number: int) -> bytes:
    """The questions of a version as a package of QTI 3.0, for who makes the exam."""
    bank = current_bank_of(version_row(actor, code, number))
    named = {item.picture.sha256 for item in bank if item.picture}
    pictures = {row.sha256: bytes(row.content) for row in PictureRow.objects.filter(sha256__in=named)}
    return write_package(bank, pictures)


def as_version(row: ExamVersionRow) -> Version:
    """A row as a value."""
    terms = Terms(
        row.title,
        row.duration_minutes,
        row.pass_percent,
        row.attempts_allowed,
        tuple(row.courses),
        blueprint_of(row),
        row.grace_seconds,
        row.most_drawn,
    )
    makers = frozenset(uuid.UUID(one) for one in row.makers)
    return Version(as_exam(row), terms, bank_of(row), row.made_by, row.published_by, row.published_at, makers)


def _exams() -> QuerySet[ExamRow]:
    """Exams with their sittings, and with their versions but for the banks, which are large."""
    return ExamRow.objects.prefetch_related(Prefetch("versions", ExamVersionRow.objects.defer("bank")), "sittings")


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


def _held(row: SittingRow, attempts: int) -> HeldSitting:
    times = (row.opens_at, row.closes_at, row.release_at)
    ends = (row.capacity, row.cancelled_at, row.cancel_reason)
    booked = BookingRow.objects.filter(appointment__sitting=row, state=BookingState.BOOKED).count()
    return HeldSitting(row.id, *times, *ends, attempts, booked, row.by_appointment, terms_of(row))
