"""The REST API: one router per domain, problem+json errors (RFC 9457), OpenAPI.

People sign in with a session (same-origin, CSRF-checked) or with a bearer token. Every POST takes an
`Idempotency-Key`; the same key gives the same answer.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import structlog
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

import linkspan.api
from linkspan.accounts.rules import told_to
from linkspan.api.contract import Contract
from linkspan.api.signin import BearerToken, SignedIn
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.reasons import Value
from linkspan.kernel.request import is_named
from linkspan.kernel.told import told

log = structlog.get_logger(__name__)
api = Contract(
    title="Linkspan",
    version="1.0.0",
    description="Stackable graduate credentials and the pathways from them to degrees.",
    auth=[SignedIn(), BearerToken()],
    docs_url=None,
    urls_namespace="api",
)


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    reasons: tuple[str, ...] = (),
    values: Mapping[str, Value] | None = None,
) -> HttpResponse:
    """An RFC 9457 problem: `type` is stable, `detail` says in words what happened and what to do.

    `values` are what the sentence was filled with, by name.
    """
    body: dict[str, Any] = {"type": f"urn:linkspan:problem:{code}", "status": status, "detail": detail}
    if values:
        body["values"] = jsonable(values)
    if reasons:
        body["reasons"] = list(reasons)
    response = api.create_response(request, body, status=status)
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(LinkspanError)
def on_refusal(request: HttpRequest, error: LinkspanError) -> HttpResponse:
    """What an action or query raised."""
    error = told_to(request.actor, error) if is_named(request) else error
    reasons = tuple(map(told, error.reasons))
    return problem(request, error.status, error.code, told(error), reasons, error.reason.values)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Input of the wrong shape."""
    reasons = tuple(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors)
    return problem(request, 422, "input_invalid", "The request does not have the documented shape.", reasons)


@api.exception_handler(DataError)
def on_unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    """What the database cannot hold: a null character, a huge number."""
    log.warning("the database could not hold what was sent", path=request.path, exc_info=error)
    return problem(request, 422, "input_invalid", "A null character or a huge number cannot be stored. Remove it.")


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Broken JSON and the like."""
    return problem(request, error.status_code, "request_unusable", str(error))


#: Parts of the others, and SCIM, whose shapes and errors are those of its standard.
NO_ROUTERS = {
    *("app", "answers", "contract", "documents", "exam_shapes", "once", "signin"),
    *("scim", "scim_schemas", "openbadges", "openbadges_service", "applications", "openid", "wallet_door"),
}


def mount_routers() -> None:
    """Mount `router` of every module of this package under the module's name."""
    for module in iter_modules(linkspan.api.__path__):
        if module.name in NO_ROUTERS:
            continue
        router = import_module(f"linkspan.api.{module.name}").router
        api.add_router(f"/{module.name}", router, tags=[module.name])


mount_routers()
