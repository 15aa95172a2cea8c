"""The exchange with partners' servers: one's identity, the partners, and what became of messages."""

from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries
from linkspan.web.pages import acts, done, signed_in, text


class Arrange(StrEnum):
    """What is set up for the exchange."""

    OPEN = "open"
    PARTNER = "partner"


@signed_in
@acts(Arrange)
def exchange(request: Request, institution: str, do: Arrange | None = None) -> HttpResponse:
    """Identity, partners and messages of one's own institution; a post opens the exchange or names a partner."""
    if do is Arrange.OPEN:
        actions.open_exchange(actor=request.actor, institution=institution, now=request.now)
        return done(request, _("The exchange is open. Tell your partner the address below."), request.path)
    if do is Arrange.PARTNER:
        actions.add_partner(
            actor=request.actor,
            institution=institution,
            code=text(request, "code", 64),
            did=text(request, "did", 300),
            now=request.now,
        )
        return done(request, _("The partner is named."), request.path)
    told = {
        "institution": institution,
        "did": queries.own_identity(request.actor, institution),
        "partners": queries.partners_of(request.actor, institution),
        "messages_both_ways": queries.messages_of(request.actor, institution),
    }
    return render(request, "desk/exchange.html", told)
