"""Sign-in of an institution: its identity providers, entered, enabled and disabled by its registrar or an operator."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.accounts import actions
from linkspan.accounts.engines.openid import way_back
from linkspan.accounts.queries import provider as one_provider
from linkspan.accounts.queries import provider_history, providers_at
from linkspan.accounts.rules import ClaimNames, Provider, ProviderTerms, Role
from linkspan.institutions.queries import institution_names
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import version_of
from linkspan.web.pages import acts, done, seen, signed_in, text, typed

#: The fields of the form that say under which name a provider tells something.
CLAIMS = {"email": "email", "verified": "email_verified", "name": "name"}


class ProviderAct(StrEnum):
    """What is done to a provider."""

    CHANGE = "change"
    ENABLE = "enable"
    DISABLE = "disable"


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """Lead to the institution whose sign-in the actor manages, or let them choose."""
    actor, names = request.actor, institution_names()
    schools = sorted(names) if actor.has_role(Role.OPERATOR) else sorted(actor.institutions_as(Role.REGISTRAR))
    permit(bool(schools), "manage the sign-in of an institution")
    if len(schools) == 1:
        return redirect("providers-providers", schools[0])
    return render(request, "desk/provider_places.html", {"schools": [(one, names.get(one, one)) for one in schools]})


@signed_in
def providers(request: Request, school: str) -> HttpResponse:
    """An institution's providers, and a form for another one; what was typed is kept where it cannot be used."""
    rows = providers_at(request.actor, school)
    told: dict[str, Any] = {
        "school": school,
        "rows": rows,
        "fields": {f"{name}_claim": usual for name, usual in CLAIMS.items()},
    }
    if request.method != "POST":
        return render(request, "desk/providers.html", told)
    try:
        made = actions.add_provider(
            actor=request.actor,
            institution=school,
            issuer=text(request, "issuer", 500),
            terms=_terms(request),
            secret=text(request, "secret", 1000),
            now=request.now,
        )
    except Unusable as error:
        wrong = {"errors": error.reasons or (in_words(error),), "fields": request.POST}
        return render(request, "desk/providers.html", told | wrong, status=422)
    return done(request, _("Entered. Enter the redirect URI at the provider next."), "providers-one", school, made)


@signed_in
@acts(ProviderAct)
def one(request: Request, school: str, provider_id: UUID, do: ProviderAct | None = None) -> HttpResponse:
    """One provider: what was entered, what to enter there, who did what; a post changes, enables or disables it."""
    found = one_provider(request.actor, provider_id)
    told = {
        "school": school,
        "row": found,
        "back": way_back(found.id),
        "history": provider_history(request.actor, found.id),
        "fields": found.terms.fields(),
        "seen": version_of(found.terms.fields()),
    }
    if do is None:
        return render(request, "desk/provider.html", told)
    try:
        return _do(request, do, found)
    except Unusable as error:
        wrong = {"errors": error.reasons or (in_words(error),)}
        kept = {"fields": request.POST} if do is ProviderAct.CHANGE else {}
        return render(request, "desk/provider.html", told | wrong | kept, status=422)


def _do(request: Request, do: ProviderAct, found: Provider) -> HttpResponse:
    actor, now = request.actor, request.now
    if do is ProviderAct.ENABLE:
        actions.enable_provider(actor=actor, provider_id=found.id, now=now)
        return done(request, _("People may sign in by it now."), request.path)
    if do is ProviderAct.DISABLE:
        ended = actions.disable_provider(actor=actor, provider_id=found.id, why=text(request, "why", 500), now=now)
        words = ngettext(
            "Nobody signs in by it any more. The sign-ins of {n} person ended.",
            "Nobody signs in by it any more. The sign-ins of {n} people ended.",
            ended,
        )
        return done(request, words.format(n=ended), request.path)
    terms, secret = _terms(request), text(request, "secret", 1000)
    with typed(request.path, **terms.fields()):
        actions.change_provider(
            actor=actor, provider_id=found.id, terms=terms, secret=secret, now=now, seen=seen(request)
        )
    return done(request, _("Saved."), request.path)


def _terms(request: Request) -> ProviderTerms:
    claims = ClaimNames(**{name: text(request, f"{name}_claim", 100) or usual for name, usual in CLAIMS.items()})
    domains = tuple(text(request, "domains", 5_000).replace(",", " ").split())
    return ProviderTerms(text(request, "name", 100), text(request, "client_id", 190), domains, claims)
