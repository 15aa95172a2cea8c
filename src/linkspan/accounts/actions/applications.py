"""Applications of others: they register themselves, and a person lets them into their credentials, or no more."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.db import transaction
from oauthlib.oauth2.rfc6749 import errors

from linkspan.accounts.engines.authorisation import authorisation_server, end, hashed, standing
from linkspan.accounts.models import ApplicationRow, ConnectionRow, User
from linkspan.accounts.queries.applications import unsafe, what_is_asked
from linkspan.accounts.rules.applications import (
    AUTH_METHOD,
    GRANTS,
    MOST_CONNECTIONS,
    MOST_REGISTRATIONS,
    RESPONSES,
    SentBack,
    read_registration,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Busy, NotFound, Refused

type Answer = tuple[Mapping[str, str], str, int]


@transaction.atomic
def register_application(*, told: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Register an application by what it tells of itself (RFC 7591); returns that with its name and secret, once.

    Busy when too many registered themselves within a day: nobody vouches for any of them.
    """
    asked = read_registration(told)
    if ApplicationRow.objects.filter(registered_at__gt=at - timedelta(days=1)).count() >= MOST_REGISTRATIONS:
        raise Busy("too_many_applications", "Too many applications registered themselves today. Try again tomorrow.")
    client_id, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
    row = ApplicationRow.objects.create(
        client_id=client_id,
        secret_sha256=hashed(secret),
        name=asked.name,
        addresses=dict(asked.addresses),
        software_id=asked.software_id,
        software_version=asked.software_version,
        redirect_uris=list(asked.redirect_uris),
        scopes=list(asked.scopes),
        contacts=list(asked.contacts),
        registered_at=at,
        used_at=at,
    )
    return {
        "client_id": client_id,
        "client_secret": secret,
        "client_id_issued_at": int(at.timestamp()),
        "client_secret_expires_at": 0,
        "client_name": row.name,
        **row.addresses,
        "software_id": row.software_id,
        "software_version": row.software_version,
        "redirect_uris": row.redirect_uris,
        "token_endpoint_auth_method": AUTH_METHOD,
        "grant_types": list(GRANTS),
        "response_types": list(RESPONSES),
        "scope": " ".join(row.scopes),
        "contacts": row.contacts,
    }


@transaction.atomic
def let_application_in(*, actor: Actor, address: str, at: datetime, now: datetime) -> SentBack:
    """Let the application that asks by that address in: the browser goes back to it with a code that works once.

    Refused (`too_many_connections`) at 50 of them; Unusable as `what_is_asked`.
    """
    person = User.objects.select_for_update().get(id=actor.own_id)
    if standing(at).filter(user=person).count() >= MOST_CONNECTIONS:
        raise Refused(
            "too_many_connections", "You let in {most} applications already. End one first.", most=MOST_CONNECTIONS
        )
    asked = what_is_asked(address, at)
    if isinstance(asked, SentBack):
        return asked
    server, credentials = authorisation_server(at), {"user": person}
    try:
        headers, _, _ = server.create_authorization_response(
            address, scopes=list(asked.scopes), credentials=credentials
        )
    except errors.FatalClientError as error:
        raise unsafe() from error
    ApplicationRow.objects.filter(client_id=asked.application.client_id).update(used_at=at)
    after = {"application": asked.application.name, "host": asked.host, "scopes": list(asked.scopes)}
    audit.record(actor=actor, verb="let_application_in", subject=f"accounts.user:{person.id}", now=now, after=after)
    return SentBack(headers["Location"])


def keep_application_out(*, actor: Actor, address: str, at: datetime) -> SentBack:
    """Do not let it in: the browser goes back to it with that answer, and nothing is kept."""
    assert actor.own_id
    asked = what_is_asked(address, at)
    if isinstance(asked, SentBack):
        return asked
    no = errors.AccessDeniedError(state=_state(address))
    return SentBack(no.in_uri(asked.redirect_uri))


def _state(address: str) -> str | None:
    return parse_qs(urlsplit(address).query).get("state", [None])[0]


@transaction.atomic
def give_application_tokens(*, address: str, body: str, headers: Mapping[str, str], at: datetime) -> Answer:
    """What an application gets for a code, or for a token to come again with: headers, body and status to answer."""
    server = authorisation_server(at)
    try:
        told, answer, status = server.create_token_response(address, "POST", body, dict(headers))
    except ValueError:  # a body that is no form
        told, answer, status = {}, errors.InvalidRequestError(description="The body is no form.").json, 400
    return told, answer or "", status


@transaction.atomic
def take_application_token(*, address: str, body: str, headers: Mapping[str, str], at: datetime) -> Answer:
    """An application gives a token of its own back (RFC 7009): headers, body and status to answer."""
    server = authorisation_server(at)
    try:
        told, answer, status = server.create_revocation_response(address, "POST", body, dict(headers))
    except ValueError:
        told, answer, status = {}, errors.InvalidRequestError(description="The body is no form.").json, 400
    return told, answer or "", status


@transaction.atomic
def disconnect_application(*, actor: Actor, connection_id: UUID, at: datetime, now: datetime) -> None:
    """Let an application in no more, at once, wherever it holds tokens; a second time changes nothing."""
    rows = ConnectionRow.objects.select_for_update(of=("self",)).select_related("application")
    row = rows.filter(id=connection_id, user_id=actor.own_id).first()
    if row is None:
        raise NotFound("connection_unknown", "You let in no such application.")
    if row.ends_at <= at:
        return
    for one in ConnectionRow.objects.filter(user_id=actor.own_id, application=row.application, ends_at__gt=at):
        end(one, at)
    subject, before = f"accounts.user:{actor.own_id}", {"application": row.application.name}
    audit.record(actor=actor, verb="disconnect_application", subject=subject, now=now, before=before)
