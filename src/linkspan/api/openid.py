"""OpenID Connect for registered partners: discovery, keys, and what a partner reads of who signed in.

It is no part of the OpenAPI document: shapes and errors are those of the standards. People are asked on a page
(`web.connected`), and codes are changed for tokens where applications do so (`api.applications`).
"""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from linkspan.accounts import queries
from linkspan.accounts.rules import AUTH_METHOD, RESPONSES, PartnerScope
from linkspan.api.applications import limited, places
from linkspan.kernel.clock import real_now
from linkspan.kernel.request import Request

CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "email", "email_verified")


def _public(body: dict[str, Any]) -> HttpResponse:
    return JsonResponse(body, headers={"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"})


def configuration(request: Request) -> HttpResponse:
    """The provider (OpenID Connect Discovery 1.0, section 3)."""
    at = places()
    return _public(
        {
            "issuer": settings.BASE_URL,
            "authorization_endpoint": at["authorization"],
            "token_endpoint": at["token"],
            "userinfo_endpoint": f"{settings.BASE_URL}{reverse('openid-userinfo')}",
            "jwks_uri": f"{settings.BASE_URL}{reverse('openid-keys')}",
            "revocation_endpoint": at["revocation"],
            "pushed_authorization_request_endpoint": at["push"],
            "scopes_supported": [str(scope) for scope in PartnerScope],
            "response_types_supported": list(RESPONSES),
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [AUTH_METHOD],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": list(CLAIMS),
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
            "service_documentation": f"{settings.BASE_URL}{reverse('catalog-help_page')}",
        }
    )


def keys(request: Request) -> HttpResponse:
    """The keys by which ID tokens are checked (RFC 7517)."""
    return _public({"keys": queries.openid_keys()})


@csrf_exempt
def userinfo(request: Request) -> HttpResponse:
    """What the partner that holds the access token may know (OpenID Connect Core 1.0, section 5.3)."""
    if request.method not in ("GET", "POST"):
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    if (busy := limited(request, "application_token")) is not None:
        return busy
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    told = queries.claims_by_token(token.strip(), real_now()) if scheme.lower() == "bearer" else None
    if told is None:
        words = 'Bearer error="invalid_token"' if token else "Bearer"
        return HttpResponse(status=401, headers={"WWW-Authenticate": words, "Cache-Control": "no-store"})
    return JsonResponse(told, headers={"Cache-Control": "no-store"})
