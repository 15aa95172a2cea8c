"""Who calls: a signed-in session, a bearer token of a person, or one of a registered system."""

from collections.abc import Iterable
from uuid import UUID

from django.core import signing
from django.core.signing import BadSignature
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from linkspan.accounts.queries import api_client, client_actor, holder_of
from linkspan.accounts.rules import TokenScope
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotPermitted
from linkspan.kernel.request import is_named

CLIENT_TOKEN_SECONDS = 600
CLIENT_SALT = "linkspan.api.client"


class SignedIn(APIKeyCookie):
    """The session of a signed-in person; POSTs are CSRF-checked."""

    param_name = "sessionid"

    def _get_key(self, request: HttpRequest) -> str | None:
        """The session's cookie; where there is none, nothing can be forged and another way of signing in is asked."""
        if self.param_name not in request.COOKIES:
            return None
        return super()._get_key(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        """The actor, or None."""
        return request.actor if is_named(request) and request.user.is_authenticated else None


class BearerToken(HttpBearer):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor that the token names, or None if it is unknown, old, was ended, or the account is gone."""
        held = holder_of(token)
        if held is None:
            return None
        actor, scopes = held
        if request.method not in {"GET", "HEAD"} and TokenScope.WRITE not in scopes:
            raise NotPermitted("scope_missing", "This token may not do that: it needs {scope}.", scope=TokenScope.WRITE)
        return _as(actor, request)


def client_token(client_id: UUID, scopes: Iterable[str]) -> str:
    """A bearer token of a registered system, good for ten minutes of real time."""
    return signing.dumps({"client": str(client_id), "scopes": sorted(scopes)}, salt=CLIENT_SALT)


class ClientToken(HttpBearer):
    """`Authorization: Bearer TOKEN` of a registered system; the actor holds the token's scopes."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor, or None if the token is forged or old, or the system's access has ended."""
        try:
            told = signing.loads(token, salt=CLIENT_SALT, max_age=CLIENT_TOKEN_SECONDS)
            client = api_client(UUID(told["client"]), real_now())
        except (BadSignature, ValueError, LinkspanError):
            return None
        return _as(client_actor(client, set(told["scopes"]) & client.scopes), request)


def _as(actor: Actor, request: HttpRequest) -> Actor:
    """Have the rest of the request done by that actor."""
    if is_named(request):
        request.actor = actor
    return actor
