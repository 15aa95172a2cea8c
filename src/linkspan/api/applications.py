"""Applications and wallets of others: they register themselves, push what they ask, and get tokens (OAuth 2.0).

A person lets them in on a page (`web.connected`). It is no part of the OpenAPI document: shapes and errors are those of
the standards.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from linkspan.accounts import actions as accounts
from linkspan.accounts.rules import AUTH_METHOD, GRANTS, NO_AUTH_METHOD, RESPONSES, AccessScope
from linkspan.api.wallet_door import Turned, shown_key, with_number
from linkspan.credentials.queries import credential_names
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told
from linkspan.vc import dpop

LARGEST_FORM = 20_000


def json_object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unusable("body_unusable", "The body is no JSON object.") from error
    if not isinstance(found, dict):
        raise Unusable("body_unusable", "The body is no JSON object.")
    return found


def places() -> dict[str, str]:
    """Where applications register, ask, and get tokens."""
    names = {
        "registration": "openbadges-register",
        "authorization": "connected-authorise",
        "token": "openbadges-token",
        "revocation": "openbadges-revoke",
        "push": "openbadges-push",
    }
    return {use: f"{settings.BASE_URL}{reverse(name)}" for use, name in names.items()}


def server_metadata(request: Request) -> HttpResponse:
    """The authorisation server (RFC 8414)."""
    at = places()
    body = {
        "issuer": settings.BASE_URL,
        "authorization_endpoint": at["authorization"],
        "token_endpoint": at["token"],
        "registration_endpoint": at["registration"],
        "revocation_endpoint": at["revocation"],
        "scopes_supported": [str(scope) for scope in AccessScope],
        "response_types_supported": list(RESPONSES),
        "grant_types_supported": list(GRANTS),
        "token_endpoint_auth_methods_supported": [AUTH_METHOD, NO_AUTH_METHOD],
        "revocation_endpoint_auth_methods_supported": [AUTH_METHOD, NO_AUTH_METHOD],
        "code_challenge_methods_supported": ["S256"],
        "pushed_authorization_request_endpoint": at["push"],
        "authorization_response_iss_parameter_supported": True,
        "authorization_details_types_supported": ["openid_credential"],
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "service_documentation": f"{settings.BASE_URL}{reverse('catalog-help_page')}",
    }
    return JsonResponse(body, headers={"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"})


def limited(request: Request, action: str) -> HttpResponse | None:
    """An answer for who comes too often from one address, else None."""
    if ratelimit.consume(request, action=action):
        return None
    body = {"error": "temporarily_unavailable", "error_description": "Too many requests. Try again in a minute."}
    return JsonResponse(body, status=429, headers={"Cache-Control": "no-store", "Retry-After": "60"})


def _form(request: Request) -> str | None:
    """The body as text, or None if it is too large or no text."""
    try:
        return request.body.decode("ascii") if len(request.body) <= LARGEST_FORM else None
    except (UnicodeError, RequestDataTooBig):
        return None


def _unusable(error: str, why: str) -> HttpResponse:
    body = {"error": error, "error_description": why}
    return JsonResponse(body, status=400, headers={"Cache-Control": "no-store"})


@csrf_exempt
def register(request: Request) -> HttpResponse:
    """Register an application (RFC 7591), without a token: what it may do is for each holder to say."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if (busy := limited(request, "register_application")) is not None:
        return busy
    try:
        if len(request.body) > LARGEST_FORM:
            return _unusable("invalid_client_metadata", "The body is too large.")
        made = accounts.register_application(told=json_object(request.body), at=real_now())
    except RequestDataTooBig:
        return _unusable("invalid_client_metadata", "The body is too large.")
    except LinkspanError as error:
        known = error.code in ("invalid_client_metadata", "invalid_redirect_uri")
        body = {"error": error.code if known else "invalid_client_metadata", "error_description": told(error)}
        return JsonResponse(
            body, status=400 if isinstance(error, Unusable) else 503, headers={"Cache-Control": "no-store"}
        )
    except DataError:
        return _unusable("invalid_client_metadata", "This cannot be stored.")
    return JsonResponse(made, status=201, headers={"Cache-Control": "no-store"})


@csrf_exempt
def push(request: Request) -> HttpResponse:
    """An application pushes what it is going to ask a person for (RFC 9126)."""
    asked = _sent(request)
    if isinstance(asked, HttpResponse):
        return asked
    _, body, headers = asked
    try:
        key = shown_key(request)
        told_back, status = accounts.push_application_request(
            address=f"{settings.BASE_URL}{reverse('connected-authorise')}",
            body=body,
            headers=headers,
            at=real_now(),
            thumbprint=key,
        )
    except Turned as no:
        return with_number(no.answer())
    response = JsonResponse(told_back, status=status, headers={"Cache-Control": "no-store"})
    return with_number(response) if key else response


@csrf_exempt
def token(request: Request) -> HttpResponse:
    """Tokens for a code, or for a token to come again with; bound to the key that is shown with the request."""
    try:
        thumbprint = shown_key(request)
    except Turned as no:
        return with_number(no.answer())
    answer = _asked(request, accounts.give_application_tokens, thumbprint=thumbprint)
    if answer.status_code == 200:
        answer = _with_names(answer, thumbprint)
    return with_number(answer) if thumbprint else answer


def _with_names(answer: HttpResponse, thumbprint: str) -> HttpResponse:
    """The tokens, with the names of what they open where a wallet asked by `authorization_details` (VCI 1.0, 6.2)."""
    given = json.loads(answer.content)
    names = credential_names(given["access_token"], thumbprint, real_now())
    if not names:
        return answer
    given["authorization_details"] = [
        {"type": "openid_credential", "credential_configuration_id": form, "credential_identifiers": held}
        for form, held in names.items()
    ]
    return JsonResponse(given, headers={"Cache-Control": "no-store"})


@csrf_exempt
def revoke(request: Request) -> HttpResponse:
    """A token is given back (RFC 7009)."""
    return _asked(request, accounts.take_application_token)


def _sent(request: Request) -> tuple[str, str, dict[str, str]] | HttpResponse:
    """Address, body and headers of a form that an application sent, or what it is answered instead."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if (busy := limited(request, "application_token")) is not None:
        return busy
    body = _form(request)
    if body is None or request.GET:
        return _unusable("invalid_request", "The body is no form, or the address has a query.")
    headers = {name: value for name, value in request.headers.items() if name in ("Authorization", "Content-Type")}
    return f"{settings.BASE_URL}{request.path}", body, headers


def _asked(request: Request, act: Callable[..., accounts.Answer], **more: str) -> HttpResponse:
    sent = _sent(request)
    if isinstance(sent, HttpResponse):
        return sent
    address, body, headers = sent
    told_back, answer, status = act(address=address, body=body, headers=headers, at=real_now(), **more)
    response = HttpResponse(answer, status=status, content_type="application/json")
    for name, value in told_back.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response
