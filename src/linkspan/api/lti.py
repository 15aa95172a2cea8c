"""LTI Proctoring Services for tools: our keys, tokens by their own keys, the Assessment Control Service.

Errors have the forms of OAuth and of the specification, not of RFC 9457, since tools read them.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from linkspan.api.answers import Router
from linkspan.exams import actions, queries
from linkspan.exams.engines.callback_tokens import CONTROL_SCOPE, CONTROL_TYPE, LIFE
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.public import public_base

router = Router()
LARGEST = 32 * 1024
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class KeySet:
    """Public keys as JWK."""

    keys: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ControlToken:
    """A token for the Assessment Control Service."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """How the attempt stands: none, running, paused, terminated, complete; and the minutes that were given."""

    status: str
    extra_time: int | None = None


@router.get("/jwks", auth=None, operation_id="lti_keys", response=KeySet)
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys by which tools judge our messages."""
    return JsonResponse(queries.own_keys(), headers={"Cache-Control": "public, max-age=300"})


@router.post("/token", auth=None, operation_id="get_control_token", response=ControlToken)
def token(request: HttpRequest) -> HttpResponse:
    """A token for a tool that posts grant_type=client_credentials, a client_assertion by its key, and the scope."""
    form = request.POST
    if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != ASSERTION:
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    if CONTROL_SCOPE not in form.get("scope", "")[:2000].split():
        return JsonResponse({"error": "invalid_scope"}, status=400)
    places = frozenset({f"{public_base()}/api/v1/lti/token", public_base()})
    try:
        made = actions.take_control_token(
            assertion=form.get("client_assertion", ""),
            audience=places,
            now=domain_now(),
        )
    except LinkspanError:
        return JsonResponse({"error": "invalid_client"}, status=401)
    told = {"access_token": made, "token_type": "Bearer", "expires_in": int(LIFE.total_seconds())}
    return JsonResponse(told | {"scope": CONTROL_SCOPE}, headers={"Cache-Control": "no-store"})


@router.post("/control", auth=None, operation_id="control_attempt", response=ControlAnswer)
def control(request: HttpRequest) -> HttpResponse:
    """Pause, resume, update, flag, or propose to end an attempt that the tool watches."""
    try:
        body = _body(request)
        authorization = request.headers.get("Authorization", "")[:5000]
        answer = actions.take_control(authorization=authorization, body=body, now=domain_now())
    except LinkspanError as error:
        return _refused(error)
    return JsonResponse(dict(answer))


def _body(request: HttpRequest) -> Any:
    told = request.headers.get("Content-Length", "")
    if (told.isascii() and told.isdigit() and int(told[:20]) > LARGEST) or len(request.body) > LARGEST:
        raise TooLarge("control_too_large", "This is at most {most} kB.", most=LARGEST // 1024)
    if request.content_type not in (CONTROL_TYPE, "application/json"):
        raise Unusable("control_unusable", "Send it as {type}.", type=CONTROL_TYPE)
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unusable("control_unusable", "Send it as {type}.", type=CONTROL_TYPE) from None


class TooLarge(Unusable):
    """A body larger than anything that is asked."""

    status = 413


def _refused(error: LinkspanError) -> HttpResponse:
    statuses = {NotFound: 404, NotPermitted: 403, Refused: 409, TooLarge: 413, Unusable: 400}
    status = next((found for kind, found in statuses.items() if isinstance(error, kind)), 400)
    status = 401 if error.code == "token_refused" else status
    return JsonResponse({"detail": str(error.message), "code": error.code}, status=status)


#: The same without the token that forms of our own pages carry.
token_there, control_there = (csrf_exempt(require_POST(view)) for view in (token, control))
