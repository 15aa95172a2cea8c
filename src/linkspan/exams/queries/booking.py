"""Reads of times of sittings, of who booked them, and of what stands in the way of booking."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linkspan.exams.models import AppointmentRow, AttemptRow, BookingRow, WaitingRow
from linkspan.exams.queries.attempts import conditions_of, exam, exam_codes, next_attempt_from
from linkspan.exams.queries.making import held_sitting
from linkspan.exams.queries.values import as_sitting
from linkspan.exams.rules import (
    MOST_CHANGE_HOURS,
    REMINDERS,
    Appointment,
    Booking,
    BookingState,
    Candidacy,
    Exam,
    Offer,
    may_explain_booking,
    may_manage_exams,
    offer,
    reminders_due,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit

#: Times shown to a learner at once; the earliest come first.
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Times:
    """The times of an exam as one learner sees them."""

    exam: Exam
    who: Candidacy
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class HeldTime:
    """A time as its staff see it: who booked it, and who waits, the first first."""

    appointment: Appointment
    bookings: tuple[Booking, ...]
    waiting: tuple[UUID, ...]


def times_of(actor: Actor, code: str, now: datetime) -> Times:
    """The caller's booking of an exam, and the times that can be booked, each with every condition."""
    return times_before(actor.own_id, exam(code), now)


def times_before(learner_id: UUID, found: Exam, now: datetime) -> Times:
    """`times_of` for any learner, for actions that have decided who may ask."""
    who = candidacy(learner_id, found)
    rows = appointment_rows().filter(sitting__exam_id=found.code, starts_at__gt=now, cancelled_at=None)
    rows = rows.filter(sitting__cancelled_at=None).order_by("starts_at", "id")[:MOST_SHOWN]
    return Times(found, who, tuple(offer(as_appointment(row), who, now) for row in rows))


def bookings_of(actor: Actor, learner_id: UUID) -> tuple[Booking, ...]:
    """The seats that a learner holds, earliest first, for the learner alone."""
    permit(actor.is_system or actor.is_person(learner_id), "see these bookings")
    rows = booking_rows().filter(learner_id=learner_id, state=BookingState.BOOKED).order_by("appointment__starts_at")
    return tuple(as_booking(row) for row in rows)


def booking(actor: Actor, booking_id: UUID) -> Booking:
    """One's own booking, whatever became of it; NotFound for anybody else."""
    row = booking_rows().filter(id=booking_id).first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("booking_unknown", "There is no such booking, or it is not yours.")
    return as_booking(row)


def held_times(actor: Actor, sitting_id: UUID) -> tuple[Appointment, ...]:
    """The times of a sitting, earliest first, for its staff; NotFound for anybody else."""
    held_sitting(actor, sitting_id)
    rows = appointment_rows().filter(sitting_id=sitting_id).order_by("starts_at")
    return tuple(as_appointment(row) for row in rows)


def held_time(actor: Actor, appointment_id: UUID) -> HeldTime:
    """One time with who booked it and who waits, for its staff; NotFound for anybody else."""
    row = appointment_rows().filter(id=appointment_id).first()
    if row is None or not may_manage_exams(actor, row.sitting.exam.institution):
        raise NotFound("appointment_unknown", "There is no such time, or it is not of your institution.")
    booked = booking_rows().filter(appointment=row, state=BookingState.BOOKED).order_by("seat")
    waits = row.waiting.order_by("since", "id").values_list("learner_id", flat=True)
    return HeldTime(as_appointment(row), tuple(as_booking(one) for one in booked), tuple(waits))


def exams_to_explain(actor: Actor) -> tuple[Exam, ...]:
    """The exams of which the actor reads why a learner cannot book, by code."""
    found = (exam(code) for code in exam_codes())
    return tuple(one for one in found if may_explain_booking(actor, one.institution))


def candidacy(learner_id: UUID, found: Exam) -> Candidacy:
    """A learner before the times of an exam."""
    held = booking_rows().filter(learner_id=learner_id, exam_id=found.code, state=BookingState.BOOKED).first()
    waits = WaitingRow.objects.filter(learner_id=learner_id, exam_id=found.code).first()
    place, waited = 0, None
    if waits is not None:
        waited = as_appointment(appointment_rows().get(id=waits.appointment_id))
        before = Q(since__lt=waits.since) | Q(since=waits.since, id__lte=waits.id)
        place = WaitingRow.objects.filter(before, appointment_id=waits.appointment_id).count()
    tried = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam_id=found.code)
    return Candidacy(
        conditions_of(learner_id, found),
        as_booking(held) if held else None,
        waited,
        place,
        frozenset(tried.values_list("sitting_id", flat=True)),
        next_attempt_from(learner_id, found),
    )


def appointment_rows() -> QuerySet[AppointmentRow]:
    """Times with all that their values are made of."""
    booked = Q(state=BookingState.BOOKED)
    return (
        AppointmentRow.objects.select_related("sitting__exam__in_force__exam")
        .defer("sitting__exam__in_force__bank", "sitting__exam__in_force__seb_settings")
        .annotate(booked=_count(BookingRow, booked), waits=_count(WaitingRow, Q()))
    )


def _count(table: type[BookingRow | WaitingRow], which: Q) -> Coalesce:
    rows = table.objects.filter(which, appointment_id=OuterRef("pk")).order_by().values("appointment_id")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField()), 0)


def booking_rows() -> QuerySet[BookingRow]:
    """Bookings with all that their values are made of."""
    return BookingRow.objects.select_related("appointment__sitting__exam__in_force__exam").defer(
        "appointment__sitting__exam__in_force__bank", "appointment__sitting__exam__in_force__seb_settings"
    )


def as_appointment(row: AppointmentRow) -> Appointment:
    """A row as a value; how many booked and wait where the rows were read with it."""
    version = row.sitting.exam.in_force
    if version is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    return Appointment(
        row.id,
        as_sitting(row.sitting, version),
        row.starts_at,
        row.seats,
        getattr(row, "booked", 0),
        getattr(row, "waits", 0),
        row.cancelled_at,
        row.cancel_reason,
    )


def as_booking(row: BookingRow) -> Booking:
    """A row as a value."""
    state = BookingState(row.state)
    return Booking(row.id, row.learner_id, as_appointment(row.appointment), state, row.changes)


def bookings_to_remind(now: datetime) -> tuple[UUID, ...]:
    """Bookings of which a reminder is due and was not told."""
    rows = BookingRow.objects.filter(state=BookingState.BOOKED, appointment__starts_at__gt=now)
    rows = rows.filter(appointment__starts_at__lte=now + max(REMINDERS), reminders__lt=len(REMINDERS))
    told = rows.values_list("id", "reminders", "appointment__starts_at")
    return tuple(found for found, reminders, starts in told if reminders_due(starts, now) > reminders)


def bookings_missed(now: datetime) -> tuple[UUID, ...]:
    """Bookings whose time one can no longer come to."""
    rows = BookingRow.objects.filter(state=BookingState.BOOKED, appointment__starts_at__lt=now)
    told = rows.values_list("id", "appointment__starts_at", "appointment__sitting__late_minutes")
    return tuple(found for found, starts, late in told if starts + timedelta(minutes=late) < now)


def waits_over(now: datetime) -> tuple[UUID, ...]:
    """Who waits for a time at which no seat is given back any more."""
    rows = WaitingRow.objects.filter(appointment__starts_at__lte=now + timedelta(hours=MOST_CHANGE_HOURS))
    told = rows.values_list("id", "appointment__starts_at", "appointment__sitting__change_hours")
    return tuple(found for found, starts, hours in told if starts - timedelta(hours=hours) <= now)
