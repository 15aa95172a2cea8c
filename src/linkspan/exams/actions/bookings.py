"""Bookings of a time: made, moved, cancelled; seats that are freed go to who waits. All of an exam in one row.

The exam is locked first, as it is by a check-in and by whoever changes a sitting: no seat is given twice.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.rows import SYSTEM
from linkspan.exams.events import AppointmentBooked, AppointmentNear, BookingEnded, WaitEnded
from linkspan.exams.models import AppointmentRow, BookingRow, ExamRow, SittingRow, WaitingRow
from linkspan.exams.queries import (
    appointment_rows,
    as_appointment,
    as_booking,
    booking_rows,
    candidacy,
)
from linkspan.exams.rules import (
    Appointment,
    Booking,
    BookingState,
    Candidacy,
    changeable,
    offer,
    presence,
    reminders_due,
    unmet,
)
from linkspan.institutions.queries import institution
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit

NOT_THERE = ("appointment_unknown", "There is no such time. Open the page again.")
#: How a seat came to its learner, as the trail says it.
VERBS = {"booked": "book_appointment", "moved": "move_booking", "seat_freed": "give_freed_seat"}
NOT_YOURS = ("booking_unknown", "There is no such booking, or it is not yours.")


@transaction.atomic
def book_appointment(*, actor: Actor, appointment_id: UUID, now: datetime) -> Booking:
    """Book a time; the same again gives the booking there is. Refused with every reason, and while another is held."""
    row, who = _before(actor, appointment_id)
    held = who.booking
    if held is not None and held.appointment.id == row.id:
        return held
    if held is not None:
        raise Refused("booked_already", "You have booked another time of this exam. Move that booking.")
    _check(row, who, now)
    return _seated(actor, row, None, "booked", now)


@transaction.atomic
def move_booking(*, actor: Actor, booking_id: UUID, appointment_id: UUID, now: datetime) -> Booking:
    """Move one's booking to another time of the exam: the seat left goes to who waits. Twice is once."""
    row, who = _before(actor, appointment_id)
    held = who.booking
    if held is None or held.id != booking_id:
        raise NotFound(*NOT_YOURS)
    if held.appointment.id == row.id:
        return held
    _check(row, who, now)
    moved = _seated(actor, row, booking_rows().get(id=held.id), "moved", now)
    give_freed([held.appointment.id], now)
    return moved


@transaction.atomic
def cancel_booking(*, actor: Actor, booking_id: UUID, now: datetime) -> None:
    """Give one's seat back, until the sitting's limit; cancelled already, nothing changes."""
    row = _locked_booking(booking_id)
    if not actor.is_person(row.learner_id):
        raise NotFound(*NOT_YOURS)
    if row.state == BookingState.CANCELLED:
        return
    _check_live(row)
    reasons = unmet([changeable(as_booking(row), now)])
    if reasons:
        raise Refused("booking_fixed", "This booking cannot be cancelled any more.", reasons)
    end_booking(actor, row, BookingState.CANCELLED, now)
    give_freed([row.appointment_id], now)


@transaction.atomic
def wait_for_seat(*, actor: Actor, appointment_id: UUID, now: datetime) -> None:
    """Join the waiting list of a full time: a seat that is freed is booked for the first who waits. Twice is once.

    Booked at once, not offered: no seat stands idle while somebody thinks, and until the same limit it is given back
    freely.
    """
    row, who = _before(actor, appointment_id)
    if who.waits_for is not None and who.waits_for.id == row.id:
        return
    reasons = unmet(offer(as_appointment(row), who, now).list)
    if reasons:
        raise Refused("waiting_refused", "You cannot wait for this time.", reasons)
    wait = WaitingRow.objects.create(learner_id=actor.own_id, exam_id=row.sitting.exam_id, appointment=row, since=now)
    _record(actor, "wait_for_seat", wait.id, row, now)


@transaction.atomic
def leave_waiting_list(*, actor: Actor, appointment_id: UUID, now: datetime) -> None:
    """Wait no longer; who does not wait, does not."""
    row, _who = _before(actor, appointment_id)
    wait = WaitingRow.objects.filter(learner_id=actor.own_id, appointment=row).first()
    if wait is not None:
        _record(actor, "leave_waiting_list", wait.id, row, now)
        wait.delete()


def use_booking(actor: Actor, sitting: SittingRow, now: datetime) -> None:
    """Use one's booking of a sitting for an attempt; Refused without one, and at another time. The exam is locked."""
    row = (
        booking_rows().filter(learner_id=actor.own_id, appointment__sitting=sitting, state=BookingState.BOOKED).first()
    )
    reasons = unmet([presence(as_booking(row) if row else None, now)])
    if reasons or row is None:
        raise Refused("not_your_time", "You cannot check in now.", reasons)
    row.state, row.ended_at = BookingState.USED, now
    row.save(update_fields=["state", "ended_at"])


@transaction.atomic
def miss_booking(*, actor: Actor, booking_id: UUID, now: datetime) -> None:
    """End a booking to whose time nobody came; it counts against no limit of attempts."""
    permit(actor.is_system, "end bookings")
    row = _locked_booking(booking_id)
    if row.state == BookingState.BOOKED and as_booking(row).appointment.comes_until < now:
        end_booking(actor, row, BookingState.MISSED, now)


@transaction.atomic
def remind_of_booking(*, actor: Actor, booking_id: UUID, now: datetime) -> None:
    """Remind of a booked time; once for each reminder, and only of the latest that is due."""
    permit(actor.is_system, "remind of bookings")
    row = _locked_booking(booking_id)
    found = as_booking(row).appointment
    due = reminders_due(found.starts_at, now)
    if row.state != BookingState.BOOKED or due <= row.reminders or now >= found.starts_at:
        return
    row.reminders = due
    row.save(update_fields=["reminders"])
    exam = found.sitting.exam
    times = (found.starts_at, found.comes_from, found.comes_until)
    told = (exam.code, exam.title, due, *times, _zone(found))
    outbox.publish(AppointmentNear(row.learner_id, row.id, *told), now=now)


@transaction.atomic
def end_wait(*, actor: Actor, waiting_id: UUID, now: datetime, reason: str = "") -> None:
    """Take a learner from a waiting list whose time is near or cancelled, and tell them."""
    permit(actor.is_system, "end waits")
    wait = WaitingRow.objects.select_for_update().filter(id=waiting_id).first()
    if wait is None:
        return
    row = appointment_rows().get(id=wait.appointment_id)
    found = as_appointment(row)
    if not reason and now < found.changes_until:
        return
    exam = found.sitting.exam
    _record(actor, "end_wait", wait.id, row, now)
    wait.delete()
    told = (exam.code, exam.title, found.starts_at, _zone(found), reason)
    outbox.publish(WaitEnded(wait.learner_id, *told), now=now)


def give_freed(times: Iterable[UUID], now: datetime) -> None:
    """Book the free seats of times for who waits, first come first served, until the limit of changes.

    Whoever waited with a booking elsewhere is moved: that seat is freed in turn. Who may not book now is passed over.
    """
    todo = list(times)
    while todo:
        row = appointment_rows().get(id=todo.pop(0))
        for wait in row.waiting.order_by("since", "id"):
            found = as_appointment(row)
            if found.free == 0 or now >= found.changes_until:
                break
            who = candidacy(wait.learner_id, found.sitting.exam)
            if not offer(found, who, now).to_book:
                continue
            wait.delete()
            held = booking_rows().filter(id=who.booking.id).first() if who.booking else None
            todo += [held.appointment_id] if held else []
            _seated(SYSTEM, row, held, "seat_freed", now, wait.learner_id)
            row = appointment_rows().get(id=row.id)


def end_booking(actor: Actor, row: BookingRow, to: BookingState, now: datetime, reason: str = "") -> None:
    """End a live booking, and tell its learner; seats that are freed are given by `give_freed`."""
    row.state, row.ended_at, row.reason, row.changes = to, now, reason, row.changes + 1
    row.save(update_fields=["state", "ended_at", "reason", "changes"])
    _record(actor, "end_booking", row.id, row.appointment, now, why=reason, state=to.value)
    found = as_booking(row).appointment
    exam = found.sitting.exam
    told = (exam.code, exam.title, to.value, found.starts_at, _zone(found), reason)
    outbox.publish(BookingEnded(row.learner_id, row.id, *told), now=now)


def cancel_times(rows: Iterable[AppointmentRow], actor: Actor, reason: str, now: datetime) -> None:
    """Cancel times: who booked one or waits for one is told why. The exam is locked."""
    for row in rows:
        row.cancelled_at, row.cancel_reason = now, reason
        row.save(update_fields=["cancelled_at", "cancel_reason"])
        for booking in booking_rows().filter(appointment=row, state=BookingState.BOOKED).order_by("id"):
            end_booking(actor, booking, BookingState.DROPPED, now, reason)
        for wait in row.waiting.values_list("id", flat=True):
            end_wait(actor=SYSTEM, waiting_id=wait, now=now, reason=reason)


def lock_exam(code: str) -> None:
    """Hold an exam's bookings until the end of the transaction."""
    ExamRow.objects.select_for_update().get(code=code)


def _before(actor: Actor, appointment_id: UUID) -> tuple[AppointmentRow, Candidacy]:
    """A time, its exam locked, and the actor before it."""
    code = AppointmentRow.objects.filter(id=appointment_id).values_list("sitting__exam_id", flat=True).first()
    if code is None or actor.person_id is None:
        raise NotFound(*NOT_THERE)
    lock_exam(code)
    row = appointment_rows().get(id=appointment_id)
    return row, candidacy(actor.person_id, as_appointment(row).sitting.exam)


def _locked_booking(booking_id: UUID) -> BookingRow:
    code = BookingRow.objects.filter(id=booking_id).values_list("exam_id", flat=True).first()
    if code is None:
        raise NotFound(*NOT_YOURS)
    lock_exam(code)
    return booking_rows().get(id=booking_id)


def _check(row: AppointmentRow, who: Candidacy, now: datetime) -> None:
    reasons = unmet(offer(as_appointment(row), who, now).seat)
    if reasons:
        raise Refused("booking_refused", "You cannot book this time.", reasons)


def _check_live(row: BookingRow) -> None:
    if row.state != BookingState.BOOKED:
        raise Refused("booking_over", "This booking is {state} already.", state=row.state)


def _seated(
    actor: Actor, row: AppointmentRow, held: BookingRow | None, how: str, now: datetime, learner_id: UUID | None = None
) -> Booking:
    """Give a seat at a time, to the booking held or to a new one, and tell its learner."""
    taken = set(row.bookings.filter(state=BookingState.BOOKED).values_list("seat", flat=True))
    booking = held or BookingRow(learner_id=learner_id or actor.own_id, exam_id=row.sitting.exam_id, changes=-1)
    before = {"starts_at": held.appointment.starts_at} if held else None
    booking.appointment, booking.state, booking.booked_at = row, BookingState.BOOKED, now
    booking.seat = next(number for number in count(1) if number not in taken)
    booking.changes += 1
    booking.reminders = reminders_due(row.starts_at, now)
    booking.save()
    _record(actor, VERBS[how], booking.id, row, now, before=before)
    found = as_appointment(row)
    exam = found.sitting.exam
    times = (found.starts_at, found.comes_from, found.comes_until, found.changes_until)
    told = (exam.code, exam.title, how, *times, _zone(found))
    outbox.publish(AppointmentBooked(booking.learner_id, booking.id, *told), now=now)
    return as_booking(booking)


def _record(
    actor: Actor,
    verb: str,
    of: UUID,
    row: AppointmentRow,
    now: datetime,
    *,
    before: Mapping[str, object] | None = None,
    why: str = "",
    state: str = "",
) -> None:
    told: dict[str, object] = {"exam": row.sitting.exam_id, "starts_at": row.starts_at}
    audit.record(
        actor=actor,
        verb=verb,
        subject=f"exams.booking:{of}",
        now=now,
        before=before,
        after=told | ({"state": state} if state else {}),
        why=why,
        institution=row.sitting.exam.institution,
    )


def _zone(found: Appointment) -> str:
    return institution(found.sitting.exam.institution).time_zone
