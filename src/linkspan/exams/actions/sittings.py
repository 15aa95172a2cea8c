"""Sittings: when an exam can be taken; added, changed, prolonged, cancelled."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.bookings import cancel_times
from linkspan.exams.actions.rows import exam_row
from linkspan.exams.events import AttemptCancelled, SittingCancelled, SittingMoved
from linkspan.exams.models import AttemptRow, BookingRow, SittingRow
from linkspan.exams.queries import title_of
from linkspan.exams.rules import UNDER_WAY, Act, AttemptState, BookingState, after, may_manage_exams, shifted
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.reasons import Phrase, Sentence

LONGEST_REASON = 1000
MOST_PLACES = 1_000_000
ANOTHER_OPENS = Sentence("opening_taken", "Another sitting opens at the same time. Change that one.")


@transaction.atomic
def add_sitting(
    *,
    actor: Actor,
    code: str,
    opens_at: datetime,
    closes_at: datetime,
    release_at: datetime,
    now: datetime,
    capacity: int | None = None,
) -> UUID:
    """Add a sitting, for so many learners if `capacity` is given; the same again gives the one there is.

    Refused with other times at the same opening, and before a version of the exam is published.
    """
    row = exam_row(code)
    permit(may_manage_exams(actor, row.institution), "add sittings here")
    if row.in_force_id is None:
        raise Refused("nothing_published", "Publish a version of this exam first. Then add its sittings.")
    told = {"closes_at": closes_at, "release_at": release_at, "capacity": capacity}
    _check_times(opens_at, closes_at, release_at, capacity)
    sitting, created = SittingRow.objects.get_or_create(exam=row, opens_at=opens_at, defaults=told)
    if created:
        _record(sitting, actor, "add_sitting", now, {"exam": code, "opens_at": opens_at, **told})
    elif any(getattr(sitting, name) != value for name, value in told.items()):
        raise Invalid({"opens_at": ANOTHER_OPENS})
    return sitting.id


@transaction.atomic
def change_sitting(
    *,
    actor: Actor,
    sitting_id: UUID,
    opens_at: datetime,
    closes_at: datetime,
    release_at: datetime,
    capacity: int | None,
    now: datetime,
) -> None:
    """Change a sitting in which nobody checked in; who may sit it is told. The same again changes nothing."""
    row = going_on(actor, sitting_id, now, "change this sitting")
    wanted = {"opens_at": opens_at, "closes_at": closes_at, "release_at": release_at, "capacity": capacity}
    before = {name: getattr(row, name) for name in wanted}
    if before == wanted:
        return
    if row.attempts.exists():
        raise Refused("sitting_in_use", "Somebody has checked in. Prolong this sitting or cancel it.")
    _check_times(opens_at, closes_at, release_at, capacity)
    _check_appointments(row, opens_at, closes_at)
    if closes_at <= now:
        raise Invalid({"closes_at": Sentence("over", "This is over already. Choose a later time.")})
    if row.exam.sittings.filter(opens_at=opens_at).exclude(id=row.id).exists():
        raise Invalid({"opens_at": ANOTHER_OPENS})
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
    _record(row, actor, "change_sitting", now, wanted, before=before)
    if (opens_at, closes_at) != (before["opens_at"], before["closes_at"]):
        _tell_moved(row, now)


@transaction.atomic
def prolong_sitting(*, actor: Actor, sitting_id: UUID, closes_at: datetime, now: datetime) -> None:
    """Close a sitting later; attempts whose time the close cut off get it back, and who may sit it is told."""
    row = going_on(actor, sitting_id, now, "prolong this sitting")
    if closes_at == row.closes_at:
        return
    if closes_at < row.closes_at:
        words = Phrase("Choose a later time than now set. A sitting is not shortened.")
        raise Invalid({"closes_at": Sentence("not_shortened", words)})
    before, row.closes_at = row.closes_at, closes_at
    row.save(update_fields=["closes_at"])
    for attempt in _locked_attempts(row):
        if attempt.started_at is not None and attempt.deadline is not None:
            length = attempt.version.duration_minutes
            attempt.deadline += shifted(attempt.started_at, length, before, closes_at)
            attempt.save(update_fields=["deadline"])
    _record(row, actor, "prolong_sitting", now, {"closes_at": closes_at}, before={"closes_at": before})
    _tell_moved(row, now)


@transaction.atomic
def cancel_sitting(*, actor: Actor, sitting_id: UUID, reason: str, now: datetime) -> None:
    """Cancel a sitting before it closes: attempts that did not end do not count, and who may sit it is told why."""
    row = sitting_row(actor, sitting_id, "cancel this sitting")
    if row.cancelled_at is not None:
        return
    row = going_on(actor, sitting_id, now, "cancel this sitting")
    if not reason.strip():
        raise Invalid({"reason": Sentence("reason_missing", "Say why: the learners read it.")})
    row.cancelled_at, row.cancel_reason = now, reason.strip()[:LONGEST_REASON]
    row.save(update_fields=["cancelled_at", "cancel_reason"])
    for attempt in _locked_attempts(row):
        attempt.state, attempt.verdict_reason = after(AttemptState(attempt.state), Act.CANCEL), row.cancel_reason
        attempt.save(update_fields=["state", "verdict_reason"])
        title = attempt.version.title
        outbox.publish(AttemptCancelled(attempt.learner_id, attempt.id, title, row.cancel_reason), now=now)
    cancel_times(row.appointments.filter(cancelled_at=None), actor, row.cancel_reason, now)
    _record(row, actor, "cancel_sitting", now, {}, why=row.cancel_reason)
    told = (title_of(row.exam), _clock(row.opens_at), row.cancel_reason)
    outbox.publish(SittingCancelled(row.id, row.exam_id, *told), now=now)


def sitting_row(actor: Actor, sitting_id: UUID, what: str) -> SittingRow:
    """The sitting, locked with its exam as a check-in does, for who makes exams there and does not take it."""
    rows = SittingRow.objects.select_for_update(of=("self", "exam")).select_related("exam")
    row = rows.filter(id=sitting_id).first()
    if row is None:
        raise NotFound("sitting_unknown", "There is no such sitting.")
    permit(may_manage_exams(actor, row.exam.institution) and not _sits(actor, row), what)
    return row


def _sits(actor: Actor, row: SittingRow) -> bool:
    if actor.person_id is None:
        return False
    booked = BookingRow.objects.filter(appointment__sitting=row, state=BookingState.BOOKED)
    return any(rows.filter(learner_id=actor.person_id).exists() for rows in (row.attempts, booked))


def going_on(actor: Actor, sitting_id: UUID, now: datetime, what: str) -> SittingRow:
    """The sitting as `sitting_row` gives it; Refused once it is cancelled or over."""
    row = sitting_row(actor, sitting_id, what)
    if row.cancelled_at is not None:
        raise Refused("sitting_cancelled", "This sitting is cancelled. Add another one.")
    if now >= row.closes_at:
        raise Refused("sitting_over", "This sitting is over.")
    return row


def _locked_attempts(row: SittingRow) -> list[AttemptRow]:
    """The attempts that did not end, locked."""
    rows = row.attempts.select_for_update(of=("self",)).filter(state__in=UNDER_WAY)
    return list(rows.select_related("version").order_by("id"))


def _check_times(opens_at: datetime, closes_at: datetime, release_at: datetime, capacity: int | None) -> None:
    wrong = {}
    if closes_at <= opens_at:
        wrong["closes_at"] = Sentence("closes_early", "Choose a later time than it opens.")
    if release_at < opens_at:
        wrong["release_at"] = Sentence("release_early", "Choose no earlier time than the sitting opens.")
    if capacity is not None and not 1 <= capacity <= MOST_PLACES:
        wrong["capacity"] = Sentence(
            "places_unusable", "Enter 1 to {most}, or leave it empty for no limit.", most=MOST_PLACES
        )
    if wrong:
        raise Invalid(wrong)


def _check_appointments(row: SittingRow, opens_at: datetime, closes_at: datetime) -> None:
    """Invalid if a time that is offered would lie outside."""
    times = row.appointments.filter(cancelled_at=None)
    words = Phrase("A time that is offered lies outside. Cancel that time first.")
    if times.filter(starts_at__lt=opens_at).exists():
        raise Invalid({"opens_at": Sentence("times_outside", words)})
    if times.filter(starts_at__gte=closes_at).exists():
        raise Invalid({"closes_at": Sentence("times_outside", words)})


def _tell_moved(row: SittingRow, now: datetime) -> None:
    times = (_clock(row.opens_at), _clock(row.closes_at))
    outbox.publish(SittingMoved(row.id, row.exam_id, title_of(row.exam), *times), now=now)


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _record(
    row: SittingRow,
    actor: Actor,
    verb: str,
    now: datetime,
    told: Mapping[str, object],
    *,
    before: Mapping[str, object] | None = None,
    why: str = "",
) -> None:
    subject = f"exams.sitting:{row.id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, before=before, after=told, why=why)
