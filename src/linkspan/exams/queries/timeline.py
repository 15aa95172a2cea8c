"""The timeline of an attempt, put together from what its page noticed and from what is kept of it anyway."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min
from django.db.models.functions import TruncMinute

from linkspan.exams.models import AttemptRow, ExamVersionRow, NoticedRow, TimelineConsentRow
from linkspan.exams.queries.values import as_exam, attempt_rows
from linkspan.exams.rules import Exam, Timeline, may_proctor
from linkspan.exams.rules.timeline import Moment, in_order
from linkspan.kernel import audit, retention
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import granted, public

#: Of the trail of an attempt, what moves its clock.
OF_THE_CLOCK = frozenset(
    (
        *("pause_attempt", "resume_attempt", "fail_attempt", "add_minutes_attempt", "cancel_attempt"),
        *("begin_break_attempt", "end_break_attempt", "break_over_attempt"),
    )
)
WROTE = {"help": "candidate_wrote", "told": "proctor_wrote"}


@granted
def timeline_agreed(learner_id: UUID, found: Exam) -> bool:
    """Whether a learner lets that version's page note what it notices."""
    rows = TimelineConsentRow.objects.filter(learner_id=learner_id, ended_at=None, version__exam_id=found.code)
    return rows.filter(version__number=found.version).exists()


def agreed_to_timeline(learner_id: UUID, version: ExamVersionRow) -> bool:
    """Whether a learner lets that version's page note what it notices."""
    return TimelineConsentRow.objects.filter(learner_id=learner_id, version=version, ended_at=None).exists()


@public
def timeline_days() -> int:
    """For how many days after the result what a page noticed is kept here."""
    return next(kind.days for kind in retention.kinds() if kind.code == "exam_timeline")


def timeline_of(actor: Actor, attempt_id: UUID) -> Timeline:
    """An attempt in order, for its proctors, and for its learner once the result is out."""
    row = attempt_rows().filter(id=attempt_id).first()
    if row is None or not _may_read(actor, row):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    noticed = list(NoticedRow.objects.filter(attempt=row).order_by("at", "id").values_list("at", "kind"))
    agreed = agreed_to_timeline(row.learner_id, row.version) or bool(noticed)
    moments = (*(Moment(at, kind) for at, kind in noticed), *_kept(row))
    return in_order(moments, row.started_at, agreed=agreed, noticed=len(noticed))


def _may_read(actor: Actor, row: AttemptRow) -> bool:
    released = actor.is_person(row.learner_id) and row.released_at is not None
    return released or may_proctor(actor, as_exam(row.version), row.learner_id)


def _kept(row: AttemptRow) -> Iterator[Moment]:
    """What is kept of an attempt whether or not a timeline was agreed to; saves by the minute."""
    ends: tuple[tuple[datetime | None, str], ...] = ((row.started_at, "started"), (row.submitted_at, "submitted"))
    yield from (Moment(at, what) for at, what in ends if at is not None)
    minutes = row.responses.annotate(minute=TruncMinute("at")).values("minute")
    for one in minutes.annotate(first=Min("at"), count=Count("id")).order_by("minute"):
        yield Moment(one["first"], "saved", "", one["count"])
    for entry in audit.trail_of(f"exams.attempt:{row.id}"):
        if entry.verb in OF_THE_CLOCK:
            yield Moment(entry.at, entry.verb, entry.why)
    yield from (Moment(one.at, WROTE[one.kind], one.words) for one in row.messages.all())
    yield from (Moment(one.at, "incident", one.note) for one in row.incidents.all())
