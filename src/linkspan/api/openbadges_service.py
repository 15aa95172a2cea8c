"""The service description of Open Badges 3.0 and CLR 2.0 (section 6.1): an OpenAPI 3.0 document of what is offered."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from linkspan.accounts.rules import AccessScope
from linkspan.credentials.rules import Family

TITLES = {Family.BADGES: "Open Badges API", Family.RECORDS: "Comprehensive Learner Record API"}
VERSIONS = {Family.BADGES: "3.0", Family.RECORDS: "2.0"}
#: What a holder is told that each scope lets an application do.
SCOPE_WORDS = {
    AccessScope.BADGES_READ: "Read the badges that the holder has.",
    AccessScope.BADGES_WRITE: "Put badges in for the holder.",
    AccessScope.PROFILE_READ: "Read the holder's profile.",
    AccessScope.PROFILE_WRITE: "Change the holder's profile.",
    AccessScope.RECORDS_READ: "Read the learner records that the holder has.",
    AccessScope.RECORDS_WRITE: "Put learner records in for the holder.",
    AccessScope.RECORD_PROFILE_READ: "Read the holder's profile.",
    AccessScope.RECORD_PROFILE_WRITE: "Change the holder's profile.",
    AccessScope.OFFLINE: "Come again while the holder is not there.",
}


def described(
    place: str, family: Family, base: str, scopes: Sequence[AccessScope], places: Mapping[str, str]
) -> dict[str, Any]:
    """The description of one of the two interfaces."""
    reads, writes, reads_profile, writes_profile, _offline = scopes
    privacy, terms = (f"{settings.BASE_URL}{reverse(name)}" for name in ("personal-privacy", "catalog-help_page"))
    return {
        "openapi": "3.0.1",
        "info": {
            "title": f"{TITLES[family]} of Linkspan",
            "description": "For hosts and wallets that a holder lets in.",
            "version": VERSIONS[family],
            "termsOfService": terms,
            "x-imssf-image": f"{settings.BASE_URL}{static('linkspan/mark.svg')}",
            "x-imssf-privacyPolicyUrl": privacy,
        },
        "servers": [{"url": base, "description": "This server"}],
        "paths": {
            "/credentials": {
                "get": _operation("getCredentials", reads, _PARAMETERS, _LISTED),
                "post": _operation("upsertCredential", writes, (), {**_said(201), **_said(200)}, body=True),
            },
            "/profile": {
                "get": _operation("getProfile", reads_profile, (), _said(200)),
                "put": _operation("putProfile", writes_profile, (), _said(200), body=True),
            },
        },
        "components": {
            "securitySchemes": {
                "OAuth2ACG": {
                    "type": "oauth2",
                    "description": "OAuth 2.0 Authorization Code Grant with PKCE (S256)",
                    "x-imssf-name": "Linkspan",
                    "x-imssf-registrationUrl": places["registration"],
                    "x-imssf-privacyPolicyUrl": privacy,
                    "x-imssf-termsOfServiceUrl": terms,
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": places["authorization"],
                            "tokenUrl": places["token"],
                            "refreshUrl": places["token"],
                            "scopes": {str(scope): SCOPE_WORDS[scope] for scope in scopes},
                        }
                    },
                }
            },
            "schemas": {"Any": {"type": "object", "additionalProperties": True}},
        },
    }


def _parameter(name: str, shape: Mapping[str, Any], words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": dict(shape), "description": words}


_PARAMETERS = (
    _parameter("limit", {"type": "integer", "minimum": 1}, "At most so many at once."),
    _parameter("offset", {"type": "integer", "minimum": 0}, "How many to pass over."),
    _parameter("since", {"type": "string", "format": "date-time"}, "Only what was issued after that."),
)
_JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Any"}}}
_LISTED = {
    "200": {
        "description": "A part of what the holder has.",
        "headers": {
            "X-Total-Count": {"schema": {"type": "integer"}, "description": "How many there are."},
            "Link": {"schema": {"type": "string"}, "description": "first, prev, next and last."},
        },
        "content": _JSON,
    }
}


def _said(status: int) -> dict[str, Any]:
    return {str(status): {"description": "How it stands now.", "content": _JSON}}


def _operation(
    name: str, scope: AccessScope, parameters: Sequence[Any], answers: Mapping[str, Any], *, body: bool = False
) -> dict[str, Any]:
    wrong = {"default": {"description": "What was wrong (Imsx_StatusInfo).", "content": _JSON}}
    told: dict[str, Any] = {
        "operationId": name,
        "parameters": list(parameters),
        "responses": {**answers, **wrong},
        "security": [{"OAuth2ACG": [str(scope)]}],
    }
    if body:
        kinds = {**_JSON, "text/plain": {"schema": {"type": "string"}}} if name == "upsertCredential" else _JSON
        told["requestBody"] = {"required": True, "content": kinds}
    return told
