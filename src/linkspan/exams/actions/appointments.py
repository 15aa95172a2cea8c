"""The times of a sitting for its staff: offered, with more or fewer seats, cancelled; a booking taken back; why not."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from linkspan.accounts.actions import read_person
from linkspan.accounts.queries import person_id_by_email
from linkspan.accounts.rules import Person
from linkspan.catalog.rules import Invalid
from linkspan.exams.actions.bookings import cancel_times, end_booking, give_freed
from linkspan.exams.actions.sittings import LONGEST_REASON, going_on
from linkspan.exams.models import AppointmentRow, BookingRow, SittingRow
from linkspan.exams.queries import Times, booking_rows, exam, times_before
from linkspan.exams.rules import (
    MOST_CHANGE_HOURS,
    MOST_MARGIN,
    MOST_SEATS,
    MOST_TIMES,
    BookingState,
    BookingTerms,
    daily_times,
    may_explain_booking,
)
from linkspan.institutions.queries import institution
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.reasons import Phrase, Sentence

WITHIN = Phrase("Enter {least} to {most}.")


@transaction.atomic
def add_appointments(
    *,
    actor: Actor,
    sitting_id: UUID,
    first: datetime,
    last: datetime,
    every_minutes: int,
    seats: int,
    now: datetime,
) -> int:
    """Offer times in a sitting: each day from the first to the last, by the clocks of the institution.

    Returns how many are new; a time that is there stays as it is. From now on the sitting is taken at a booked time
    only. Refused where somebody checked in without one.
    """
    row = going_on(actor, sitting_id, now, "offer times of this sitting")
    _within(seats=(seats, 1, MOST_SEATS), every_minutes=(every_minutes, 1, 24 * 60))
    if not row.by_appointment and row.attempts.exists():
        raise Refused("sitting_in_use", "Somebody has checked in without a booked time. Add another sitting.")
    zone = ZoneInfo(institution(row.exam.institution).time_zone)
    times = daily_times(first, last, timedelta(minutes=every_minutes), zone)
    _check_times(row, times, now)
    there = set(row.appointments.values_list("starts_at", flat=True))
    new = [time for time in times if time not in there]
    if len(there) + len(new) > MOST_TIMES:
        raise Invalid({"last": Sentence("too_many_times", "A sitting has at most {most} times.", most=MOST_TIMES)})
    AppointmentRow.objects.bulk_create(AppointmentRow(sitting=row, starts_at=time, seats=seats) for time in new)
    row.by_appointment = True
    row.save(update_fields=["by_appointment"])
    _record(row, actor, "add_appointments", now, {"first": first, "last": last, "times": len(new), "seats": seats})
    return len(new)


@transaction.atomic
def set_booking_terms(*, actor: Actor, sitting_id: UUID, terms: BookingTerms, now: datetime) -> None:
    """Set until when bookings are changed, and how early and late one comes. Refused while somebody has booked."""
    row = going_on(actor, sitting_id, now, "set how this sitting is booked")
    _within(
        change_hours=(terms.change_hours, 0, MOST_CHANGE_HOURS),
        early_minutes=(terms.early_minutes, 0, MOST_MARGIN),
        late_minutes=(terms.late_minutes, 0, MOST_MARGIN),
    )
    wanted = {name: getattr(terms, name) for name in ("change_hours", "early_minutes", "late_minutes")}
    before = {name: getattr(row, name) for name in wanted}
    if before == wanted:
        return
    if BookingRow.objects.filter(appointment__sitting=row, state=BookingState.BOOKED).exists():
        raise Refused("booked_by_terms", "Somebody has booked by these terms. Set others in a new sitting.")
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save(update_fields=list(wanted))
    _record(row, actor, "set_booking_terms", now, wanted)


@transaction.atomic
def set_seats(*, actor: Actor, appointment_id: UUID, seats: int, now: datetime) -> None:
    """Give a time more seats, which go to who waits, or fewer; never fewer than are booked."""
    row = _time(actor, appointment_id, now, "change this time")
    _within(seats=(seats, 1, MOST_SEATS))
    booked = row.bookings.filter(state=BookingState.BOOKED).count()
    if seats < booked:
        words = Phrase("{count} seats are booked. Enter at least as many.")
        raise Invalid({"seats": Sentence("seats_booked", words, count=booked)})
    if seats == row.seats:
        return
    row.seats = seats
    row.save(update_fields=["seats"])
    _record(row.sitting, actor, "set_seats", now, {"starts_at": row.starts_at, "seats": seats})
    give_freed([row.id], now)


@transaction.atomic
def cancel_appointment(*, actor: Actor, appointment_id: UUID, reason: str, now: datetime) -> None:
    """Cancel a time before it begins: who booked it or waits for it is told why, and what to do."""
    row = _time(actor, appointment_id, now, "cancel this time")
    why = _why(reason)
    cancel_times([row], actor, why, now)
    _record(row.sitting, actor, "cancel_appointment", now, {"starts_at": row.starts_at}, why)


@transaction.atomic
def drop_booking(*, actor: Actor, booking_id: UUID, reason: str, now: datetime) -> None:
    """Take a learner's booking back, also after the limit, with a reason that they read; the seat goes to who waits."""
    sitting_id = BookingRow.objects.filter(id=booking_id).values_list("appointment__sitting_id", flat=True).first()
    if sitting_id is None:
        raise NotFound("booking_unknown", "There is no such booking.")
    going_on(actor, sitting_id, now, "take this booking back")
    row = booking_rows().get(id=booking_id)
    if row.state == BookingState.DROPPED:
        return
    if row.state != BookingState.BOOKED:
        raise Refused("booking_over", "This booking is {state} already.", state=row.state)
    end_booking(actor, row, BookingState.DROPPED, now, _why(reason))
    give_freed([row.appointment_id], now)


@transaction.atomic
def explain_booking(*, actor: Actor, code: str, email: str, now: datetime) -> tuple[Person, Times]:
    """Why a learner can or cannot book an exam: every condition, as the learner sees it. The reading is logged.

    NotFound for who has no account, and for whoever has nothing to do with the institution.
    """
    found = exam(code)
    permit(may_explain_booking(actor, found.institution), "see what a learner can book")
    learner_id = person_id_by_email(email)
    if learner_id is None:
        raise NotFound("person_unknown", "There is no such account, or your work is not with this person.")
    person = read_person(actor=actor, person_id=learner_id, now=now)
    return person, times_before(learner_id, found, now)


def _time(actor: Actor, appointment_id: UUID, now: datetime, what: str) -> AppointmentRow:
    sitting_id = AppointmentRow.objects.filter(id=appointment_id).values_list("sitting_id", flat=True).first()
    if sitting_id is None:
        raise NotFound("appointment_unknown", "There is no such time.")
    sitting = going_on(actor, sitting_id, now, what)
    row = sitting.appointments.select_related("sitting__exam").get(id=appointment_id)
    if row.cancelled_at is not None:
        raise Refused("time_cancelled", "This time is cancelled.")
    if now >= row.starts_at:
        raise Refused("time_begun", "This time has begun.")
    return row


def _check_times(row: SittingRow, times: tuple[datetime, ...], now: datetime) -> None:
    if not times:
        raise Invalid({"last": Sentence("no_times", "Choose a later time than the first.")})
    if len(times) > MOST_TIMES:
        raise Invalid({"last": Sentence("too_many_times", "A sitting has at most {most} times.", most=MOST_TIMES)})
    if times[0] < max(row.opens_at, now):
        raise Invalid({"first": Sentence("before_opening", "Choose a time to come, after the sitting opens.")})
    version = row.exam.in_force
    length = timedelta(minutes=version.duration_minutes if version else 0)
    if times[-1] + length > row.closes_at:
        words = Phrase("The last time ends after the sitting closes. Choose an earlier one.")
        raise Invalid({"last": Sentence("after_close", words)})


def _within(**given: tuple[int, int, int]) -> None:
    wrong = {
        name: Sentence("out_of_range", WITHIN, least=least, most=most)
        for name, (value, least, most) in given.items()
        if not least <= value <= most
    }
    if wrong:
        raise Invalid(wrong)


def _why(reason: str) -> str:
    if not reason.strip():
        raise Invalid({"reason": Sentence("reason_missing", "Say why: the learners read it.")})
    return reason.strip()[:LONGEST_REASON]


def _record(row: SittingRow, actor: Actor, verb: str, now: datetime, told: dict[str, object], why: str = "") -> None:
    audit.record(actor=actor, verb=verb, subject=f"exams.sitting:{row.id}", now=now, after=told, why=why)
