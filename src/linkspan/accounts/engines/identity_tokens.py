"""ID tokens for partners (OpenID Connect Core 1.0), signed with RS256 by joserfc; names of people differ by partner."""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.jwk import RSAKey
from oauthlib.common import Request

from linkspan.accounts.models import ApplicationRow, ConnectionRow, OpenIdKeyRow
from linkspan.kernel import storage

ALGORITHM = "RS256"
TOKEN_LIFE = timedelta(minutes=10)


def new_token_key() -> str:
    """A key of its own for ID tokens, as a secret text."""
    return json.dumps(RSAKey.generate_key(2048, {"use": "sig", "alg": ALGORITHM}, auto_kid=True).as_dict(private=True))


def public_token_key(secret: str) -> dict[str, Any]:
    """Its public part, as JSON Web Key."""
    return dict(RSAKey.import_key(json.loads(secret)).as_dict(private=False))


def new_sector_key() -> str:
    """What names of people for one host follow from."""
    return secrets.token_urlsafe(32)


def subject_of(application: ApplicationRow, person_id: object) -> str:
    """The name of a person for the host of an application and no other (section 8.1)."""
    key = storage.opened(application.sector_key).encode()
    return urlsafe_b64encode(hmac.digest(key, str(person_id).encode(), "sha256")).decode().rstrip("=")


class KnownOfPartners:
    """What oauthlib asks beside OAuth where a partner wants an ID token."""

    at: Any

    def get_authorization_code_nonce(self, client_id: str, code: str, redirect_uri: str, request: Request) -> Any:
        """What the partner wants back, of the code that was found good."""
        return request.connection.wish.get("nonce") or None

    def get_id_token(self, token: Any, token_handler: Any, request: Request) -> None:
        """None: the library begins it."""

    def finalize_id_token(self, id_token: dict[str, Any], token: Any, token_handler: Any, request: Request) -> str:
        """The token, signed: who signed in, when, for whom, and nothing else of them."""
        connection: ConnectionRow = request.connection
        row = OpenIdKeyRow.objects.order_by("-made_at", "-id").first()
        assert row is not None, "it is made with the first partner"
        key = RSAKey.import_key(json.loads(storage.opened(row.secret)))
        begun = int(self.at.timestamp())
        claims = {
            **id_token,
            "iss": settings.BASE_URL,
            "aud": connection.application.client_id,
            "sub": subject_of(connection.application, connection.user_id),
            "iat": begun,
            "exp": begun + int(TOKEN_LIFE.total_seconds()),
        }
        if signed_in_at := connection.wish.get("signed_in_at"):
            claims["auth_time"] = signed_in_at
        return str(jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}, claims, key))

    def validate_silent_login(self, request: Request) -> bool:
        """Nobody is signed in to a partner unseen: the person is asked each time."""
        return False

    def validate_silent_authorization(self, request: Request) -> bool:
        """As with signing in."""
        return False

    def validate_user_match(self, id_token_hint: Any, scopes: Any, claims: Any, request: Request) -> bool:
        """A hint is not read, so nobody is said to be the person that it means."""
        return not id_token_hint
