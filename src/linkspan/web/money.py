"""Paying: by card at the provider, by invoice, with a coupon; asking for a price by need."""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

from babel.numbers import get_currency_precision
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from linkspan.finance import actions, queries
from linkspan.finance.actions import card_provider
from linkspan.finance.rules import Charge, ChargeState, issuable
from linkspan.kernel import written
from linkspan.kernel.errors import LinkspanError, NotFound, Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, done, identifier, post_only, signed_in, text, upload


class Pay(StrEnum):
    """How a charge is paid, or made less."""

    COUPON = "coupon"
    CARD = "card"
    REPORT = "report"


class Aid(StrEnum):
    """What a learner does about a price by need."""

    ASK = "ask"
    APPEAL = "appeal"


@signed_in
def mine(request: Request) -> HttpResponse:
    """What I have to pay, to whom, by when and under which reference; and what is done."""
    charges = queries.charges_of(request.actor, request.actor.own_id)
    titles = queries.subject_titles({one.subject for one in charges})
    rows = [{"charge": one, "title": titles[one.subject]} for one in charges]
    open_ = [
        {**row, "payment": queries.payment_of(one)}
        for row, one in zip(rows, charges, strict=True)
        if one.state == ChargeState.OPEN
    ]
    closed = [row for row, one in zip(rows, charges, strict=True) if one.state != ChargeState.OPEN]
    return render(request, "payments.html", {"open": open_, "closed": closed})


@signed_in
@acts(Pay)
def pay(request: Request, charge_id: UUID, do: Pay | None = None) -> HttpResponse:
    """A charge and the ways to pay it; a post uses a coupon, opens the card provider's page, or reports a payment."""
    charges = queries.charges_of(request.actor, request.actor.own_id)
    charge = next((c for c in charges if c.id == charge_id), None)
    if charge is None:
        raise NotFound("charge_unknown", "There is no such charge of yours.")
    title = queries.subject_title(charge.subject)
    told = {"charge": charge, "title": title, "cards": card_provider() is not None}
    told["payment"] = queries.payment_of(charge)
    told["documents"] = documents = queries.documents_of(request.actor, charge_id)
    told["received"] = queries.received(charge_id)
    told["to_issue"] = issuable(charge, documents)
    told["need"] = charge.institution in queries.institutions_with_need(request.now.date())
    if do is None:
        return render(request, "pay.html", told)
    if do is Pay.COUPON:
        return _coupon(request, charge, told)
    if do is Pay.CARD:
        made = actions.start_checkout(actor=request.actor, charge_id=charge_id, title=title, now=request.now)
        return render(request, "pay.html", told | {"checkout": made})
    reference = text(request, "reference")
    paid = actions.report_payment(actor=request.actor, charge_id=charge_id, reference=reference, now=request.now)
    words = _("The payment is recorded.") if paid else _("Staff will confirm your payment; you will hear from them.")
    return done(request, words, "enrolment-dashboard")


def _coupon(request: Request, charge: Charge, told: dict[str, object]) -> HttpResponse:
    try:
        left = actions.use_coupon(
            actor=request.actor, charge_id=charge.id, code=text(request, "code", 40), now=request.now
        )
    except LinkspanError as error:
        return render(request, "pay.html", told | {"problem": in_words(error)}, status=409)
    return done(
        request, _("The coupon is used. To pay: {amount}").format(amount=written.amount(left)), "money-pay", charge.id
    )


@csrf_exempt
@post_only
def stripe_event(request: Request) -> HttpResponse:
    """What the card provider tells; its signature takes the place of a sign-in."""
    signature = request.headers.get("Stripe-Signature", "")
    try:
        outcome = actions.take_provider_event(payload=request.body, signature=signature, now=request.now)
    except LinkspanError as error:
        return JsonResponse({"problem": error.code}, status=400)
    return JsonResponse({"outcome": outcome})


@signed_in
@acts(Aid)
def aid(request: Request, do: Aid | None = None) -> HttpResponse:
    """My requests for a price by need; a post asks, or appeals."""
    if do is Aid.APPEAL:
        unknown = NotFound("need_unknown", "There is no such request of yours.")
        request_id = identifier(text(request, "request", 40), unknown)
        statement = text(request, "statement", 5000)
        actions.appeal_need(actor=request.actor, request_id=request_id, statement=statement, now=request.now)
        return done(request, _("Your appeal is handed in. Somebody else decides it."), "money-aid")
    if do is Aid.ASK:
        actions.ask_for_need(
            actor=request.actor,
            institution=text(request, "institution", 64),
            income=amount_in(text(request, "income", 20), text(request, "currency", 3)),
            country=text(request, "country", 2).upper(),
            document=upload(request, "document"),
            now=request.now,
        )
        return done(request, _("Your request is handed in. Staff will decide it."), "money-aid")
    told = {
        "requests": queries.need_requests(request.actor),
        "institutions": queries.institutions_with_need(request.now.date()),
    }
    return render(request, "aid.html", told)


@signed_in
def aid_document(request: Request, request_id: UUID) -> HttpResponse:
    """The evidence behind a request, as a download."""
    content = queries.need_document(request.actor, request_id)
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = 'attachment; filename="evidence"'
    return answer


def amount_in(units: str, currency: str) -> Money:
    """An amount typed in units of a currency, such as `1200.50` and `USD`; Unusable if it is none."""
    try:
        value = Decimal(units.replace(",", "") or "x")
        money = Money(int(value.scaleb(get_currency_precision(currency.upper()))), currency.upper())
    except (InvalidOperation, ValueError, OverflowError):
        raise Unusable("amount_unusable", "Enter an amount in digits and a currency of three letters.") from None
    if not value.is_finite() or abs(money.minor) > 10**15:
        raise Unusable("amount_unusable", "Enter an amount that a person could have.")
    return money
