"""Wallets: the holder hands a credential over, staff ask for one and see the verdict."""

from uuid import UUID

import segno
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe

from linkspan.credentials import queries
from linkspan.credentials.actions import ask_wallet, offer_to_wallet
from linkspan.credentials.queries import presentation, presentations
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import permit
from linkspan.kernel.request import Request
from linkspan.web.pages import post_only, signed_in, text

ROLES = ("admissions", "registrar", "program_staff")


@post_only
@signed_in
def offer(request: Request, credential_id: UUID) -> HttpResponse:
    """A new offer, shown once: its code is kept nowhere in clear."""
    made = offer_to_wallet(actor=request.actor, credential_id=credential_id, at=real_now(), now=request.now)
    told = {"offer": made, "qr": _qr(made.link), "credential": queries.credential(credential_id)}
    response = render(request, "wallet_offer.html", told)
    response["Cache-Control"] = "no-store"
    return response


@signed_in
def desk(request: Request) -> HttpResponse:
    """Ask a wallet for a credential, and what was asked before."""
    actor = request.actor
    schools = sorted({school for role in ROLES for school in actor.institutions_as(role)})
    permit(bool(schools), "ask wallets for credentials")
    if request.method == "POST":
        made = ask_wallet(
            actor=actor,
            institution=text(request, "institution"),
            purpose=text(request, "purpose"),
            at=real_now(),
            now=request.now,
            hidden=True,
        )
        return redirect("wallets-answer", made.id)
    rows = [row for school in schools for row in presentations(actor, school)]
    return render(request, "desk/wallets.html", {"schools": schools, "rows": rows})


@signed_in
def answer(request: Request, presentation_id: UUID) -> HttpResponse:
    """One request: its code until it is answered, then the verdict."""
    row = presentation(request.actor, presentation_id)
    is_open = row.answered_at is None and real_now() < row.expires_at
    told = {"row": row, "open": is_open, "qr": _qr(row.link) if is_open else "", "verdict": row.verdict}
    return render(request, "desk/wallet_answer.html", told)


def shown(request: Request) -> HttpResponse:
    """Where the holder's browser goes after the wallet has answered."""
    return render(request, "shown.html")


def _qr(link: str) -> SafeString:
    """The link as an inline picture; it holds modules only, no text of anybody's."""
    drawn = segno.make(link, error="l").svg_inline(scale=3, omitsize=True)
    return mark_safe(drawn)  # noqa: S308
