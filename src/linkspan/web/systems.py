"""Systems of an institution: who may use the VC API, with which key, for what."""

import json
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.accounts.actions import register_api_client, revoke_api_client
from linkspan.accounts.queries import api_clients
from linkspan.accounts.rules import Scope
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.web.pages import done, post_only, signed_in, text, texts

HERE = "systems-desk"


@signed_in
def desk(request: Request) -> HttpResponse:
    """The systems of my institutions, and a form for another."""
    actor = request.actor
    schools = sorted(actor.institutions_as("registrar"))
    permit(bool(schools), "manage systems of an institution")
    if request.method == "POST":
        try:
            jwk = json.loads(text(request, "jwk"))
        except ValueError as error:
            raise Unusable("key_unreadable", "The key is not a JSON Web Key. Paste the public key as JSON.") from error
        if not isinstance(jwk, dict):
            raise Unusable("key_unreadable", "The key is not a JSON Web Key. Paste the public key as JSON.")
        client_id = register_api_client(
            actor=actor,
            institution=text(request, "institution"),
            name=text(request, "name"),
            jwk=jwk,
            scopes=texts(request, "scope", 10),
            now=request.now,
        )
        return done(request, _("Registered. Its client id is {id}.").format(id=client_id), HERE)
    told = {
        "schools": schools,
        "rows": [row for school in schools for row in api_clients(actor, school)],
        "scopes": list(Scope),
        "on": settings.VC_API,
        "base": settings.BASE_URL + reverse("api:api-root").rstrip("/"),
    }
    return render(request, "desk/systems.html", told)


@post_only
@signed_in
def end(request: Request, client_id: UUID) -> HttpResponse:
    """End a system's access."""
    revoke_api_client(actor=request.actor, client_id=client_id, now=request.now)
    return done(request, _("Its access has ended."), HERE)
