"""SCIM 2.0 (RFC 7644) for an institution's directory, at /scim/v2, behind a token of that directory.

It is no part of the OpenAPI document: its shapes, errors and media type are those of the standard.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from linkspan.accounts import actions
from linkspan.accounts.queries import (
    MOST_AT_ONCE,
    KnownGroup,
    KnownUser,
    Some,
    scim_group,
    scim_groups,
    scim_user,
    scim_users,
)
from linkspan.accounts.rules import (
    ScimScope,
    ScimToken,
    filter_in,
    group_in,
    patched_group,
    patched_user,
    user_in,
)
from linkspan.api.scim_schemas import CONFIG, RESOURCE_TYPES, SCHEMAS
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told

MEDIA = "application/scim+json"
LARGEST = 1_000_000
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
#: The words of RFC 7644, section 3.12, for refusals of ours.
TYPES = {
    "scim_filter": "invalidFilter",
    "scim_path": "invalidPath",
    "scim_value": "invalidValue",
    "scim_domain": "invalidValue",
    "scim_syntax": "invalidSyntax",
    "scim_target": "noTarget",
    "scim_taken": "uniqueness",
    "duties_together": "invalidValue",
    "address_unconfirmed": "invalidValue",
}
USER_FILTERS = {
    "username": "user_name",
    "externalid": "external_id",
    "displayname": "display_name",
    "id": "id",
    "emails": "email",
    "emails.value": "email",
}
GROUP_FILTERS = {"displayname": "display_name", "externalid": "external_id", "id": "id"}
type View = Callable[..., HttpResponseBase]
type Act = Callable[..., HttpResponse]


def _answer(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    return JsonResponse(body, status=status, content_type=MEDIA, headers=headers)


def _error(status: int, detail: str, kind: str = "", **headers: str) -> HttpResponse:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail} | ({"scimType": kind} if kind else {})
    return _answer(body, status, **headers)


def _refusal(error: LinkspanError) -> HttpResponse:
    if error.code == "token_refused":
        return _error(401, told(error), **{"WWW-Authenticate": 'Bearer realm="scim"'})
    if isinstance(error, NotFound | NotPermitted):
        return _error(error.status, told(error))
    kind = TYPES.get(error.code, "" if isinstance(error, Refused) else "invalidValue")
    return _error(409 if kind == "uniqueness" else 400 if kind else error.status, told(error), kind)


def door(**acts: Act) -> View:
    """A view that does by each method what is named for it, for the directory behind the token."""

    @csrf_exempt
    def view(request: Request, **named: str) -> HttpResponseBase:
        act = acts.get(str(request.method))
        try:
            scope = ScimScope.READ if request.method in {"GET", "HEAD"} else ScimScope.WRITE
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not 0 < len(token) <= 200:
                raise Unusable("token_refused", "This token is unknown, has expired or was revoked.")
            held = actions.admit_directory(token=token.strip(), needs=scope, now=real_now())
            if act is None:
                return _error(405, "This method is not known here.", Allow=", ".join(acts))
            return act(request, held, **{name: _id(value) for name, value in named.items()})
        except LinkspanError as error:
            return _refusal(error)
        except (DataError, RequestDataTooBig):
            return _error(400, "This cannot be stored.", "invalidValue")

    return view


def _id(told_of: str) -> UUID:
    try:
        return UUID(told_of)
    except ValueError as error:
        raise NotFound("scim_unknown", "There is no such resource.") from error


def _body(request: Request) -> Mapping[str, Any]:
    if len(request.body) > LARGEST:
        raise Unusable("scim_syntax", "The body is too large.")
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Unusable("scim_syntax", "The body is no JSON.") from error
    if not isinstance(found, dict):
        raise Unusable("scim_syntax", "The body is no JSON.")
    return found


def _place(kind: str, held: object = "") -> str:
    return f"{settings.BASE_URL.rstrip('/')}/scim/v2/{kind}{f'/{held}' if held else ''}"


def _meta(kind: str, held: UUID, made_at: datetime, changed_at: datetime) -> dict[str, str]:
    return {
        "resourceType": kind,
        "created": made_at.isoformat(),
        "lastModified": changed_at.isoformat(),
        "location": _place(f"{kind}s", held),
    }


def _user(found: KnownUser) -> dict[str, Any]:
    user = found.user
    name = {"givenName": user.given, "familyName": user.family, "formatted": user.formatted}
    told_of: dict[str, Any] = {
        "externalId": user.external_id,
        "displayName": user.display_name,
        "name": {key: value for key, value in name.items() if value},
        "emails": [{"value": user.email, "type": "work", "primary": True}] if user.email else [],
        "groups": [{"value": str(held), "display": named} for held, named in found.groups],
    }
    return {
        "schemas": [USER],
        "id": str(found.id),
        "userName": user.user_name,
        "active": user.active,
        **{key: value for key, value in told_of.items() if value},
        "meta": _meta("User", found.id, found.made_at, found.changed_at),
    }


def _group(found: KnownGroup) -> dict[str, Any]:
    return {
        "schemas": [GROUP],
        "id": str(found.id),
        "displayName": found.group.display_name,
        **({"externalId": found.group.external_id} if found.group.external_id else {}),
        "members": [{"value": str(held), "display": named} for held, named in found.names],
        "meta": _meta("Group", found.id, found.made_at, found.changed_at),
    }


def _listed(
    request: Request, of: Callable[[int, int], Some[Any]], shown: Callable[[Any], dict[str, Any]]
) -> HttpResponse:
    """A page of many (RFC 7644, section 3.4.2.4): numbers below the least are the least."""
    start, count = max(1, _number(request, "startIndex", 1)), max(0, _number(request, "count", 100))
    found = of(start, min(count, MOST_AT_ONCE))
    rows = [_without(request, shown(one)) for one in found.rows]
    told_of = {"totalResults": found.total, "startIndex": start, "itemsPerPage": len(rows), "Resources": rows}
    return _answer({"schemas": [LIST], **told_of})


def _without(request: Request, told_of: dict[str, Any]) -> dict[str, Any]:
    """Without the attributes that the directory asks to leave out, such as the members of large groups."""
    left = {one.strip().lower() for one in request.GET.get("excludedAttributes", "")[:1_000].split(",")}
    return {name: value for name, value in told_of.items() if name.lower() not in left or name in {"id", "schemas"}}


def _number(request: Request, name: str, usual: int) -> int:
    given = request.GET.get(name, "")
    if not given:
        return usual
    if len(given) > 9 or not given.removeprefix("-").isdecimal() or not given.isascii():
        raise Unusable("scim_value", "The value of {name} cannot be used.", name=name)
    return int(given)


def _asked(request: Request, known: Mapping[str, str]) -> tuple[str, str] | None:
    found = filter_in(request.GET.get("filter", "").replace("\0", ""), known)
    if found and found[0] == "id":
        try:
            UUID(found[1])
        except ValueError:
            return "id", "00000000-0000-0000-0000-000000000000"
    return found


def list_users(request: Request, token: ScimToken) -> HttpResponse:
    """People of the directory."""
    asked = _asked(request, USER_FILTERS)
    return _listed(request, lambda start, count: scim_users(token, asked, start, count), _user)


def add_user(request: Request, token: ScimToken) -> HttpResponse:
    """Enter a person."""
    user = user_in(_body(request))
    made = actions.put_scim_user(token=token, change=lambda _: user, now=request.now)
    return _answer(_user(scim_user(token, made)), 201, Location=_place("Users", made))


def one_user(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """One person."""
    return _answer(_without(request, _user(scim_user(token, held))))


def put_user(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """Change all that is told of a person."""
    user = user_in(_body(request))
    actions.put_scim_user(token=token, user_id=held, change=lambda _: user, now=request.now)
    return one_user(request, token, held)


def patch_user(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """Change some of what is told of a person."""
    body = _body(request)
    actions.put_scim_user(token=token, user_id=held, change=lambda user: patched_user(user, body), now=request.now)
    return one_user(request, token, held)


def remove_user(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """Take a person out."""
    actions.remove_scim_user(token=token, user_id=held, now=request.now)
    return HttpResponse(status=204)


def list_groups(request: Request, token: ScimToken) -> HttpResponse:
    """Groups of the directory."""
    asked = _asked(request, GROUP_FILTERS)
    return _listed(request, lambda start, count: scim_groups(token, asked, start, count), _group)


def add_group(request: Request, token: ScimToken) -> HttpResponse:
    """Enter a group."""
    group = group_in(_body(request))
    made = actions.put_scim_group(token=token, change=lambda _: group, now=request.now)
    return _answer(_group(scim_group(token, made)), 201, Location=_place("Groups", made))


def one_group(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """One group."""
    return _answer(_without(request, _group(scim_group(token, held))))


def put_group(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """Change all that is told of a group."""
    group = group_in(_body(request))
    actions.put_scim_group(token=token, group_id=held, change=lambda _: group, now=request.now)
    return one_group(request, token, held)


def patch_group(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """Change some of what is told of a group."""
    body = _body(request)
    actions.put_scim_group(token=token, group_id=held, change=lambda group: patched_group(group, body), now=request.now)
    return one_group(request, token, held)


def remove_group(request: Request, token: ScimToken, held: UUID) -> HttpResponse:
    """Take a group out."""
    actions.remove_scim_group(token=token, group_id=held, now=request.now)
    return HttpResponse(status=204)


def config(_request: Request, _token: ScimToken) -> HttpResponse:
    """What of the standard is spoken here."""
    return _answer(CONFIG | {"meta": _about("ServiceProviderConfig", _place("ServiceProviderConfig"))})


def types(_request: Request, _token: ScimToken) -> HttpResponse:
    """The two kinds of resources."""
    found = [one | {"meta": _about("ResourceType", _place("ResourceTypes", one["id"]))} for one in RESOURCE_TYPES]
    return _all(found)


def schemas(_request: Request, _token: ScimToken) -> HttpResponse:
    """The attributes that are kept of each."""
    return _all([one | {"meta": _about("Schema", _place("Schemas", one["id"]))} for one in SCHEMAS])


def _about(kind: str, location: str) -> dict[str, str]:
    return {"resourceType": kind, "location": location}


def _all(found: list[dict[str, Any]]) -> HttpResponse:
    told_of = {"totalResults": len(found), "startIndex": 1, "itemsPerPage": len(found), "Resources": found}
    return _answer({"schemas": [LIST], **told_of})


service_provider_config = door(GET=config)
resource_types = door(GET=types)
schema_list = door(GET=schemas)
users = door(GET=list_users, POST=add_user)
user = door(GET=one_user, PUT=put_user, PATCH=patch_user, DELETE=remove_user)
groups = door(GET=list_groups, POST=add_group)
group = door(GET=one_group, PUT=put_group, PATCH=patch_group, DELETE=remove_group)
