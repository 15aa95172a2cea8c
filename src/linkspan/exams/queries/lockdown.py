"""Reads about Safe Exam Browser: whether a request may go on, the file of a version, waivers."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from linkspan.exams.engines import seb, seb_client
from linkspan.exams.models import AttemptRow, ExamVersionRow, SebWaiverRow, SittingRow
from linkspan.exams.queries.values import as_exam, as_sitting, as_waiver, attempt_rows, seb_of
from linkspan.exams.rules import (
    UNDER_WAY,
    Client,
    OtherDevice,
    OutsideSeb,
    Sitting,
    Waiver,
    may_manage_exams,
    may_proctor,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit


def seb_refusal(row: AttemptRow, client: Client, now: datetime) -> OutsideSeb | None:
    """Why an attempt does not go on in that browser: it asks for another, and nobody waived that.

    What comes after the end is for a person to decide, from whatever browser it comes.
    """
    asked = seb_of(row.version)
    if asked is None or row.state not in UNDER_WAY or _ended(row, now):
        return None
    why = seb_client.why_not(asked, client)
    return None if why is None or _waived(row, now) else why


def check_client(row: AttemptRow, client: Client, now: datetime) -> None:
    """Refused with the reason unless the attempt goes on in that browser, on that device.

    An attempt without a device takes the next one.
    """
    if row.device not in ("", client.device) and row.state in UNDER_WAY and not _ended(row, now):
        raise OtherDevice("other_device", "This exam runs on another device. Tell the proctor to move it here.")
    check_seb(row, client, now)


def outside_seb(row: AttemptRow, client: Client) -> bool:
    """Whether something of an attempt comes from another browser than it asks for."""
    asked = seb_of(row.version)
    return asked is not None and seb_client.why_not(asked, client) is not None


def check_seb(row: AttemptRow, client: Client, now: datetime) -> None:
    """OutsideSeb with the reason unless the attempt goes on in that browser."""
    why = seb_refusal(row, client, now)
    if why is not None:
        raise why


def seb_lacking(actor: Actor, attempt_id: UUID, client: Client, now: datetime) -> OutsideSeb | None:
    """Why one's own attempt does not go on in that browser; None if it does."""
    row = attempt_rows().filter(id=attempt_id).first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    return seb_refusal(row, client, now)


def proves_itself(actor: Actor, attempt_id: UUID, client: Client) -> bool:
    """Whether a page of one's own attempt shows the hashes that the attempt asks for."""
    row = attempt_rows().filter(id=attempt_id).first()
    asked = seb_of(row.version) if row is not None and actor.is_person(row.learner_id) else None
    return asked is not None and seb_client.why_not(asked, client) is None


def seb_file(actor: Actor, code: str, number: int) -> bytes:
    """The .seb file of a version: of a published one for anybody, of a draft for who makes it."""
    row = ExamVersionRow.objects.select_related("exam").filter(exam_id=code, number=number).first()
    drafted = row is not None and row.published_at is None
    if row is None or row.seb_settings is None or (drafted and not may_manage_exams(actor, row.exam.institution)):
        raise NotFound("seb_unknown", "There is no file of Safe Exam Browser for this exam.")
    return seb_client.file_of(seb.from_json(row.seb_settings))


def seb_waivers(actor: Actor, now: datetime) -> tuple[Waiver, ...]:
    """The waivers that hold now at the proctor's institutions, the one that ends first before the others."""
    mine = actor.institutions_as("proctor")
    permit(bool(mine), "see waivers of Safe Exam Browser")
    rows = SebWaiverRow.objects.filter(ends_at__gt=now, sitting__exam__institution__in=mine)
    return tuple(as_waiver(row) for row in rows.select_related("sitting__exam__in_force").order_by("ends_at")[:200])


def waivers_of(actor: Actor, attempt_id: UUID) -> tuple[Waiver, ...]:
    """What was waived while an attempt ran, for its proctors."""
    row = attempt_rows().filter(id=attempt_id).first()
    if row is None or not may_proctor(actor, as_exam(row.version), row.learner_id):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    rows = SebWaiverRow.objects.filter(Q(attempt=row) | Q(attempt=None, sitting=row.sitting))
    rows = rows.filter(ends_at__gt=F("given_at"), ends_at__gte=row.started_at or row.created_at)
    if row.submitted_at is not None:
        rows = rows.filter(given_at__lte=row.submitted_at)
    return tuple(as_waiver(one) for one in rows.select_related("sitting__exam__in_force").order_by("given_at"))


def seb_sittings(actor: Actor, now: datetime) -> tuple[Sitting, ...]:
    """Open sittings at the proctor's institutions whose exam is taken in Safe Exam Browser."""
    mine = actor.institutions_as("proctor")
    permit(bool(mine), "see sittings here")
    rows = SittingRow.objects.filter(exam__institution__in=mine, exam__in_force__seb__isnull=False, cancelled_at=None)
    rows = rows.filter(opens_at__lte=now, closes_at__gt=now).select_related("exam__in_force__exam").order_by("opens_at")
    return tuple(as_sitting(row, row.exam.in_force) for row in rows[:200] if row.exam.in_force)


def _ended(row: AttemptRow, now: datetime) -> bool:
    grace = timedelta(seconds=row.version.grace_seconds)
    return row.deadline is not None and row.paused_at is None and now > row.deadline + grace


def _waived(row: AttemptRow, now: datetime) -> bool:
    held = SebWaiverRow.objects.filter(sitting_id=row.sitting_id, given_at__lte=now, ends_at__gt=now)
    return held.filter(Q(attempt=None) | Q(attempt=row)).exists()
