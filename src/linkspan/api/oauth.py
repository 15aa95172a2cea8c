"""Access for systems: OAuth 2.0 client credentials (RFC 6749, section 4.4) by a signed assertion (RFC 7523).

No long-lived secret travels (VC API 0.7, section 3.2.1): a system signs an assertion with its own key and gets a token
for ten minutes. Wallets have a token endpoint of their own, see `openid4vci`.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Form

from linkspan.accounts.actions import admit_api_client
from linkspan.api.answers import Router
from linkspan.api.signin import CLIENT_TOKEN_SECONDS, client_token
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, Refused
from linkspan.kernel.request import Request

router = Router()
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token (RFC 6749, section 5.1)."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


def token_endpoint() -> str:
    """The address that an assertion names as its audience."""
    return settings.BASE_URL + reverse("api:get_access_token")


def refused(error: str, why: str, status: int = 400) -> HttpResponse:
    """An error in the form of RFC 6749, section 5.2."""
    body = {"error": error, "error_description": why}
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


@router.post("/token", auth=None, operation_id="get_access_token", response=AccessToken)
def get_access_token(
    request: Request,
    grant_type: Form[str],
    client_assertion: Form[str] = "",
    client_assertion_type: Form[str] = "",
    scope: Form[str] = "",
) -> HttpResponse:
    """A bearer token for a registered system that signs an assertion. Each assertion works once, so nothing repeats."""
    if grant_type != "client_credentials":
        return refused("unsupported_grant_type", "Only client_credentials is given here.")
    if client_assertion_type != ASSERTION_TYPE:
        return refused("invalid_client", f"client_assertion_type must be {ASSERTION_TYPE}.", 401)
    try:
        client, scopes = admit_api_client(
            assertion=client_assertion, audience=token_endpoint(), scope=scope, now=real_now()
        )
    except Refused as no:
        return refused("invalid_scope", no.message)
    except LinkspanError as no:
        return refused("invalid_client", no.message, 401)
    body = {
        "access_token": client_token(client.id, scopes),
        "token_type": "Bearer",
        "expires_in": CLIENT_TOKEN_SECONDS,
        "scope": " ".join(sorted(scopes)),
    }
    return JsonResponse(body, headers={"Cache-Control": "no-store"})
