"""Sign-in of an institution: its identity providers, entered, enabled and disabled by its registrar or an operator."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.accounts import actions
from linkspan.accounts.engines.openid import way_back, way_out
from linkspan.accounts.engines.saml import LARGEST_METADATA, own_place
from linkspan.accounts.queries import provider as one_provider
from linkspan.accounts.queries import provider_history, providers_at
from linkspan.accounts.rules import SAML_CLAIMS, ClaimNames, Provider, ProviderTerms, Role, SignInKind, Source
from linkspan.institutions.queries import institution_names
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import version_of
from linkspan.web.pages import acts, done, seen, signed_in, text, typed, upload

#: The fields of the form that say under which name a provider tells something.
CLAIMS = asdict(ClaimNames())
#: The same for attributes of SAML. Those that may be left out stay empty.
ATTRIBUTES = asdict(SAML_CLAIMS)


class ProviderAct(StrEnum):
    """What is done to a provider."""

    CHANGE = "change"
    ENABLE = "enable"
    DISABLE = "disable"
    RENEW = "renew"


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
    told: dict[str, Any] = {"school": school, "rows": rows, "fields": _usual(CLAIMS)}
    if request.method != "POST":
        return render(request, "desk/providers.html", told)
    try:
        made = actions.add_provider(
            actor=request.actor,
            institution=school,
            issuer=text(request, "issuer", 500),
            terms=_terms(request, CLAIMS),
            secret=text(request, "secret", 1000),
            now=request.now,
        )
    except Unusable as error:
        wrong = {"errors": error.reasons or (in_words(error),), "fields": request.POST}
        return render(request, "desk/providers.html", told | wrong, status=422)
    return done(request, _("Entered. Enter the redirect URI at the provider next."), "providers-one", school, made)


@signed_in
def by_saml(request: Request, school: str) -> HttpResponse:
    """A form for a provider that speaks SAML; what was typed is kept where it cannot be used."""
    providers_at(request.actor, school)
    told: dict[str, Any] = {"school": school, "fields": _usual(ATTRIBUTES), "saml": True}
    if request.method != "POST":
        return render(request, "desk/provider_saml.html", told)
    try:
        made = actions.add_saml_provider(
            actor=request.actor,
            institution=school,
            terms=_terms(request, ATTRIBUTES),
            source=_source(request),
            entity_id=text(request, "entity_id", 500),
            now=request.now,
        )
    except Unusable as error:
        wrong = {"errors": error.reasons or (in_words(error),), "fields": request.POST}
        return render(request, "desk/provider_saml.html", told | wrong, status=422)
    return done(request, _("Entered. Give our metadata to the provider next."), "providers-one", school, made)


def _usual(names: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}_claim": usual for name, usual in names.items()}


def _source(request: Request) -> Source:
    """The address of metadata, or a file of it."""
    url, file = text(request, "metadata_url", 500), request.FILES.get("metadata")
    if file is None:
        return Source(url)
    if url:
        raise Unusable("metadata_unusable", "Metadata: {why}.", why="enter its https address, or a file")
    try:
        return Source(content=upload(request, "metadata", largest=LARGEST_METADATA).decode())
    except UnicodeDecodeError as error:
        raise Unusable("metadata_unusable", "Metadata: {why}.", why="this is no XML in UTF-8") from error


@signed_in
@acts(ProviderAct)
def one(request: Request, school: str, provider_id: UUID, do: ProviderAct | None = None) -> HttpResponse:
    """One provider: what was entered, what to enter there, who did what; a post changes, enables or disables it."""
    found = one_provider(request.actor, provider_id)
    told = {
        "school": school,
        "row": found,
        "back": way_back(found.id),
        "out": way_out(found.id),
        "saml": found.kind is SignInKind.SAML,
        "place": own_place(found.id),
        "history": provider_history(request.actor, found.id),
        "fields": found.terms.fields() | {"metadata_url": found.metadata_url},
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
    if do is ProviderAct.RENEW:
        was = text(request, "seen", 64) or None
        actions.renew_metadata(actor=actor, provider_id=found.id, source=_source(request), now=now, seen=was)
        return done(request, _("Taken over. It counts from now on."), request.path)
    usual = ATTRIBUTES if found.kind is SignInKind.SAML else CLAIMS
    terms, secret = _terms(request, usual), text(request, "secret", 1000)
    with typed(request.path, **terms.fields()):
        actions.change_provider(
            actor=actor, provider_id=found.id, terms=terms, secret=secret, now=now, seen=seen(request)
        )
    return done(request, _("Saved."), request.path)


def _terms(request: Request, usual: Mapping[str, str]) -> ProviderTerms:
    told = {name: text(request, f"{name}_claim", 100) or given for name, given in usual.items()}
    domains = tuple(text(request, "domains", 5_000).replace(",", " ").split())
    client_id = text(request, "client_id", 190)
    return ProviderTerms(text(request, "name", 100), client_id, domains, ClaimNames(**told))
