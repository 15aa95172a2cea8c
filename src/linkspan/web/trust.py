"""Whom an institution relies on: issuers and registries of others, what changed, and a registrar's decisions."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.accounts.rules import Role
from linkspan.institutions import actions, queries
from linkspan.institutions.rules import TrustKind
from linkspan.kernel.errors import LinkspanError, NotFound, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, choice, done, identifier, signed_in, text


class TrustAct(StrEnum):
    """What is done with what is relied on."""

    ASK = "ask"
    ACCEPT = "accept"
    END = "end"


#: Of a root certificate in PEM form.
LONGEST_CERTIFICATE = 10_000

#: At which field of the form a refusal stands.
FIELDS = {
    "name_missing": "name",
    "reason_missing": "reason",
    "certificate_unusable": "certificate",
    "certificate_ended": "certificate",
}


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """Lead to the institution whose trust the actor decides on, or let them choose."""
    schools = sorted(request.actor.institutions_as(Role.REGISTRAR))
    permit(bool(schools), "decide whom this institution relies on")
    if len(schools) == 1:
        return redirect("trust-sources", schools[0])
    return render(request, "desk/trust_places.html", {"schools": schools})


@signed_in
def sources(request: Request, school: str) -> HttpResponse:
    """All that an institution relies on, and a form for more; what was typed is kept."""
    told: dict[str, Any] = {"school": school, "rows": queries.trust_sources(request.actor, school)}
    told["kinds"] = list(TrustKind)
    if request.method != "POST":
        return render(request, "desk/trust.html", told)
    try:
        made = actions.trust(
            actor=request.actor,
            institution=school,
            kind=choice(request, "kind", TrustKind),
            address=text(request, "address", 500),
            name=text(request, "name", 200),
            reason=text(request, "reason", 2_000),
            now=request.now,
            certificate=text(request, "certificate", LONGEST_CERTIFICATE),
        )
    except LinkspanError as error:
        at = FIELDS.get(error.code, "address")
        wrong = {"problem": in_words(error), "at": at, "typed": request.POST}
        return render(request, "desk/trust.html", told | wrong, status=error.status)
    return done(request, _("Your institution relies on it from now on."), "trust-one", school, made)


@signed_in
def federation(request: Request, school: str) -> HttpResponse:
    """Where the institution stands in federations; a post says who stands above it, and what was typed is kept."""
    told: dict[str, Any] = {"school": school, "row": queries.federation_place(request.actor, school, request.now)}
    if request.method != "POST":
        return render(request, "desk/federation.html", told)
    try:
        addresses = text(request, "superiors", 6_000)
        actions.set_superiors(
            actor=request.actor, institution=school, addresses=addresses.splitlines(), now=request.now
        )
    except LinkspanError as error:
        wrong = {"problem": in_words(error), "typed": request.POST}
        return render(request, "desk/federation.html", told | wrong, status=error.status)
    return done(request, _("Your institution’s statement says so from now on."), "trust-federation", school)


@signed_in
def keys(request: Request, school: str) -> HttpResponse:
    """How the institution signs; a post moves it from a key alone to its web address, and what was typed is kept."""
    if request.method == "POST":
        try:
            reason = text(request, "reason", 2_000)
            actions.move_to_web(actor=request.actor, code=school, reason=reason, now=request.now)
        except NotFound:
            raise
        except LinkspanError as error:
            wrong = {"problem": in_words(error), "at": FIELDS.get(error.code, "state"), "typed": request.POST}
            return _keys(request, school, wrong, error.status)
        return done(request, _("Your institution signs under its web address from now on."), "trust-keys", school)
    return _keys(request, school, {}, 200)


def _keys(request: Request, school: str, more: dict[str, Any], status: int) -> HttpResponse:
    told = {"school": school, "row": queries.signing_place(request.actor, school, request.now)}
    return render(request, "desk/signing.html", told | more, status=status)


@signed_in
@acts(TrustAct)
def one(request: Request, school: str, source_id: UUID, do: TrustAct | None = None) -> HttpResponse:
    """One issuer or registry: whom it lists and what changed; a post asks it, accepts a key, or ends it."""
    told: dict[str, Any] = {"school": school, "row": queries.trust_source(request.actor, source_id)}
    try:
        if do is not None:
            return _done(request, do, school, source_id)
    except NotFound:
        raise
    except LinkspanError as error:
        told |= {"problem": in_words(error), "status": error.status, "typed": request.POST}
    told["issuers"] = queries.trusted_issuers(request.actor, source_id)
    told["changes"] = queries.trust_changes(request.actor, source_id)
    return render(request, "desk/trust_source.html", told, status=told.get("status", 200))


def _done(request: Request, do: TrustAct, school: str, source_id: UUID) -> HttpResponse:
    actor, now = request.actor, request.now
    if do is TrustAct.ASK:
        actions.ask_registry_again(actor=actor, source_id=source_id, now=now)
        return done(request, _("It is asked within a few minutes."), "trust-one", school, source_id)
    reason = text(request, "reason", 2_000)
    if do is TrustAct.END:
        actions.end_trust(actor=actor, source_id=source_id, reason=reason, now=now)
        return done(request, _("Your institution relies on it no more."), "trust-one", school, source_id)
    unknown = NotFound("trust_unknown", "Your institution relies on nothing of that kind.")
    issuer_id = identifier(text(request, "issuer", 40), unknown)
    actions.accept_key(actor=actor, issuer_id=issuer_id, reason=reason, now=now)
    return done(request, _("The new key counts from now on."), "trust-one", school, source_id)
