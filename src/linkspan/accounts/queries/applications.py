"""Reads of applications of others that people let into their credentials."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.db import transaction
from oauthlib.oauth2.rfc6749 import errors

from linkspan.accounts.engines.authorisation import authorisation_server, hashed, standing
from linkspan.accounts.models import ApplicationRow, ConnectionTokenRow, PushedRequestRow
from linkspan.accounts.queries.doors import entering
from linkspan.accounts.rules.applications import (
    PUSHED,
    WALLET_SCOPES,
    Application,
    Asked,
    LetIn,
    SentBack,
    WalletAccess,
    Wish,
)
from linkspan.accounts.rules.partners import JUST_NOW
from linkspan.accounts.rules.tokens import limited
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Unusable
from linkspan.kernel.readers import by_secret, public

#: Longer ones come back cut off, and the partner that checks them refuses.
LONGEST_NONCE = 500


def unsafe() -> Unusable:
    """Why nothing is sent to an address: it, or the application, is not one that is registered here."""
    return Unusable(
        "authorisation_unsafe",
        "This link does not belong to an application that is registered here, so nothing was sent to it. Go back to "
        "the application and connect it anew.",
    )


@public
def told_by(address: str, at: datetime) -> tuple[str, bool]:
    """The address with all that is asked in it, and whether the application pushed that itself (RFC 9126).

    Unusable (`authorisation_unsafe`) for a request that was not pushed by it, is too old, or was answered.
    """
    parts = urlsplit(address)
    query, pushed = dict(parse_qsl(parts.query)), False
    if "request_uri" in query:
        name = query["request_uri"].removeprefix(PUSHED)
        rows = PushedRequestRow.objects.filter(name_sha256=hashed(name), ends_at__gt=at)
        row = rows.filter(application__client_id=query.get("client_id", "")[:64]).first()
        if row is None:
            raise unsafe()
        parts, pushed = parts._replace(query=row.query), True
    return parts._replace(query=_with_scope(parts.query)).geturl(), pushed


def _with_scope(query: str) -> str:
    """A request by `authorization_details` alone (OpenID4VCI 1.0, section 5.1.1), with the scopes that it comes to."""
    told = parse_qsl(query)
    given = dict(told)
    if "scope" in given or "authorization_details" not in given:
        return query
    scopes = [str(one.get("credential_configuration_id")) for one in details_of(given["authorization_details"])]
    return urlencode([*told, ("scope", " ".join(scopes))]) if scopes else query


def details_of(text: str) -> list[dict[str, Any]]:
    """The details of credentials in a text; none if it is something else, or names what is not known here."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) and all(map(_is_known, found)) else []


def _is_known(one: Any) -> bool:
    """Whether it asks for a credential in a form that there is, at places that are texts if it names any."""
    if not isinstance(one, dict) or one.get("type") != "openid_credential":
        return False
    form, places = one.get("credential_configuration_id"), one.get("locations", [])
    texts = isinstance(places, list) and all(isinstance(place, str) for place in places)
    return isinstance(form, str) and form in WALLET_SCOPES and texts


def wish_of(address: str) -> Wish:
    """What a wallet asks besides scopes."""
    told = dict(parse_qsl(urlsplit(address).query))
    details = details_of(told.get("authorization_details", ""))
    places = [place for one in details for place in one.get("locations", ())]
    state = told.get("issuer_state", "")
    return Wish(
        issuer=told.get("resource", places[0] if places else "")[:500],
        offer_sha256=hashed(state) if state else "",
        thumbprint=told.get("dpop_jkt", "")[:43],
        by_details=bool(details),
        nonce=told.get("nonce", "")[:LONGEST_NONCE],
    )


def named(location: str) -> str:
    """An address to which a browser goes back, with the name of this server (RFC 9207)."""
    return f"{location}{'&' if urlsplit(location).query else '?'}{urlencode({'iss': settings.BASE_URL})}"


@public
def what_is_asked(address: str, at: datetime) -> Asked | SentBack:
    """What an application asks a person for by that address, or where the browser goes back to with what is wrong.

    Unusable (`authorisation_unsafe`) where nothing may be sent back.
    """
    address, pushed = told_by(address, at)
    try:
        with transaction.atomic():
            scopes, told = authorisation_server(at, pushed=pushed).validate_authorization_request(address)
    except errors.FatalClientError as error:
        raise unsafe() from error
    except errors.OAuth2Error as error:
        if not error.redirect_uri:
            raise unsafe() from error
        return SentBack(named(error.in_uri(error.redirect_uri)))
    except ValueError as error:  # an address that is no form
        raise unsafe() from error
    row: ApplicationRow = told["request"].client
    host = urlsplit(told["redirect_uri"]).netloc
    return Asked(
        _application(row), tuple(scopes), host, told["redirect_uri"], institution=row.partner_of, fresh=_fresh(address)
    )


def _fresh(address: str) -> int | None:
    """How long ago, in seconds, the person may have signed in, if it is asked (OpenID Connect Core 1.0, 3.1.2.1)."""
    told = dict(parse_qsl(urlsplit(address).query))
    limits = [JUST_NOW] if "login" in told.get("prompt", "").split() else []
    given = told.get("max_age", "")
    if given.isascii() and given.isdigit() and len(given) < 10:
        limits.append(max(int(given), JUST_NOW))
    return min(limits, default=None)


def _application(row: ApplicationRow) -> Application:
    told = row.addresses
    return Application(row.client_id, row.name, told["client_uri"], told["tos_uri"], told["policy_uri"])


def let_in_by(actor: Actor) -> tuple[LetIn, ...]:
    """The applications that the actor lets in, newest first."""
    rows = standing(real_now()).filter(user_id=actor.own_id).select_related("application").order_by("-made_at", "id")
    return tuple(
        LetIn(
            row.id,
            row.application.name,
            urlsplit(row.redirect_uri).netloc,
            tuple(row.scopes),
            row.made_at,
            row.last_used_at,
        )
        for row in rows
    )


@by_secret
def admitted_by_token(token: str) -> tuple[Actor, frozenset[str], str] | None:
    """Who let in the application that holds this access token, for what, and its name; None if it is not good.

    The person comes without roles: an application is let into what they hold, not into their work.
    """
    now = real_now()
    rows = ConnectionTokenRow.objects.select_related("connection__user", "connection__application")
    good = rows.filter(token_sha256=hashed(token), renews=False, ends_at__gt=now, thumbprint="")
    row = good.filter(connection__in=standing(now)).first()
    if row is None:
        return None
    connection = row.connection
    return limited(entering(connection.user), ()), frozenset(row.scopes), connection.application.name


@by_secret
def wallet_access(token: str, thumbprint: str, at: datetime) -> WalletAccess | None:
    """What the wallet that holds this access token was let into; None if it is not good, or not with that key."""
    rows = ConnectionTokenRow.objects.select_related("connection__application")
    good = rows.filter(token_sha256=hashed(token), renews=False, ends_at__gt=at, thumbprint=thumbprint)
    row = good.filter(connection__in=standing(at)).first()
    scopes = frozenset(row.scopes) & WALLET_SCOPES if row else frozenset()
    if row is None or not scopes:
        return None
    one = row.connection
    return WalletAccess(one.user_id, scopes, Wish(**one.wish), one.id, one.application.name)
