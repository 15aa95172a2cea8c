"""The money desk: prices by need to decide, coupons, rates of exchange, refunds in part."""

from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.finance import actions, queries
from linkspan.finance.rules import Coupon, Rate
from linkspan.kernel.errors import Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.request import Request
from linkspan.web.money import amount_in
from linkspan.web.pages import acts, choice, done, names_of, post_only, signed_in, text, ticked


class Enter(StrEnum):
    """What is entered at the money desk."""

    COUPON = "coupon"
    RATE = "rate"


class Need(StrEnum):
    """What becomes of a request for a price by need."""

    APPROVE = "approve"
    REFUSE = "refuse"


class Off(StrEnum):
    """What a coupon takes off."""

    PERCENT = "percent"
    FIXED = "fixed"


@signed_in
@acts(Enter)
def desk(request: Request, do: Enter | None = None) -> HttpResponse:
    """What waits, what is set; a post makes a coupon or enters a rate."""
    if do is not None:
        _make_coupon(request) if do is Enter.COUPON else _set_rate(request)
        return done(request, _("Recorded."), "money_desk-desk")
    actor = request.actor
    waiting = queries.need_queue(actor)
    mine = sorted(actor.institutions_as("program_staff"))
    told = {
        "waiting": waiting,
        "names": names_of(request, {row.learner_id for row in waiting}),
        "coupons": queries.coupons(actor) if mine else (),
        "institutions": mine,
        "rates": queries.rates_entered(actor) if mine else (),
    }
    return render(request, "desk/money.html", told)


@post_only
@signed_in
@acts(Need)
def decide(request: Request, request_id: UUID, do: Need) -> HttpResponse:
    """Approve or refuse a request for a price by need."""
    percent = text(request, "percent", 10)
    actions.decide_need(
        actor=request.actor,
        request_id=request_id,
        approve=do is Need.APPROVE,
        percent=_decimal(percent) if percent else None,
        reason=text(request, "reason", 2000),
        now=request.now,
    )
    return done(request, _("The decision is recorded."), "money_desk-desk")


def _make_coupon(request: Request) -> None:
    off, currency = text(request, "off", 20), text(request, "currency", 3)
    percent = choice(request, "kind", Off) is Off.PERCENT
    most = text(request, "most_uses", 9)
    coupon = Coupon(
        new_id(),
        text(request, "institution", 64),
        text(request, "code", 40),
        _decimal(off) if percent else None,
        None if percent else amount_in(off, currency),
        text(request, "subject", 255),
        _day(text(request, "valid_from", 10)) or request.now.date(),
        _day(text(request, "valid_to", 10)),
        int(_decimal(most)) if most else None,
        1,
        ticked(request, "stacks"),
    )
    actions.make_coupon(actor=request.actor, coupon=coupon, now=request.now)


def _set_rate(request: Request) -> None:
    base, quote = text(request, "base", 3).upper(), text(request, "quote", 3).upper()
    if not (len(base) == len(quote) == 3 and (base + quote).isascii() and (base + quote).isalpha()):
        raise Unusable("currency_unknown", "A currency is three letters, such as USD.")
    day = _day(text(request, "on", 10)) or request.now.date()
    rate = Rate(base, quote, _decimal(text(request, "rate", 20)), day, text(request, "source", 200))
    actions.set_rate(actor=request.actor, rate=rate, reason=text(request, "reason", 1000), now=request.now)


def _decimal(value: str) -> Decimal:
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise Unusable("number_unusable", "Enter a number.") from None
    if not found.is_finite() or abs(found) > 10**12:
        raise Unusable("number_unusable", "Enter a number.")
    return found


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Unusable("day_unusable", "Enter a day as year-month-day.") from None
