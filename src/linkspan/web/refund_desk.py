"""Refunds: a dry run, then the act; a second person's decision; what did not arrive."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.finance import actions, queries
from linkspan.finance.rules import RefundOutcome
from linkspan.kernel.errors import LinkspanError, Refused, Unusable
from linkspan.kernel.ids import number_of
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.screens.lists import ListName
from linkspan.web.lists import list_page
from linkspan.web.money import amount_in
from linkspan.web.pages import acts, done, names_of, post_only, signed_in, text


class Ask(StrEnum):
    """What a second person decides."""

    APPROVE = "approve"
    REFUSE = "refuse"


class Undelivered(StrEnum):
    """What is done about a refund that did not arrive."""

    RETRY = "retry"
    OTHERWISE = "otherwise"
    ASK_WRITE_OFF = "ask_write_off"
    WRITE_OFF = "write_off"
    KEEP = "keep"


@signed_in
def refunds(request: Request) -> HttpResponse:
    """What goes back, and what waits for a second person."""
    asks = queries.asks_of(request.actor)
    names = names_of(request, {one.learner_id for one in asks})
    return list_page(request, "desk/refunds.html", ListName.REFUNDS, {"at": "refunds", "asks": asks, "names": names})


@signed_in
def refund(request: Request, charge_id: UUID) -> HttpResponse:
    """What a refund would do; a post does it."""
    file = queries.charge_file(request.actor, charge_id)
    given = request.POST if request.method == "POST" else request.GET
    told = {"file": file, "charge": file.charge, "number": number_of(charge_id), "typed": given}
    try:
        amount = _amount(given.get("amount", ""), file.charge.amount.currency)
        told["preview"] = queries.refund_preview(request.actor, charge_id, amount)
        if request.method != "POST":
            return render(request, "desk/refund.html", told)
        reason = text(request, "reason", 2000)
        if not reason:
            raise Unusable("reason_missing", "Say why: the learner reads it.")
        made = actions.refund(actor=request.actor, charge_id=charge_id, reason=reason, amount=amount, now=request.now)
    except (Refused, Unusable) as error:
        return _problem(request, told, error)
    return done(request, _said(made), "charge_desk-one", charge_id)


def _said(made: RefundOutcome) -> str:
    if made is RefundOutcome.WAITS:
        return _("The refund waits for a second person of your office.")
    if made is RefundOutcome.CANCELLED:
        return _("The charge is cancelled. The learner is told.")
    return _("The refund is recorded. The learner is told.")


def _problem(request: Request, told: dict[str, object], error: LinkspanError) -> HttpResponse:
    return render(request, "desk/refund.html", told | {"problem": in_words(error)}, status=error.status)


def _amount(given: str, currency: str) -> Money | None:
    return amount_in(given.strip()[:20], currency) if given.strip() else None


@post_only
@signed_in
@acts(Ask)
def decide(request: Request, ask_id: UUID, do: Ask) -> HttpResponse:
    """Decide a refund that another asked for."""
    reason = text(request, "reason", 2000)
    approve = do is Ask.APPROVE
    actions.decide_refund(actor=request.actor, ask_id=ask_id, approve=approve, reason=reason, now=request.now)
    words = _("The money goes back. The learner is told.") if approve else _("Nothing goes back.")
    return done(request, words, "refund_desk-refunds")


@post_only
@signed_in
@acts(Undelivered)
def undelivered(request: Request, refund_id: UUID, do: Undelivered) -> HttpResponse:
    """Decide what becomes of a refund that did not arrive."""
    who, now = request.actor, request.now
    if do is Undelivered.RETRY:
        actions.retry_refund(actor=who, refund_id=refund_id, now=now)
        words = _("The card provider tries again.")
    elif do is Undelivered.OTHERWISE:
        reference = text(request, "reference", 200)
        actions.send_refund_otherwise(actor=who, refund_id=refund_id, reference=reference, now=now)
        words = _("Recorded. The learner is told.")
    elif do is Undelivered.ASK_WRITE_OFF:
        actions.ask_write_off(actor=who, refund_id=refund_id, reason=text(request, "reason", 2000), now=now)
        words = _("A second person of your office decides.")
    else:
        actions.decide_write_off(actor=who, refund_id=refund_id, approve=do is Undelivered.WRITE_OFF, now=now)
        words = _("The decision is recorded.")
    return done(request, words, "refund_desk-refunds")
