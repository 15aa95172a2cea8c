"""Times of exams: booked, moved, cancelled and waited for by learners; offered, changed and explained by staff."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from ninja import Field
from pydantic import AwareDatetime

from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.queries import HeldTime, Times
from linkspan.exams.rules import Appointment, Booking, BookingState, BookingTerms, Condition, Entitlement, Offer
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class ConditionTold:
    """A condition: a stable code and a sentence of what is so; `todo` says what to do when it is not met."""

    code: str
    met: bool
    words: str
    todo: str

    @classmethod
    def of(cls, found: Condition) -> Self:
        """A condition as it is told."""
        return cls(found.words.reason.code, found.met, found.words, "" if found.met else found.todo)


@dataclass(frozen=True, slots=True)
class TimeTold:
    """A time of a sitting; `changes_until` is when bookings of it are last moved or cancelled."""

    id: UUID
    sitting_id: UUID
    starts_at: datetime
    comes_from: datetime
    comes_until: datetime
    changes_until: datetime
    seats: int
    free: int
    waiting: int
    cancelled: bool

    @classmethod
    def of(cls, found: Appointment) -> Self:
        """A time as it is told."""
        times = (found.starts_at, found.comes_from, found.comes_until, found.changes_until)
        cancelled = found.cancelled_at is not None or found.sitting.cancelled_at is not None
        return cls(found.id, found.sitting.id, *times, found.seats, found.free, found.waiting, cancelled)


@dataclass(frozen=True, slots=True)
class BookingTold:
    """A booking; `changes` counts how often it was changed."""

    id: UUID
    exam: str
    state: BookingState
    changes: int
    time: TimeTold

    @classmethod
    def of(cls, found: Booking) -> Self:
        """A booking as it is told."""
        exam = found.appointment.sitting.exam.code
        return cls(found.id, exam, found.state, found.changes, TimeTold.of(found.appointment))


@dataclass(frozen=True, slots=True)
class OfferTold:
    """A time before a learner: whether it can be booked or waited for, and every condition of booking it."""

    time: TimeTold
    to_book: bool
    to_wait: bool
    conditions: tuple[ConditionTold, ...]

    @classmethod
    def of(cls, found: Offer) -> Self:
        """An offer as it is told."""
        return cls(
            TimeTold.of(found.appointment), found.to_book, found.to_wait, tuple(map(ConditionTold.of, found.seat))
        )


@dataclass(frozen=True, slots=True)
class TimesTold:
    """A learner before an exam: every condition of it, their booking, the time they wait for, the times offered."""

    exam: str
    conditions: tuple[ConditionTold, ...]
    booking: BookingTold | None
    waits_for: TimeTold | None
    place: int
    offers: tuple[OfferTold, ...]

    @classmethod
    def of(cls, found: Times) -> Self:
        """It as it is told."""
        who = found.who
        return cls(
            found.exam.code,
            tuple(map(ConditionTold.of, who.conditions)),
            BookingTold.of(who.booking) if who.booking else None,
            TimeTold.of(who.waits_for) if who.waits_for else None,
            who.place,
            tuple(map(OfferTold.of, found.offers)),
        )


@dataclass(frozen=True, slots=True)
class SeatTold:
    """Who holds a seat, by which booking."""

    booking_id: UUID
    learner_id: UUID


@dataclass(frozen=True, slots=True)
class HeldTimeTold:
    """A time with who booked it, and who waits, the first first."""

    time: TimeTold
    bookings: tuple[SeatTold, ...]
    waiting: tuple[UUID, ...]

    @classmethod
    def of(cls, found: HeldTime) -> Self:
        """It as it is told."""
        seats = tuple(SeatTold(one.id, one.learner_id) for one in found.bookings)
        return cls(TimeTold.of(found.appointment), seats, found.waiting)


@dataclass(frozen=True, slots=True)
class TimesAdded:
    """How many times are new."""

    new: int


class MoveIn(Posted):
    """Where a booking is moved."""

    time_id: UUID


class TimesIn(Posted):
    """Each day from the first to the last, from the one's hour to the other's, by the institution's clocks."""

    first: AwareDatetime
    last: AwareDatetime
    every_minutes: int
    seats: int


class TermsIn(Posted):
    """Until how many hours before a booking is changed, and how many minutes early or late one checks in."""

    change_hours: int
    early_minutes: int
    late_minutes: int


class SeatsIn(Posted):
    """How many seats a time has now."""

    seats: int


class BookingReasonIn(Posted):
    """Why; the learners read it."""

    reason: str


@dataclass(frozen=True, slots=True)
class EntitlementTold:
    """What a payment for a program's exams gives from a day on; `attempts` is null for every attempt."""

    program: str
    valid_from: date
    attempts: int | None
    cool_off_days: int


class EntitlementIn(Posted):
    """What a payment for a program's exams gives from a day on; `attempts` is null for every attempt."""

    program: Annotated[str, Field(max_length=128)]
    valid_from: date
    attempts: int | None = None
    cool_off_days: int = 0


class LearnerIn(Posted):
    """Who is asked about."""

    email: Annotated[str, Field(max_length=254)]


@router.get("/exams/{code}/times", operation_id="exam_times")
def exam_times(request: Request, code: str) -> TimesTold:
    """The caller before an exam: conditions, booking, times."""
    return TimesTold.of(queries.times_of(request.actor, code, request.now))


@router.get("/bookings/{uuid:booking_id}", operation_id="get_booking")
def get_booking(request: Request, booking_id: UUID) -> BookingTold:
    """One's own booking, whatever became of it."""
    return BookingTold.of(queries.booking(request.actor, booking_id))


@router.post("/times/{uuid:time_id}/bookings", operation_id="book_appointment")
@idempotent
def book(request: Request, time_id: UUID) -> BookingTold:
    """Book a time; refused with every reason."""
    return BookingTold.of(actions.book_appointment(actor=request.actor, appointment_id=time_id, now=request.now))


@router.post("/bookings/{uuid:booking_id}/move", operation_id="move_booking")
@idempotent
def move(request: Request, booking_id: UUID, body: MoveIn) -> BookingTold:
    """Move one's booking to another time of the exam."""
    moved = actions.move_booking(
        actor=request.actor, booking_id=booking_id, appointment_id=body.time_id, now=request.now
    )
    return BookingTold.of(moved)


@router.post("/bookings/{uuid:booking_id}/cancel", operation_id="cancel_booking")
@idempotent
def cancel(request: Request, booking_id: UUID) -> None:
    """Give one's seat back."""
    actions.cancel_booking(actor=request.actor, booking_id=booking_id, now=request.now)


@router.post("/times/{uuid:time_id}/waiting", operation_id="wait_for_seat")
@idempotent
def wait(request: Request, time_id: UUID) -> None:
    """Join the waiting list of a full time; a freed seat is booked at once for the first who waits."""
    actions.wait_for_seat(actor=request.actor, appointment_id=time_id, now=request.now)


@router.post("/times/{uuid:time_id}/waiting/leave", operation_id="leave_waiting_list")
@idempotent
def leave(request: Request, time_id: UUID) -> None:
    """Wait no longer."""
    actions.leave_waiting_list(actor=request.actor, appointment_id=time_id, now=request.now)


@router.get("/sittings/{uuid:sitting_id}/times", operation_id="sitting_times")
def sitting_times(request: Request, sitting_id: UUID) -> list[TimeTold]:
    """The times of a sitting, for its staff."""
    return [TimeTold.of(one) for one in queries.held_times(request.actor, sitting_id)]


@router.get("/times/{uuid:time_id}", operation_id="get_appointment")
def get_time(request: Request, time_id: UUID) -> HeldTimeTold:
    """One time with who booked it and who waits, for its staff."""
    return HeldTimeTold.of(queries.held_time(request.actor, time_id))


@router.post("/sittings/{uuid:sitting_id}/times", operation_id="add_appointments")
@idempotent
def add(request: Request, sitting_id: UUID, body: TimesIn) -> TimesAdded:
    """Offer times in a sitting; those that are there stay as they are."""
    new = actions.add_appointments(
        actor=request.actor,
        sitting_id=sitting_id,
        first=body.first,
        last=body.last,
        every_minutes=body.every_minutes,
        seats=body.seats,
        now=request.now,
    )
    return TimesAdded(new)


@router.post("/sittings/{uuid:sitting_id}/booking-terms", operation_id="set_booking_terms")
@idempotent
def set_terms(request: Request, sitting_id: UUID, body: TermsIn) -> None:
    """Set how a sitting is booked; refused while somebody has booked."""
    terms = BookingTerms(body.change_hours, body.early_minutes, body.late_minutes)
    actions.set_booking_terms(actor=request.actor, sitting_id=sitting_id, terms=terms, now=request.now)


@router.post("/times/{uuid:time_id}/seats", operation_id="set_seats")
@idempotent
def set_seats(request: Request, time_id: UUID, body: SeatsIn) -> None:
    """Give a time more or fewer seats; new ones go to who waits."""
    actions.set_seats(actor=request.actor, appointment_id=time_id, seats=body.seats, now=request.now)


@router.post("/times/{uuid:time_id}/cancel", operation_id="cancel_appointment")
@idempotent
def cancel_time(request: Request, time_id: UUID, body: BookingReasonIn) -> None:
    """Cancel a time; who booked it or waits for it is told why."""
    actions.cancel_appointment(actor=request.actor, appointment_id=time_id, reason=body.reason, now=request.now)


@router.post("/bookings/{uuid:booking_id}/drop", operation_id="drop_booking")
@idempotent
def drop(request: Request, booking_id: UUID, body: BookingReasonIn) -> None:
    """Take a learner's booking back, with a reason."""
    actions.drop_booking(actor=request.actor, booking_id=booking_id, reason=body.reason, now=request.now)


@router.post("/exams/{code}/explanations", operation_id="explain_booking")
@idempotent
def explain(request: Request, code: str, body: LearnerIn) -> TimesTold:
    """Why a learner can or cannot book: every condition. The reading is logged for the learner."""
    _person, found = actions.explain_booking(actor=request.actor, code=code, email=body.email, now=request.now)
    return TimesTold.of(found)


@router.get("/institutions/{school}/entitlements", operation_id="exam_entitlements")
def get_entitlements(request: Request, school: str) -> list[EntitlementTold]:
    """What payments for exams give, by program and day, for program staff."""
    held = queries.entitlements(request.actor, school)
    return [
        EntitlementTold(program, rule.valid_from, rule.attempts, rule.cool_off_days)
        for program, rules in held.items()
        for rule in rules
    ]


@router.post("/entitlements", operation_id="set_entitlement")
@idempotent
def set_entitlement(request: Request, body: EntitlementIn) -> None:
    """Set what a payment gives from a day on; who registered before keeps the rule of that day."""
    rule = Entitlement(body.valid_from, body.attempts, body.cool_off_days)
    actions.set_entitlement(actor=request.actor, program_key=body.program, rule=rule, now=request.now)
