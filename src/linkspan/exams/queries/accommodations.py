"""Accommodations: what learners asked for, what waits for staff, and what stands; the documents are read elsewhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from linkspan.exams.models import AccommodationRow, AttemptRow, ExamRow
from linkspan.exams.queries.values import breaks_at, title_of
from linkspan.exams.rules import (
    UNDER_WAY,
    Accommodation,
    AccommodationKind,
    AccommodationRequest,
    AccommodationState,
)
from linkspan.exams.rules.accommodations import UNDECIDED, Arranged, Decided, is_exempt, may_see_arranged, standing
from linkspan.exams.rules.attempts import Condition, exemption_condition
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.readers import granted
from linkspan.kernel.refusals import Refusal

MOST_LISTED, PAGE = 200, 50


@granted
def standing_for(learner_id: UUID, code: str, moment: datetime) -> tuple[Arranged, ...]:
    """What stands for a learner in an exam at a moment."""
    rows = AccommodationRow.objects.filter(learner_id=learner_id, exam_id=code, decided_at__isnull=False)
    return standing([_decided(row) for row in rows.order_by("decided_at", "requested_at")], moment)


@granted
def held_by(learner_id: UUID, code: str, moment: datetime) -> tuple[Accommodation, ...]:
    """The accommodations that a learner has in an exam at a moment."""
    return tuple(one.accommodation for one in standing_for(learner_id, code, moment))


def arranged_for(actor: Actor, learner_id: UUID, code: str, now: datetime) -> tuple[Arranged, ...]:
    """What is arranged for a learner in an exam: for the learner, and for who proctors or runs the exam; never why."""
    exam = ExamRow.objects.filter(code=code).first()
    if exam is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    permit(may_see_arranged(actor, exam.institution, learner_id), "see what is arranged here")
    return standing_for(learner_id, code, now)


def exemptions_of(learner_id: UUID, code: str, moment: datetime) -> tuple[Condition, ...]:
    """The condition that is not met by who is exempted from an exam; none for anybody else."""
    return (exemption_condition(),) if is_exempt(standing_for(learner_id, code, moment)) else ()


def next_break(actor: Actor, attempt_id: UUID) -> timedelta:
    """How long the next break of one's attempt may last; nothing where none is left."""
    row = AttemptRow.objects.filter(id=attempt_id, learner_id=actor.own_id).first()
    return breaks_at(row).left if row is not None else timedelta()


def arranged_in(actor: Actor, sitting_id: UUID, now: datetime) -> dict[UUID, tuple[Arranged, ...]]:
    """What is arranged for each learner who is in a sitting now, for its proctors."""
    rows = AttemptRow.objects.filter(sitting_id=sitting_id, state__in=UNDER_WAY).select_related("sitting__exam")
    sits = {row.learner_id: row.sitting.exam for row in rows if _may(actor, row)}
    exams = {exam.code for exam in sits.values()}
    held = AccommodationRow.objects.filter(learner_id__in=sits, exam_id__in=exams, decided_at__isnull=False)
    decided: dict[UUID, list[Decided]] = {}
    for row in held.order_by("decided_at", "requested_at"):
        decided.setdefault(row.learner_id, []).append(_decided(row))
    return {learner: standing(found, now) for learner, found in decided.items()}


def _may(actor: Actor, row: AttemptRow) -> bool:
    return may_see_arranged(actor, row.sitting.exam.institution, row.learner_id)


def accommodations_of(actor: Actor, learner_id: UUID) -> tuple[AccommodationRequest, ...]:
    """What a learner asked for and what became of it, for the learner alone."""
    permit(actor.is_person(learner_id), "see these accommodations")
    rows = AccommodationRow.objects.filter(learner_id=learner_id).select_related("exam__in_force")
    return tuple(as_request(row) for row in rows.order_by("requested_at"))


def accommodation_queue(actor: Actor, kind: AccommodationKind | None = None) -> tuple[AccommodationRequest, ...]:
    """Requests that wait for program staff, oldest first; of one kind if it is named."""
    mine = actor.institutions_as("program_staff")
    permit(bool(mine), "see requests for accommodations")
    rows = AccommodationRow.objects.filter(state__in=UNDECIDED, exam__institution__in=mine)
    rows = rows.filter(kind=kind) if kind else rows
    ordered = rows.exclude(learner_id=actor.own_id).select_related("exam__in_force").order_by("requested_at", "id")
    waiting = list(ordered[:MOST_LISTED])
    said_no = AccommodationRow.objects.filter(learner_id__in={row.learner_id for row in waiting})
    before = list(said_no.filter(state=AccommodationState.REFUSED).order_by("-decided_at"))
    return tuple(as_request(row, before) for row in waiting)


def granted_list(
    actor: Actor, code: str, kind: AccommodationKind | None = None, *, number: int = 1
) -> Page[AccommodationRequest]:
    """A page of what was granted in an exam, newest first, for its program staff; of one kind if it is named."""
    mine = actor.institutions_as("program_staff")
    permit(bool(mine), "see accommodations")
    rows = AccommodationRow.objects.filter(state=AccommodationState.APPROVED, exam_id=code, exam__institution__in=mine)
    rows = rows.filter(kind=kind) if kind else rows
    found = rows.exclude(learner_id=actor.own_id).select_related("exam__in_force").order_by("-decided_at", "id")
    return page_of(found, found.count(), as_request, number=number, size=PAGE)


def as_request(row: AccommodationRow, refused: Sequence[AccommodationRow] = ()) -> AccommodationRequest:
    """A row as a value, with what was refused of the same kind to the same learner before."""
    key = (row.learner_id, row.exam_id, row.kind)
    same = (one for one in refused if (one.learner_id, one.exam_id, one.kind) == key)
    approved = row.state == AccommodationState.APPROVED
    return AccommodationRequest(
        row.id,
        row.learner_id,
        row.exam_id,
        title_of(row.exam),
        _asked(row),
        _granted(row) if approved else None,
        AccommodationState(row.state),
        row.requested_at,
        row.reason,
        row.last_day,
        row.proposed_by,
        bool(row.document_sha256),
        tuple(Refusal(_size(one), one.decided_at, one.reason) for one in same if one.decided_at),
    )


def _size(row: AccommodationRow) -> str:
    """What was refused, as short as it is told beside a new request."""
    if row.kind == AccommodationKind.PERCENT:
        return f"{row.amount}%"
    times = f"{row.times} × {row.amount}" if row.times else str(row.amount)
    return times if row.amount else row.words or "–"


def _asked(row: AccommodationRow) -> Accommodation:
    return Accommodation(AccommodationKind(row.kind), row.amount, row.times, row.words)


def _granted(row: AccommodationRow) -> Accommodation:
    amount = row.amount if row.granted_amount is None else row.granted_amount
    times = row.times if row.granted_times is None else row.granted_times
    return Accommodation(AccommodationKind(row.kind), amount, times, row.words)


def _decided(row: AccommodationRow) -> Decided:
    approved = row.state == AccommodationState.APPROVED
    return Decided(_granted(row), approved=approved, asks_more=row.asks_more, last_day=row.last_day)
