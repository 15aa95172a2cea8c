"""Rows of exams as values."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from linkspan.exams.models import (
    AppealRow,
    AttemptRow,
    ExamRow,
    ExamVersionRow,
    LiftRow,
    RejectionRow,
    SebWaiverRow,
    SittingRow,
)
from linkspan.exams.rules import (
    Accepts,
    Appeal,
    AppealState,
    Area,
    Attempt,
    AttemptState,
    BookingTerms,
    Difficulty,
    Draw,
    Exam,
    FileKind,
    IncidentKind,
    Item,
    ItemKind,
    Lift,
    Lockdown,
    Picture,
    Rejection,
    SecondReview,
    Shape,
    Sitting,
    Variable,
    Waiver,
    Watched,
    read_floors,
)
from linkspan.exams.rules.accommodations import Accommodation, AccommodationKind, Break, Breaks
from linkspan.exams.rules.conduct import Conduct
from linkspan.exams.rules.rulings import corrections_of, current_item


def attempt_rows() -> QuerySet[AttemptRow]:
    """Attempts with all that their values are made of; what is large of a version is read where it is asked for."""
    return AttemptRow.objects.select_related("sitting", "version__exam").defer("version__bank", "version__seb_settings")


def bank_of(row: ExamVersionRow) -> tuple[Item, ...]:
    """The bank as values."""
    return tuple(as_item(entry) for entry in row.bank)


def current_bank_of(row: ExamVersionRow) -> tuple[Item, ...]:
    """The bank as questions are drawn from it now: by their newest keys, without those that were ruled out."""
    held = corrections_of(row.corrections)
    return tuple(current_item(item, held.get(item.id)) for item in bank_of(row))


def pass_mark_of(row: ExamVersionRow) -> Decimal:
    """The pass mark in percent: the adopted one, or else the published one."""
    return row.pass_percent if row.cut_percent is None else row.cut_percent


def as_item(entry: Mapping[str, Any]) -> Item:
    """An item as it is kept, as a value; what its kind does not need may be missing."""
    picture = entry.get("picture")
    return Item(
        entry["id"],
        entry["group"],
        ItemKind(entry["kind"]),
        entry["prompt"],
        tuple(entry["options"]),
        tuple(entry["answers"]),
        entry["tolerance"],
        entry.get("retired", False),
        _difficulty(entry.get("difficulty")),
        tuple(entry.get("choices", ())),
        entry.get("partial", False),
        Picture(**picture) if picture else None,
        tuple(Area(Shape(area["shape"]), tuple(area["coords"])) for area in entry.get("areas", ())),
        tuple(Variable(**one) for one in entry.get("variables", ())),
        _accepts(entry.get("accepts")),
    )


def _accepts(entry: Mapping[str, Any] | None) -> Accepts | None:
    if entry is None:
        return None
    return Accepts(tuple(FileKind(one) for one in entry["kinds"]), entry["most"], entry["megabytes"])


def blueprint_of(row: ExamVersionRow) -> tuple[Draw, ...]:
    """The blueprint as values."""
    return tuple(Draw(line["group"], line["count"], _difficulty(line["difficulty"])) for line in row.draw)


def _difficulty(given: str | None) -> Difficulty | None:
    return Difficulty(given) if given else None


def as_exam(row: ExamVersionRow) -> Exam:
    """A version of an exam as a value."""
    return Exam(
        row.exam.code,
        row.exam.program_key,
        row.exam.institution,
        row.title,
        timedelta(minutes=row.duration_minutes),
        pass_mark_of(row),
        row.attempts_allowed,
        tuple(row.courses),
        tuple((course, Decimal(least)) for course, least in row.minimums.items()),
        timedelta(seconds=row.grace_seconds),
        row.number,
        seb_of(row),
        Watched.kept(row.watched) if row.watched else None,
        Conduct.kept(row.conduct),
    )


def seb_of(row: ExamVersionRow) -> Lockdown | None:
    """What a version asks of Safe Exam Browser; None if it is taken in any browser."""
    kept = row.seb
    if kept is None:
        return None
    return Lockdown(kept["config_key"], tuple(kept["client_keys"]), read_floors(kept["versions"]), kept["quit_url"])


def as_waiver(row: SebWaiverRow) -> Waiver:
    """A row as a value."""
    told = (row.sitting_id, row.attempt_id, row.reason, row.given_by, row.given_at, row.ends_at)
    return Waiver(row.id, title_of(row.sitting.exam), *told)


def title_of(row: ExamRow) -> str:
    """The exam's title by its version in force; its code before the first."""
    return row.in_force.title if row.in_force else row.code


def as_sitting(row: SittingRow, version: ExamVersionRow) -> Sitting:
    """A row as a value, of a version of its exam."""
    times = (row.opens_at, row.closes_at, row.release_at)
    ends = (row.capacity, row.cancelled_at, row.cancel_reason)
    return Sitting(row.id, as_exam(version), *times, *ends, by_appointment=row.by_appointment, terms=terms_of(row))


def terms_of(row: SittingRow) -> BookingTerms:
    """How the times of a sitting are booked."""
    return BookingTerms(row.change_hours, row.early_minutes, row.late_minutes)


def as_attempt(row: AttemptRow) -> Attempt:
    """A row as a value; score, verdict and outcome only once released."""
    sitting = as_sitting(row.sitting, row.version)
    released = row.released_at is not None
    shown = AttemptState(row.state)
    if not released and shown in (AttemptState.VERIFIED, AttemptState.REJECTED):
        shown = AttemptState.SUBMITTED
    return Attempt(
        row.id,
        row.learner_id,
        sitting,
        shown,
        row.started_at,
        row.deadline,
        row.submitted_at,
        row.score if released and row.state == AttemptState.VERIFIED else None,
        outcome_of(row) if released else None,
        row.verdict_reason if released or shown is AttemptState.CANCELLED else "",
        row.paused_at,
        confirmers_of(row),
        _second_review(row),
        _rejection(row),
        row.break_ends_at,
        taken_breaks(row),
    )


def taken_breaks(row: AttemptRow) -> tuple[Break, ...]:
    """The breaks of an attempt that are over."""
    return tuple(Break(*map(datetime.fromisoformat, one)) for one in row.breaks)


def breaks_at(row: AttemptRow) -> Breaks:
    """What breaks an attempt has and had."""
    held = Accommodation(AccommodationKind.BREAKS, row.break_minutes, row.break_times)
    return Breaks(held if held.amount else None, taken_breaks(row))


def confirmers_of(row: AttemptRow) -> frozenset[UUID]:
    """Who confirmed the learner's identity: before the start, and on each further device."""
    return frozenset(UUID(one) for one in row.identity_confirmers)


def _second_review(row: AttemptRow) -> SecondReview | None:
    if row.state != AttemptState.SECOND_REVIEW:
        return None
    return SecondReview(row.second_review_by, row.second_review_by_id, row.second_review_reason)


def rejecters_of(row: AttemptRow) -> frozenset[UUID | None]:
    """Who rejected an attempt: who proposed it, and who decided it."""
    proposed = RejectionRow.objects.filter(attempt=row).values_list("proposed_by_id", flat=True)
    return frozenset((row.reviewed_by_id, *proposed))


def _rejection(row: AttemptRow) -> Rejection | None:
    held = RejectionRow.objects.filter(attempt=row).first() if row.state == AttemptState.REJECTION_PROPOSED else None
    return None if held is None else as_rejection(held)


def as_rejection(row: RejectionRow) -> Rejection:
    """A row as a value."""
    who = (row.proposed_by, row.proposed_by_id)
    return Rejection(IncidentKind(row.ground), row.reason, *who, row.at, row.heard_until, row.statement, row.stated_at)


def as_lift(row: LiftRow) -> Lift:
    """A row as a value."""
    title = row.attempt.version.title
    told = (row.rejected_by, row.rejection, row.lifted_by, row.at, row.reason)
    return Lift(row.attempt_id, row.learner_id, title, *told)


def outcome_of(row: AttemptRow) -> str:
    """passed, not_passed or rejected."""
    if row.state != AttemptState.VERIFIED:
        return "rejected"
    return "passed" if (row.score or Decimal(0)) >= pass_mark_of(row.version) else "not_passed"


def as_appeal(row: AppealRow) -> Appeal:
    """A row as a value; the verdict's reason until it is decided."""
    verdict = row.attempt.verdict_reason if row.state == AppealState.OPEN else ""
    title = row.attempt.version.title
    state = AppealState(row.state)
    return Appeal(
        row.id, row.attempt_id, row.learner_id, title, row.statement, verdict, row.at, state, row.decided_by, row.reason
    )
