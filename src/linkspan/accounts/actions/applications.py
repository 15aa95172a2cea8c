"""Applications of others: they register themselves, and a person lets them into their credentials, or no more."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import UUID

from django.db import transaction
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from linkspan.accounts.engines.authorisation import authorisation_server, end, hashed, standing
from linkspan.accounts.models import ApplicationRow, ConnectionRow, PushedRequestRow, User
from linkspan.accounts.queries.applications import named, told_by, unsafe, what_is_asked, wish_of
from linkspan.accounts.rules.applications import (
    AUTH_METHOD,
    GRANTS,
    MOST_CONNECTIONS,
    MOST_REGISTRATIONS,
    NO_AUTH_METHOD,
    PUSHED,
    PUSHED_LIFE,
    RESPONSES,
    SentBack,
    read_registration,
)
from linkspan.accounts.rules.partners import OPTIONAL
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
        secret_sha256=hashed(secret) if asked.has_secret else "",
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
    known = {"client_secret": secret, "client_secret_expires_at": 0} if asked.has_secret else {}
    return {
        "client_id": client_id,
        **known,
        "client_id_issued_at": int(at.timestamp()),
        "client_name": row.name,
        **row.addresses,
        "software_id": row.software_id,
        "software_version": row.software_version,
        "redirect_uris": row.redirect_uris,
        "token_endpoint_auth_method": AUTH_METHOD if asked.has_secret else NO_AUTH_METHOD,
        "grant_types": list(GRANTS),
        "response_types": list(RESPONSES),
        "scope": " ".join(row.scopes),
        "contacts": row.contacts,
    }


@transaction.atomic
def let_application_in(
    *,
    actor: Actor,
    address: str,
    at: datetime,
    now: datetime,
    without: Collection[str] = (),
    signed_in_at: int = 0,
) -> SentBack:
    """Let the application that asks by that address in: the browser goes back to it with a code that works once.

    Of what a partner asks to know, the person may leave out what stands in `without`.
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
    full, pushed = told_by(address, at)
    server = authorisation_server(at, pushed=pushed, wish=replace(wish_of(full), signed_in_at=signed_in_at))
    scopes = [scope for scope in asked.scopes if scope not in OPTIONAL or scope not in without]
    _answered(address)
    try:
        headers, _, _ = server.create_authorization_response(full, scopes=scopes, credentials={"user": person})
    except errors.FatalClientError as error:
        raise unsafe() from error
    ApplicationRow.objects.filter(client_id=asked.application.client_id).update(used_at=at)
    after = {"application": asked.application.name, "host": asked.host, "scopes": scopes}
    audit.record(actor=actor, verb="let_application_in", subject=f"accounts.user:{person.id}", now=now, after=after)
    return SentBack(named(headers["Location"]))


def keep_application_out(*, actor: Actor, address: str, at: datetime) -> SentBack:
    """Do not let it in: the browser goes back to it with that answer, and nothing is kept."""
    assert actor.own_id
    asked = what_is_asked(address, at)
    if isinstance(asked, SentBack):
        return asked
    no = errors.AccessDeniedError(state=_state(told_by(address, at)[0]))
    _answered(address)
    return SentBack(named(no.in_uri(asked.redirect_uri)))


def _answered(address: str) -> None:
    """What was pushed is asked once: who answered is not asked again."""
    name = dict(parse_qsl(urlsplit(address).query)).get("request_uri", "").removeprefix(PUSHED)
    if name:
        PushedRequestRow.objects.filter(name_sha256=hashed(name)).delete()


def _state(address: str) -> str | None:
    return parse_qs(urlsplit(address).query).get("state", [None])[0]


@transaction.atomic
def push_application_request(
    *, address: str, body: str, headers: Mapping[str, str], at: datetime, thumbprint: str = ""
) -> tuple[dict[str, Any], int]:
    """Keep what an application asks until its browser comes (RFC 9126): the body and status to answer.

    It is checked here as it will be there, so that what is wrong with it reaches the application, not the person.
    """
    told = dict(parse_qsl(body))
    client_id = _pusher(told.get("client_id", ""), address, body, headers, at)
    if client_id is None:
        return {"error": "invalid_client", "error_description": "The application is not known here."}, 401
    if "request_uri" in told or told.get("client_id", client_id) != client_id:
        return {"error": "invalid_request", "error_description": "request_uri, or another client_id, is in it."}, 400
    if thumbprint and told.get("dpop_jkt", thumbprint) != thumbprint:
        return {"error": "invalid_dpop_proof", "error_description": "dpop_jkt is another key."}, 400
    query = [(name, value) for name, value in parse_qsl(body) if name not in ("client_id", "dpop_jkt", "client_secret")]
    bound = {"dpop_jkt": key} if (key := thumbprint or told.get("dpop_jkt", "")) else {}
    full, _ = told_by(f"{address}?{urlencode([*query, *{'client_id': client_id, **bound}.items()])}", at)
    try:
        authorisation_server(at, pushed=True).validate_authorization_request(full)
    except errors.OAuth2Error as error:
        return dict(error.twotuples), 400
    except ValueError:
        return {"error": "invalid_request", "error_description": "The body is no form."}, 400
    name = secrets.token_urlsafe(32)
    PushedRequestRow.objects.filter(ends_at__lt=at).delete()
    PushedRequestRow.objects.create(
        application=ApplicationRow.objects.get(client_id=client_id),
        name_sha256=hashed(name),
        query=urlsplit(full).query,
        ends_at=at + PUSHED_LIFE,
    )
    return {"request_uri": PUSHED + name, "expires_in": int(PUSHED_LIFE.total_seconds())}, 201


def _pusher(client_id: str, address: str, body: str, headers: Mapping[str, str], at: datetime) -> str | None:
    """The application that pushes, once it said who it is, as it does at the token endpoint."""
    known = authorisation_server(at).request_validator
    request = Request(address, "POST", body, dict(headers))
    if known.client_authentication_required(request):
        good = known.authenticate_client(request)
    else:
        good = known.authenticate_client_id(client_id, request)
    return str(request.client.client_id) if good else None


@transaction.atomic
def give_application_tokens(
    *, address: str, body: str, headers: Mapping[str, str], at: datetime, thumbprint: str = ""
) -> Answer:
    """What an application gets for a code, or for a token to come again with: headers, body and status to answer.

    They are good only with the key of that thumbprint, where it showed one (RFC 9449).
    """
    server = authorisation_server(at, thumbprint=thumbprint)
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
