"""Who calls: a signed-in session, or a bearer token."""

from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from linkspan.accounts.queries import actor_for
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError

TOKEN_DAYS = 30
_signer = TimestampSigner(salt="linkspan.api")


def token_for(actor: Actor) -> str:
    """A bearer token of that person, good for 30 days of real time."""
    return _signer.sign(str(actor.person_id))


class SignedIn(APIKeyCookie):
    """The session of a signed-in person; POSTs are CSRF-checked."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The actor, or None."""
        return request.actor if request.user.is_authenticated else None


class BearerToken(HttpBearer):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The actor that the token names, or None if it is forged, old, or the account is gone."""
        try:
            person_id = UUID(_signer.unsign(token, max_age=TOKEN_DAYS * 86400))
            request.actor = actor_for(person_id)
        except (BadSignature, ValueError, LinkspanError):
            return None
        return request.actor
