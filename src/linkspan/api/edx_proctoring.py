"""What proctoring services call back: edx-proctoring's contract for backends, with its paths, fields and statuses.

A service takes a token with its secret, then says that a learner is ready, and what it saw. Errors have the form of
that contract, not of RFC 9457, since services read them.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from linkspan.api.answers import Router
from linkspan.exams import actions
from linkspan.exams.engines.callback_tokens import LIFE
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Refused, Unusable

router = Router()
LARGEST = 256 * 1024
#: Statuses of refusals by code, where the contract has another one than we.
STATUSES = {"token_refused": 401, "client_refused": 401}


@dataclass(frozen=True, slots=True)
class CallbackToken:
    """A token for callbacks."""

    access_token: str
    token_type: str
    expires_in: int


@router.post("/oauth2/access_token", auth=None, operation_id="get_callback_token", response=CallbackToken)
def get_callback_token(request: HttpRequest) -> HttpResponse:
    """A token for a service that posts grant_type=client_credentials, client_id and client_secret as a form."""
    form = request.POST
    if form.get("grant_type") != "client_credentials":
        return JsonResponse({"error": "unsupported_grant_type"}, status=400)
    client, secret = form.get("client_id", "")[:100], form.get("client_secret", "")[:200]
    try:
        token = actions.take_token(client_id=client, client_secret=secret, now=domain_now())
    except Unusable:
        return JsonResponse({"error": "invalid_client"}, status=401)
    told = {"access_token": token, "token_type": "JWT", "expires_in": int(LIFE.total_seconds()), "scope": ""}
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


@router.post("/v1/proctored_exam/attempt/{external_id}/ready", auth=None, operation_id="session_ready", response=str)
def ready(request: HttpRequest, external_id: str) -> HttpResponse:
    """The learner of an attempt, by the service's id, is ready: `{"status": "ready"}`."""
    try:
        actions.take_ready(authorization=_header(request), external_id=external_id, now=domain_now())
    except LinkspanError as error:
        return _refused(error, unknown=404)
    return JsonResponse("OK", safe=False)


@router.post(
    "/v1/proctored_exam/attempt/{external_id}/reviewed", auth=None, operation_id="session_reviewed", response=str
)
def reviewed(request: HttpRequest, external_id: str) -> HttpResponse:
    """What the service saw: `status`, `comments` (`comment`, `status`, `start`, `stop`), `reviewed_by`."""
    try:
        body = _body(request)
        actions.take_review(authorization=_header(request), external_id=external_id, body=body, now=domain_now())
    except LinkspanError as error:
        return _refused(error, unknown=400)
    return JsonResponse("OK", safe=False)


def _header(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "")[:5000]


def _body(request: HttpRequest) -> Any:
    told = request.headers.get("Content-Length", "")
    if (told.isascii() and told.isdigit() and int(told[:20]) > LARGEST) or len(request.body) > LARGEST:
        raise TooLarge("review_too_large", "A review is at most {most} kB.", most=LARGEST // 1024)
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unusable("review_unusable", "Send the review as JSON.") from None


class TooLarge(Unusable):
    """A body larger than any review."""

    status = 413


def _refused(error: LinkspanError, *, unknown: int) -> HttpResponse:
    status = STATUSES.get(error.code)
    if status is None:
        kinds = {NotFound: unknown, NotPermitted: 403, Refused: 412, TooLarge: 413, Unusable: 400}
        status = next((found for kind, found in kinds.items() if isinstance(error, kind)), 400)
    return JsonResponse({"detail": str(error.message), "code": error.code}, status=status)


#: The same at the addresses of the contract, outside of our own API.
token_there, ready_there, reviewed_there = (
    csrf_exempt(require_POST(view)) for view in (get_callback_token, ready, reviewed)
)
