"""Exams: authorisation, check-in, extra time, appeal; the attempt itself is in `exam_page`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.catalog.queries import price_in_force, programs
from linkspan.catalog.rules import exams_of
from linkspan.exams import actions, queries
from linkspan.exams.rules import Booking, Exam, Sitting, extra_percent, presence
from linkspan.finance.queries import price_to_pay
from linkspan.kernel.request import Request
from linkspan.screens.exam_series import in_series
from linkspan.web.catalog_words import COMPLETIONS
from linkspan.web.exam_client import client_of, gated
from linkspan.web.pages import done, post_only, signed_in, text, upload


@signed_in
def overview(request: Request) -> HttpResponse:
    """Each exam: may I take it, when, and my attempts."""
    actor = request.actor
    series = in_series(actor)
    listed = {program.key: exams_of(program.requirements) for program in programs(request.now.date())}
    named = [code for codes in listed.values() for code in codes]
    named += [part.code for one in series for part in one.exams]
    named += [code for program, code in queries.exams_held(request.now) if program in listed]
    exams = queries.exams_in_force(named)
    booked = {one.appointment.sitting.id: one for one in queries.bookings_of(actor, actor.own_id)}
    told = {
        "rows": [_row(request, exams[code], booked) for code in dict.fromkeys(named) if code in exams],
        "series": [(one, COMPLETIONS[one.completion]) for one in series],
        "attempts": queries.attempts_of(actor, actor.own_id),
        "accommodations": queries.accommodations_of(actor, actor.own_id),
    }
    return render(request, "exams.html", told)


def _row(request: Request, exam: Exam, booked: Mapping[UUID, Booking]) -> dict[str, Any]:
    """An exam with what one may do there now."""
    actor, code, now = request.actor, exam.code, request.now
    price = price_in_force(f"exam:{queries.fee_code(code)}", now.date())
    reasons = queries.exam_reasons(actor, actor.own_id, code, now, exam)
    sittings = [one for one in queries.sittings(code) if one.cancelled_at is None and now < one.closes_at]
    return {
        "exam": exam,
        "reasons": reasons,
        "first": queries.before_the_fee(reasons),
        "sittings": [_sitting(one, booked.get(one.id), not reasons, now) for one in sittings],
        "price": price and price_to_pay(actor.own_id, exam.institution, price, now),
    }


def _sitting(found: Sitting, held: Booking | None, may: bool, now: datetime) -> tuple[Sitting, Booking | None, str]:
    """A sitting, the booking for it, and whether one checks in `now`, `later`, or not as things stand."""
    if found.by_appointment:
        return found, held, "now" if presence(held, now).met else ""
    return found, held, ("now" if found.opens_at <= now else "later") if may else ""


@post_only
@signed_in
def register(request: Request, code: str) -> HttpResponse:
    """Register and go to the payment of the fee."""
    charge = actions.register_for_exam(actor=request.actor, code=code, now=request.now)
    return redirect("money-pay", charge)


@post_only
@signed_in
def check_in(request: Request, sitting_id: UUID) -> HttpResponse:
    """Check in for a sitting."""
    attempt = actions.create_attempt(actor=request.actor, sitting_id=sitting_id, now=request.now)
    return redirect("exam_page-attempt", attempt.id)


@post_only
@signed_in
@gated
def start(request: Request, attempt_id: UUID) -> HttpResponse:
    """Start the clock."""
    client = client_of(request, attempt_id)
    actions.start_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client)
    return redirect("exam_page-attempt", attempt_id)


@post_only
@signed_in
def extra_time(request: Request, code: str) -> HttpResponse:
    """Ask for extra time."""
    percent = text(request, "percent", 4)
    actions.request_accommodations(
        actor=request.actor,
        code=code,
        asked=[extra_percent(int(percent) if percent.isascii() and percent.isdigit() else 0)],
        document=upload(request, "document") if request.FILES.get("document") else None,
        now=request.now,
    )
    return done(request, _("Your request is in. Only program staff see it."), "exams-overview")


@post_only
@signed_in
def answer_rejection(request: Request, attempt_id: UUID) -> HttpResponse:
    """Say what happened, before a second person decides on a rejection."""
    statement = text(request, "statement")
    actions.answer_rejection(actor=request.actor, attempt_id=attempt_id, statement=statement, now=request.now)
    return done(request, _("Your answer is in. Another person decides."), "exam_page-attempt", attempt_id)


@post_only
@signed_in
def appeal(request: Request, attempt_id: UUID) -> HttpResponse:
    """Appeal against a rejection."""
    statement = text(request, "statement")
    actions.appeal_verdict(actor=request.actor, attempt_id=attempt_id, statement=statement, now=request.now)
    return done(request, _("Your appeal is in."), "exam_page-attempt", attempt_id)
