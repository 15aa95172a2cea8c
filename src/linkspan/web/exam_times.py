"""Times of a sitting for its staff: offered, with more or fewer seats, cancelled; who booked; why a learner cannot."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.queries import HeldSitting, HeldTime, MadeExam
from linkspan.exams.rules import BookingTerms, may_explain_booking
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.paging import page_of
from linkspan.kernel.request import Request
from linkspan.web import exam_forms as forms
from linkspan.web.pages import acts, done, identifier, names_of, page_number, signed_in, text

PAGE = 100


class OfSitting(StrEnum):
    """What is done with the times of a sitting."""

    OFFER = "offer"
    TERMS = "terms"


class OfTime(StrEnum):
    """What is done with one time."""

    SEATS = "seats"
    CANCEL = "cancel"
    DROP = "drop"


@signed_in
@acts(OfSitting)
def times(request: Request, sitting_id: UUID, do: OfSitting | None = None) -> HttpResponse:
    """The times of a sitting: offer more, and set how they are booked; everything typed is kept on an error."""
    exam, found = queries.held_sitting(request.actor, sitting_id)
    zone = institution(exam.institution).time_zone
    if do is None:
        return _times(request, exam, found, {}, {})
    values = {name: text(request, name, 20) for name in (*forms.OFFERED, *forms.BOOKING_TERMS) if name in request.POST}
    try:
        words = _set_terms(request, found, values) if do is OfSitting.TERMS else _offer(request, found, values, zone)
    except Invalid as error:
        return _times(request, exam, found, values, error.fields)
    return done(request, words, "exam_times-times", sitting_id)


def _offer(request: Request, found: HeldSitting, values: Mapping[str, str], zone: str) -> str:
    typed = dict.fromkeys(forms.OFFERED, "") | dict(values)
    new = actions.add_appointments(
        actor=request.actor,
        sitting_id=found.id,
        first=forms.moment(typed, "first", zone),
        last=forms.moment(typed, "last", zone),
        now=request.now,
        **forms.whole(typed, ("every_minutes", "seats")),
    )
    return ngettext("{n} new time is offered.", "{n} new times are offered.", new).format(n=new)


def _set_terms(request: Request, found: HeldSitting, values: Mapping[str, str]) -> str:
    numbers = forms.whole(dict.fromkeys(forms.BOOKING_TERMS, "") | dict(values), forms.BOOKING_TERMS)
    actions.set_booking_terms(actor=request.actor, sitting_id=found.id, terms=BookingTerms(**numbers), now=request.now)
    return _("Setting saved.")


def _times(
    request: Request, exam: MadeExam, found: HeldSitting, values: Mapping[str, str], errors: Mapping[str, str]
) -> HttpResponse:
    zone = institution(exam.institution).time_zone
    opens = forms.typed_sitting(found, zone)["opens_at"]
    first = {"first": opens, "last": opens, "every_minutes": "60", "seats": "10"}
    terms = {name: str(getattr(found.terms, name)) for name in forms.BOOKING_TERMS}
    held = queries.held_times(request.actor, found.id)
    told = {
        "exam": exam,
        "sitting": found,
        "zone": zone,
        "page": page_of(held, len(held), lambda one: one, number=page_number(request), size=PAGE),
        "rows": forms.rows(forms.OFFERED, first | dict(values), errors),
        "terms": forms.rows(forms.BOOKING_TERMS, terms | dict(values), errors),
        "errors": errors,
        "over": found.cancelled_at is not None or request.now >= found.closes_at,
    }
    return render(request, "desk/exam_times.html", told, status=422 if errors else 200)


@signed_in
@acts(OfTime)
def time(request: Request, appointment_id: UUID, do: OfTime | None = None) -> HttpResponse:
    """One time: who booked it and who waits; its seats; cancelled; a booking taken back."""
    found = queries.held_time(request.actor, appointment_id)
    values = {name: text(request, name) for name in ("seats", "reason")}
    if do is None:
        return _time(request, found, {"seats": str(found.appointment.seats)}, {})
    try:
        words = _changed(request, found, do, values)
    except Invalid as error:
        return _time(request, found, values, error.fields, do)
    return done(request, words, "exam_times-time", appointment_id)


def _changed(request: Request, found: HeldTime, do: OfTime, values: Mapping[str, str]) -> str:
    actor, now, time_id = request.actor, request.now, found.appointment.id
    if do is OfTime.SEATS:
        actions.set_seats(actor=actor, appointment_id=time_id, now=now, **forms.whole(values, ("seats",)))
        return _("Seats saved. Who waited for a new seat is told.")
    if do is OfTime.CANCEL:
        actions.cancel_appointment(actor=actor, appointment_id=time_id, reason=values["reason"], now=now)
        return _("The time is cancelled. Who booked it or waits for it is told.")
    unknown = NotFound("booking_unknown", "There is no such booking.")
    booking_id = identifier(text(request, "booking", 40), unknown)
    actions.drop_booking(actor=actor, booking_id=booking_id, reason=values["reason"], now=now)
    return _("The booking is taken back. The learner is told.")


def _time(
    request: Request,
    found: HeldTime,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    do: OfTime | None = None,
) -> HttpResponse:
    sitting = found.appointment.sitting
    people = (*(one.learner_id for one in found.bookings), *found.waiting)
    told = {
        "found": found,
        "exam": sitting.exam,
        "zone": institution(sitting.exam.institution).time_zone,
        "names": names_of(request, people, at=sitting.exam.institution),
        "rows": forms.rows(("seats",), values, errors),
        "errors": errors,
        "cancelling": do is OfTime.CANCEL,
        "reason": values.get("reason", ""),
        "over": found.appointment.cancelled_at is not None or request.now >= found.appointment.starts_at,
    }
    return render(request, "desk/exam_time.html", told, status=422 if errors else 200)


@signed_in
def why(request: Request, code: str) -> HttpResponse:
    """Why a learner can or cannot book an exam: every condition, and what to do. The learner reads that it was read."""
    exam = queries.exam(code)
    permit(may_explain_booking(request.actor, exam.institution), "see what a learner can book")
    told: dict[str, object] = {"exam": exam, "email": "", "problem": None}
    if request.method != "POST":
        return render(request, "desk/exam_why.html", told)
    told["email"] = text(request, "email", 254)
    try:
        person, found = actions.explain_booking(
            actor=request.actor, code=code, email=text(request, "email", 254), now=request.now
        )
    except (NotFound, Unusable) as problem:
        return render(request, "desk/exam_why.html", told | {"problem": problem}, status=problem.status)
    told |= {"person": person, "found": found, "who": found.who}
    told["blocked"] = not all(one.met for one in found.who.conditions)
    told["device"] = queries.device_seen(request.actor, person.id, exam)
    return render(request, "desk/exam_why.html", told)
