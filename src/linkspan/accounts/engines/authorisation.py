"""The authorisation server for applications of others (OAuth 2.0, RFC 6749, with PKCE, RFC 7636), by oauthlib.

The library decides what a request has to hold and what is answered; this says what is known here, and keeps it. Codes,
tokens and secrets live in real time and are kept as hashes.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.db.models import F
from oauthlib.common import Request
from oauthlib.oauth2 import WebApplicationServer
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.openid import RequestValidator
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant as OpenIdGrant
from oauthlib.openid.connect.core.grant_types import (
    AuthorizationCodeGrantDispatcher,
    AuthorizationTokenGrantDispatcher,
)

from linkspan.accounts.engines.identity_tokens import KnownOfPartners
from linkspan.accounts.models import ApplicationRow, ConnectionRow, ConnectionTokenRow, User
from linkspan.accounts.rules.applications import (
    ACCESS_LIFE,
    CODE_LIFE,
    GRANTS,
    REFRESH_LIFE,
    WALLET_SCOPES,
    AccessScope,
    Wish,
)

#: A challenge of S256, written in 43 letters (RFC 7636, section 4.2).
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def hashed(secret: str) -> str:
    """SHA-256 of a secret that was drawn at random, as it is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def authorisation_server(
    at: datetime, *, pushed: bool = False, thumbprint: str = "", wish: Wish | None = None
) -> WebApplicationServer:
    """The server at an instant of real time. Of PKCE only S256 is taken, and each request has it and a state.

    What an application pushed itself needs no state: nobody else can have asked it. `thumbprint` names the key that was
    shown with a request for tokens, `wish` what a wallet asked besides scopes.
    """
    known = Known(at, thumbprint, wish or Wish())
    server = WebApplicationServer(
        known,
        token_generator=lambda request: secrets.token_urlsafe(32),
        refresh_token_generator=lambda request: secrets.token_urlsafe(32),
        token_expires_in=int(ACCESS_LIFE.total_seconds()),
    )
    openid = _Grant(known)
    for asking in (server.auth_grant, openid):
        asking.custom_validators.pre_auth = [partial(_has_all, needs_state=not pushed)]
    for grant in (server.auth_grant, openid, server.refresh_grant):
        grant.register_token_modifier(partial(_offline_alone, thumbprint=thumbprint))
    code = AuthorizationCodeGrantDispatcher(server.auth_grant, openid)
    server.response_types["code"] = code
    server.grant_types["authorization_code"] = AuthorizationTokenGrantDispatcher(known, server.auth_grant, openid)
    return server


class _Grant(OpenIdGrant):
    """The library's, for whom a list of single claims is not asked: what is told follows from scopes."""

    def _inflate_claims(self, request: Request) -> None:
        """Not read, so that none is broken."""


def _has_all(request: Request, *, needs_state: bool = True) -> dict[str, Any]:
    """A plain challenge would be a secret in the open, and without a state anybody could hand in an answer."""
    for name in ("code_challenge", "code_challenge_method", "scope", "state"):
        if name in request.duplicate_params:
            raise errors.InvalidRequestError(description=f"Duplicate {name} parameter.", request=request)
    if settings.HAIP and needs_state and set((request.scope or "").split()) & WALLET_SCOPES:
        raise errors.InvalidRequestError(description="Push the request: this server asks wallets to.", request=request)
    if not CHALLENGE.fullmatch(request.code_challenge or ""):
        raise errors.MissingCodeChallengeError(request=request)
    if request.code_challenge_method != "S256":
        raise errors.UnsupportedCodeChallengeMethodError(request=request)
    if needs_state and not request.state:
        raise errors.InvalidRequestError(description="Missing state parameter.", request=request)
    if not request.scope:
        raise errors.InvalidScopeError(request=request)
    return {}


def _offline_alone(
    token: dict[str, Any], _handler: object, request: Request, *, thumbprint: str = ""
) -> dict[str, Any]:
    """Only who was let in for longer gets a token to come again with, and who has no secret only for a key."""
    if AccessScope.OFFLINE not in request.scopes or not (thumbprint or request.client.secret_sha256):
        token.pop("refresh_token", None)
    if thumbprint:
        token |= {"token_type": "DPoP"}
    return token


class Known(KnownOfPartners, RequestValidator):
    """What is known of applications, codes and tokens at an instant of real time; call in a transaction."""

    def __init__(self, at: datetime, thumbprint: str, wish: Wish) -> None:
        super().__init__()
        self.at, self.thumbprint, self.wish = at, thumbprint, wish

    def validate_client_id(self, client_id: str, request: Request, *_more: Any, **_named: Any) -> bool:
        """Whether such an application registered itself."""
        request.client = ApplicationRow.objects.filter(client_id=client_id[:64], ended_at=None).first()
        return request.client is not None

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *_more: Any, **_named: Any
    ) -> bool:
        """Whether it is one of those registered, to the letter."""
        return redirect_uri in request.client.redirect_uris

    def get_default_redirect_uri(self, client_id: str, request: Request, *_more: Any, **_named: Any) -> None:
        """None: the address is always named."""

    def get_default_scopes(self, client_id: str, request: Request, *_more: Any, **_named: Any) -> list[str]:
        """None: what is asked for is always named."""
        return []

    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Request, *_more: Any, **_named: Any
    ) -> bool:
        """A code alone."""
        return response_type == "code"

    def validate_scopes(
        self, client_id: str, scopes: Sequence[str], client: ApplicationRow, request: Request, *_more: Any, **_n: Any
    ) -> bool:
        """Whether the application registered for all of them."""
        return bool(scopes) and set(scopes) <= set(client.scopes)

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """Always."""
        return True

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *_more: Any, **_named: Any
    ) -> None:
        """Keep the hash of the code with all that it is bound to."""
        person: User = request.user
        ConnectionRow.objects.create(
            application=request.client,
            user=person,
            scopes=list(request.scopes),
            redirect_uri=request.redirect_uri,
            challenge=request.code_challenge,
            code_sha256=hashed(code["code"]),
            code_ends_at=self.at + CODE_LIFE,
            made_at=self.at,
            ends_at=self.at + CODE_LIFE,
            sign_ins_ended=person.sign_ins_ended,
            wish=asdict(self.wish),
        )

    def client_authentication_required(self, request: Request, *_more: Any, **_named: Any) -> bool:
        """Of every application but a wallet that got no secret, and of that too where it sends one."""
        if request.headers.get("Authorization"):
            return True
        row = ApplicationRow.objects.filter(client_id=(request.client_id or "")[:64], secret_sha256="").first()
        return row is None

    def authenticate_client_id(self, client_id: str, request: Request, *_more: Any, **_named: Any) -> bool:
        """Whether it is a wallet that got no secret."""
        request.client = ApplicationRow.objects.filter(client_id=client_id[:64], secret_sha256="").first()
        return request.client is not None

    def authenticate_client(self, request: Request, *_more: Any, **_named: Any) -> bool:
        """Whether name and secret of the header (`client_secret_basic`) are those of an application."""
        client_id, secret = _basic(request.headers.get("Authorization", ""))
        row = ApplicationRow.objects.filter(client_id=client_id[:64], ended_at=None).first() if client_id else None
        if row is None or not hmac.compare_digest(hashed(secret), row.secret_sha256):
            return False
        request.client = row
        return request.client_id in (None, "", row.client_id)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Request, *_more: Any, **_named: Any
    ) -> bool:
        """A code, or a token to come again with."""
        return grant_type in GRANTS

    def get_authorization_code_scopes(
        self, client_id: str, code: str, redirect_uri: str, request: Request
    ) -> list[str]:
        """What a code was given for: with `openid` among it, an ID token comes with the tokens."""
        row = ConnectionRow.objects.filter(code_sha256=hashed(code)).first()
        return list(row.scopes) if row else []

    def validate_code(
        self, client_id: str, code: str, client: ApplicationRow, request: Request, *_more: Any, **_named: Any
    ) -> bool:
        """Whether it is good, of this application, and used for the first time; the second time all it gave ends."""
        held = ConnectionRow.objects.select_for_update(of=("self",)).select_related("user")
        row = held.filter(code_sha256=hashed(code), application=client).first()
        if row is None:
            return False
        if row.code_used_at is not None:
            end(row, self.at)
            return False
        row.code_used_at = self.at  # a try with a wrong verifier or address uses it up as well
        row.save(update_fields=["code_used_at"])
        if row.code_ends_at <= self.at or not self._stands(row):
            return False
        if Wish(**row.wish).thumbprint not in ("", self.thumbprint):
            return False  # the code was asked for with another key (RFC 9449, section 10)
        if settings.HAIP and set(row.scopes) & WALLET_SCOPES and not self.thumbprint:
            return False
        request.connection, request.user, request.scopes = row, row.user, list(row.scopes)
        return True

    def get_code_challenge(self, code: str, request: Request) -> str:
        """The challenge that its code is bound to."""
        return str(request.connection.challenge)

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        """S256 alone is taken."""
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Request, *_more: Any, **_n: Any
    ) -> bool:
        """Whether it is the address to which the code was sent."""
        return bool(redirect_uri == request.connection.redirect_uri)

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *_more: Any, **_named: Any
    ) -> None:
        """Done when it was read."""

    def validate_refresh_token(
        self, refresh_token: str, client: ApplicationRow, request: Request, *_more: Any, **_named: Any
    ) -> bool:
        """Whether it is good, of this application, and used for the first time; the second time all of it ends."""
        rows = ConnectionTokenRow.objects.select_for_update(of=("self",)).select_related("connection__user")
        held = rows.filter(token_sha256=hashed(refresh_token), renews=True, connection__application=client).first()
        if held is None:
            return False
        if held.used_at is not None:
            end(held.connection, self.at)
            return False
        if held.thumbprint not in ("", self.thumbprint):
            return False
        if held.ends_at <= self.at or not self._stands(held.connection):
            return False
        held.used_at = self.at
        held.save(update_fields=["used_at"])
        request.connection, request.user = held.connection, held.connection.user
        request.original = list(held.scopes)
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *_more: Any, **_named: Any) -> list[str]:
        """What the token that is changed is good for."""
        return list(request.original)

    def rotate_refresh_token(self, request: Request) -> bool:
        """Each is good once."""
        return True

    def save_token(self, token: dict[str, Any], request: Request, *_more: Any, **_named: Any) -> None:
        """Keep the hashes; a token to come again with keeps all that the first one was good for."""
        connection: ConnectionRow = request.connection
        kept = [(token["access_token"], False, list(request.scopes), ACCESS_LIFE)]
        if "refresh_token" in token:
            wide = getattr(request, "original", None) or list(request.scopes)
            kept.append((token["refresh_token"], True, wide, REFRESH_LIFE))
        ends_at = self.at + max(life for *_, life in kept)
        ConnectionRow.objects.filter(id=connection.id).update(last_used_at=self.at, ends_at=ends_at)
        for value, renews, scopes, life in kept:
            bound = self.thumbprint if not renews or not request.client.secret_sha256 else ""
            ConnectionTokenRow.objects.create(
                connection=connection,
                renews=renews,
                token_sha256=hashed(value),
                scopes=scopes,
                ends_at=self.at + life,
                thumbprint=bound,
            )

    def revoke_token(self, token: str, hint: str, request: Request, *_more: Any, **_named: Any) -> None:
        """End a token of this application; one to come again with ends the whole connection (RFC 7009, 2.1)."""
        rows = ConnectionTokenRow.objects.select_related("connection")
        held = rows.filter(token_sha256=hashed(token), connection__application=request.client).first()
        if held is None:
            return
        if not held.renews:
            held.delete()
        if held.renews or not held.connection.tokens.exists():
            end(held.connection, self.at)

    def _stands(self, row: ConnectionRow) -> bool:
        person = row.user
        return row.ends_at > self.at and person.is_active and row.sign_ins_ended == person.sign_ins_ended


def end(connection: ConnectionRow, at: datetime) -> None:
    """Let the application in no more, from this instant on."""
    ConnectionRow.objects.filter(id=connection.id, ends_at__gt=at).update(ends_at=at)
    ConnectionTokenRow.objects.filter(connection=connection).delete()


def standing(at: datetime) -> Any:
    """The connections by which an application is let in then, of people whose sign-ins were not all ended since."""
    return ConnectionRow.objects.filter(
        ends_at__gt=at, last_used_at__isnull=False, user__is_active=True, sign_ins_ended=F("user__sign_ins_ended")
    )


def _basic(header: str) -> tuple[str, str]:
    """Name and secret of a header, each form-encoded (RFC 6749, section 2.3.1); empty if it is none."""
    scheme, _, told = header.partition(" ")
    try:
        name, colon, secret = b64decode(told.strip(), validate=True).decode().partition(":")
    except (ValueError, UnicodeError):
        return "", ""
    return (unquote_plus(name), unquote_plus(secret)) if scheme.lower() == "basic" and colon else ("", "")
