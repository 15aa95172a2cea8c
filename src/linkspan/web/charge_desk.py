"""The office of money: charges and payments, one charge with all that happened to it, and who is paid."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.finance import actions, queries
from linkspan.finance.rules import Payee, issuable, may_set_payee
from linkspan.kernel.errors import LinkspanError, Refused, Unusable, permit
from linkspan.kernel.ids import number_of
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.screens.lists import ListName
from linkspan.web.acts import ask
from linkspan.web.lists import list_page
from linkspan.web.money import amount_in
from linkspan.web.money_words import ACCOUNTS, TURNS
from linkspan.web.pages import acts, done, names_of, post_only, signed_in, text, ticked


class Handle(StrEnum):
    """What the office does with a charge."""

    CONFIRM = "confirm"


@signed_in
def charges(request: Request) -> HttpResponse:
    """What my institutions charged."""
    return list_page(request, "desk/charges.html", ListName.CHARGES, {"at": "charges", "schools": _schools(request)})


@signed_in
def payments(request: Request) -> HttpResponse:
    """What my institutions were paid."""
    return list_page(request, "desk/charges.html", ListName.PAYMENTS, {"at": "payments", "schools": _schools(request)})


def _schools(request: Request) -> list[str]:
    """Where I may say who is paid."""
    return sorted(one for one in request.actor.institutions_as("registrar") if may_set_payee(request.actor, one))


@signed_in
@acts(Handle)
def one(request: Request, charge_id: UUID, do: Handle | None = None) -> HttpResponse:
    """One charge; a post confirms that its payment came."""
    if do is Handle.CONFIRM:
        try:
            reference, typed = text(request, "reference", 200), text(request, "amount", 20)
            amount = None
            if typed:
                currency = queries.charge_file(request.actor, charge_id).charge.amount.currency
                amount = amount_in(typed, currency)
            actions.pay(actor=request.actor, charge_id=charge_id, reference=reference, amount=amount, now=request.now)
        except (Refused, Unusable) as error:
            return _shown(request, charge_id, error)
        return done(request, _("The payment is confirmed. The learner is told."), "charge_desk-one", charge_id)
    return _shown(request, charge_id)


def _shown(request: Request, charge_id: UUID, error: LinkspanError | None = None) -> HttpResponse:
    file = queries.charge_file(request.actor, charge_id)
    charge, documents = file.charge, queries.documents_of(request.actor, charge_id)
    told = {
        "file": file,
        "charge": charge,
        "number": number_of(charge.id),
        "name": names_of(request, [charge.learner_id], at=charge.institution).get(charge.learner_id, ""),
        "turn": TURNS[file.turn],
        "documents": documents,
        "to_issue": issuable(charge, documents),
        "accounts": ACCOUNTS,
        "problem": in_words(error) if error else "",
        "typed": request.POST,
    }
    return render(request, "desk/charge.html", told, status=error.status if error else 200)


@post_only
@signed_in
def reopen(request: Request, charge_id: UUID) -> HttpResponse:
    """What taking a payment back would do; confirmed, its amount is due again."""
    file = queries.charge_file(request.actor, charge_id)
    fields = {"payment": text(request, "payment", 36), "entry": text(request, "entry", 36)}
    if not fields["payment"]:
        raise Unusable("payment_unchosen", _("Choose the payment that was taken back."))
    back = reverse("charge_desk-one", args=[file.charge.id])
    return ask(request, actions.REOPEN, subject=charge_id, fields=fields, back=back)


@signed_in
def payee(request: Request, school: str) -> HttpResponse:
    """Who is paid at an institution; a post says it."""
    permit(may_set_payee(request.actor, school), "say who is paid here")
    if request.method != "POST":
        return render(request, "desk/payee.html", {"school": school, "payee": queries.payee(school)})
    days, given = text(request, "days_to_pay", 9), request.POST
    try:
        actions.set_payee(
            actor=request.actor,
            payee=Payee(
                school,
                text(request, "name"),
                text(request, "address"),
                text(request, "account"),
                text(request, "bank"),
                text(request, "instructions"),
                int(days) if days.isascii() and days.isdigit() else 0,
                ticked(request, "second_person"),
            ),
            now=request.now,
        )
    except Unusable as error:
        told = {"school": school, "payee": given, "problem": in_words(error)}
        return render(request, "desk/payee.html", told, status=error.status)
    return done(request, _("Saved. Learners read it on their payments from now on."), "charge_desk-payee", school)
