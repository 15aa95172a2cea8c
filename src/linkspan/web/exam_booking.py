"""Times of an exam for its learners: booked, moved, cancelled, waited for, and taken into a calendar."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linkspan.accounts.queries import person
from linkspan.exams import actions, queries
from linkspan.exams.engines.calendar import booked_time
from linkspan.exams.rules import BookingState, Offer, changeable
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request
from linkspan.kernel.written import moment
from linkspan.messages.rules import zone_of
from linkspan.web.pages import acts, done, identifier, signed_in, text

UNKNOWN = NotFound("appointment_unknown", "There is no such time. Open the page again.")


class OfTime(StrEnum):
    """What a learner does with a time."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    WAIT = "wait"
    LEAVE = "leave"


@signed_in
@acts(OfTime)
def times(request: Request, code: str, do: OfTime | None = None) -> HttpResponse:
    """One's booking of an exam, and the times of a day that can be booked, each with what stands in the way."""
    if do is not None:
        return done(request, _done(request, do), "exam_booking-times", code)
    found = queries.times_of(request.actor, code, request.now)
    days = _days(found.offers, _zone(request))
    day = next((one for one in days if str(one) == request.GET.get("day")), None) or _first_free(days)
    told = {
        "found": found,
        "who": found.who,
        "arranged": queries.arranged_for(request.actor, request.actor.own_id, code, request.now),
        "mine": _zone(request).key,
        "zone": institution(found.exam.institution).time_zone,
        "days": [(one, str(one), sum(offer.appointment.free for offer in offers)) for one, offers in days.items()],
        "day": day,
        "offers": days.get(day, []) if day else [],
        "changeable": changeable(found.who.booking, request.now) if found.who.booking else None,
        "blocked": not all(one.met for one in found.who.conditions),
    }
    return render(request, "exam_times.html", told)


def _done(request: Request, do: OfTime) -> str:
    actor, now = request.actor, request.now
    chosen = identifier(text(request, "time", 40), UNKNOWN)
    if do is OfTime.BOOK:
        actions.book_appointment(actor=actor, appointment_id=chosen, now=now)
        return _("Your time is booked. We have sent you a notice.")
    if do is OfTime.WAIT:
        actions.wait_for_seat(actor=actor, appointment_id=chosen, now=now)
        return _("You are on the waiting list. A seat that is freed is booked for you, and you are told.")
    if do is OfTime.LEAVE:
        actions.leave_waiting_list(actor=actor, appointment_id=chosen, now=now)
        return _("You are no longer on the waiting list.")
    held = identifier(text(request, "booking", 40), UNKNOWN)
    if do is OfTime.MOVE:
        actions.move_booking(actor=actor, booking_id=held, appointment_id=chosen, now=now)
        return _("Your booking is moved. We have sent you a notice.")
    actions.cancel_booking(actor=actor, booking_id=held, now=now)
    return _("Your booking is cancelled.")


def _days(offers: Iterable[Offer], zone: ZoneInfo) -> dict[date, list[Offer]]:
    day_of = lambda offer: offer.appointment.starts_at.astimezone(zone).date()  # noqa: E731
    return {day: list(of_day) for day, of_day in groupby(offers, day_of)}


def _first_free(days: dict[date, list[Offer]]) -> date | None:
    free = (day for day, offers in days.items() if any(offer.to_book for offer in offers))
    return next(free, next(iter(days), None))


@require_safe
@signed_in
def calendar(request: Request, booking_id: UUID) -> HttpResponse:
    """One's booking as a calendar file; cancelled where it is so."""
    found = queries.booking(request.actor, booking_id)
    exam = found.appointment.sitting.exam
    body = booked_time(
        found,
        ends_at=found.appointment.starts_at + exam.duration,
        zone=institution(exam.institution).time_zone,
        told=_("Check in from {time}.").format(time=_clock(found.appointment.comes_from, request)),
        base_url=settings.BASE_URL,
        cancelled=found.state in (BookingState.CANCELLED, BookingState.DROPPED, BookingState.MISSED),
        now=request.now,
    )
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{exam.code}.ics"'
    return answer


def _zone(request: Request) -> ZoneInfo:
    """The reader's."""
    return zone_of(person(request.actor, request.actor.own_id).time_zone)


def _clock(instant: datetime, request: Request) -> str:
    return moment(instant, _zone(request))
