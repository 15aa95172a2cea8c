"""Booking a time of a sitting: its conditions one by one, where times lie, when one changes, comes and is reminded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from linkspan.exams.rules.attempts import Condition, Sitting
from linkspan.exams.rules.entitlements import rested
from linkspan.kernel.actor import Actor
from linkspan.kernel.reasons import Sentence

MOST_SEATS = 100_000
MOST_TIMES = 1_000
MOST_CHANGE_HOURS = 30 * 24
MOST_MARGIN = 240
#: How long before a time its learners are reminded of it, the earliest first.
REMINDERS = (timedelta(days=1), timedelta(hours=1))


class BookingState(StrEnum):
    """Where a booking stands; dropped ones were taken back by staff."""

    BOOKED = "booked"
    USED = "used"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A time of a sitting with its seats: how many are booked, and how many learners wait for one."""

    id: UUID
    sitting: Sitting
    starts_at: datetime
    seats: int
    booked: int = 0
    waiting: int = 0
    cancelled_at: datetime | None = None
    cancel_reason: str = ""

    @property
    def free(self) -> int:
        """How many seats are left."""
        return max(self.seats - self.booked, 0)

    @property
    def changes_until(self) -> datetime:
        """Until when a booking of it is moved or cancelled, and a freed seat of it given to who waits."""
        return self.starts_at - timedelta(hours=self.sitting.terms.change_hours)

    @property
    def comes_from(self) -> datetime:
        """From when one checks in for it."""
        return self.starts_at - timedelta(minutes=self.sitting.terms.early_minutes)

    @property
    def comes_until(self) -> datetime:
        """Until when one checks in for it."""
        return self.starts_at + timedelta(minutes=self.sitting.terms.late_minutes)


@dataclass(frozen=True, slots=True)
class Booking:
    """A learner's seat at a time; `changes` counts how often it was changed, as a calendar wants to know."""

    id: UUID
    learner_id: UUID
    appointment: Appointment
    state: BookingState
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Candidacy:
    """A learner before the times of an exam: conditions of the exam, the seat held, the time waited for.

    `place` is theirs on that waiting list; `tried` are the sittings in which they have an attempt; the next one begins
    no earlier than `next_from`.
    """

    conditions: tuple[Condition, ...]
    booking: Booking | None = None
    waits_for: Appointment | None = None
    place: int = 0
    tried: frozenset[UUID] = frozenset()
    next_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A time as one learner sees it: the conditions of a seat at it, and of its waiting list."""

    appointment: Appointment
    seat: tuple[Condition, ...]
    list: tuple[Condition, ...]

    @property
    def to_book(self) -> bool:
        """Whether it can be booked now."""
        return all(one.met for one in self.seat)

    @property
    def to_wait(self) -> bool:
        """Whether its waiting list can be joined now."""
        return all(one.met for one in self.list)


def offer(found: Appointment, who: Candidacy, now: datetime) -> Offer:
    """A time as that learner sees it; what is booked and waited for is decided by this alone."""
    common = (*who.conditions, *_of_time(found, who, now))
    free = Sentence("seats_free", "seats that are free: {count}", count=found.free)
    full = Sentence("seats_taken", "all seats of this time are taken")
    early = now < found.changes_until
    seat = Condition(found.free > 0, free, full, Sentence("choose_or_wait", "Choose another time, or wait for a seat."))
    waiting = (
        Condition(found.free == 0, full, free, Sentence("book_it", "Book it: there is no need to wait.")),
        Condition(
            early,
            Sentence("list_open", "the waiting list is open"),
            Sentence("list_closed", "the waiting list is closed: no seat is given back any more"),
            OTHER_TIME,
        ),
        Condition(
            who.waits_for is None,
            Sentence("waits_nowhere", "you are on no waiting list of this exam"),
            Sentence("waits_already", "you are on a waiting list of this exam"),
            Sentence("leave_list", "Leave that waiting list first."),
        ),
    )
    return Offer(found, (*common, seat), (*common, *waiting))


OTHER_TIME = Sentence("choose_time", "Choose another time.")


def _of_time(found: Appointment, who: Candidacy, now: datetime) -> Iterator[Condition]:
    yield Condition(
        found.cancelled_at is None and found.sitting.cancelled_at is None,
        Sentence("time_offered", "this time is offered"),
        Sentence("time_cancelled", "this time is cancelled"),
        OTHER_TIME,
    )
    yield Condition(
        now < found.starts_at,
        Sentence("time_ahead", "this time is still to come"),
        Sentence("time_begun", "this time has begun"),
        OTHER_TIME,
    )
    yield Condition(
        found.sitting.id not in who.tried,
        Sentence("sitting_untried", "you made no attempt in this sitting"),
        Sentence("sitting_tried", "you made an attempt in this sitting"),
        Sentence("choose_sitting", "Choose a time of another sitting."),
    )
    if who.next_from is not None:
        yield rested(who.next_from, found.starts_at)
    if who.booking is not None:
        same = who.booking.appointment.id == found.id
        yield Condition(
            not same,
            Sentence("booked_other", "you have booked another time: it is given back"),
            Sentence("booked_this", "you have booked this time"),
            Sentence("come_then", "Come at your time."),
        )
        yield changeable(who.booking, now)


def changeable(held: Booking, now: datetime) -> Condition:
    """Whether a booking can still be moved or cancelled."""
    until = f"{held.appointment.changes_until:%Y-%m-%d %H:%M} UTC"
    return Condition(
        now < held.appointment.changes_until,
        Sentence("changes_open", "your booking can be changed until {until}", until=until),
        Sentence("changes_closed", "your booking could be changed until {until}", until=until),
        Sentence("come_or_write", "Come at your time. If you cannot, write to the exam office."),
    )


def presence(held: Booking | None, now: datetime) -> Condition:
    """Whether one checks in for a booking now: at its time, with the margins of its sitting."""
    if held is None:
        words = Sentence("not_booked", "you have not booked a time of this sitting")
        return Condition(False, words, words, Sentence("book_first", "Book a time first."))
    found = held.appointment
    begin, end = (f"{instant:%Y-%m-%d %H:%M} UTC" for instant in (found.comes_from, found.comes_until))
    words = Sentence("your_time", "check in for your time from {begin} to {end}", begin=begin, end=end)
    return Condition(
        found.comes_from <= now <= found.comes_until, words, words, Sentence("come_then", "Come at your time.")
    )


def reminders_due(starts_at: datetime, now: datetime) -> int:
    """How many of the reminders of a time are due by now."""
    return sum(now >= starts_at - lead for lead in REMINDERS)


def daily_times(first: datetime, last: datetime, every: timedelta, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Each day from the first to the last, from the one's hour to the other's, every so long by the clocks of a zone.

    An hour that a change of the clocks leaves out is left out here too. One more than `MOST_TIMES` is enough to see
    that there are too many.
    """
    begin, end = (instant.astimezone(zone).replace(tzinfo=None) for instant in (first, last))
    found: list[datetime] = []
    day = begin
    while day.date() <= end.date():
        local = day
        while local <= datetime.combine(day.date(), end.time()):
            found += [local.replace(tzinfo=zone)] if _exists(local, zone) else []
            if len(found) > MOST_TIMES:
                return tuple(found)
            local += every
        day += timedelta(days=1)
    return tuple(found)


def _exists(local: datetime, zone: ZoneInfo) -> bool:
    return local.replace(tzinfo=zone).astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) == local


def may_explain_booking(actor: Actor, institution: str) -> bool:
    """Program staff and proctors of the institution."""
    return any(actor.has_role(role, institution) for role in ("program_staff", "proctor"))
