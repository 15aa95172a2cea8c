"""Open Badges 3.0 and CLR 2.0 over REST, for hosts and wallets (Open Badges 3.0, 6 and 7; CLR 2.0, 4 and 5).

Applications register themselves (RFC 7591), a person lets them in on a page (OAuth 2.0 with PKCE), and they read and
put in what that person holds. It is no part of the OpenAPI document: shapes and errors are those of the standards.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from linkspan.accounts.queries import admitted_by_token
from linkspan.accounts.rules import AccessScope
from linkspan.api.applications import json_object, places
from linkspan.api.openbadges_service import described
from linkspan.credentials import actions, queries
from linkspan.credentials.rules import FURTHEST, LARGEST_KEPT, LARGEST_PROFILE, MOST_AT_ONCE, Family
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted
from linkspan.kernel.request import Request
from linkspan.kernel.told import told
from linkspan.vc.instants import utc_moment

#: The words of the standards for what is wrong (`imsx_codeMinorFieldValue`), by status.
MINOR = {
    400: "invalid_data",
    401: "unauthorizedrequest",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    413: "invalid_data",
    429: "server_busy",
}


@dataclass(frozen=True, slots=True)
class Standard:
    """One of the two interfaces: its place, the family of credentials that it carries, and its scopes."""

    place: str
    family: Family
    reads: AccessScope
    writes: AccessScope
    reads_profile: AccessScope
    writes_profile: AccessScope


BADGES = Standard(
    "ob/v3p0",
    Family.BADGES,
    AccessScope.BADGES_READ,
    AccessScope.BADGES_WRITE,
    AccessScope.PROFILE_READ,
    AccessScope.PROFILE_WRITE,
)
RECORDS = Standard(
    "clr/v2p0",
    Family.RECORDS,
    AccessScope.RECORDS_READ,
    AccessScope.RECORDS_WRITE,
    AccessScope.RECORD_PROFILE_READ,
    AccessScope.RECORD_PROFILE_WRITE,
)
type Act = Callable[[Request, "Caller"], HttpResponse]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who let the application in, for what, and the application's name."""

    actor: Actor
    scopes: frozenset[str]
    application: str
    standard: Standard


class Refusal(Exception):
    """An answer of the standards: a status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


def status_info(status: int, words: str) -> HttpResponse:
    """An error in the form of the standards (`Imsx_StatusInfo`)."""
    minor = MINOR.get(status, "internal_server_error")
    fields = [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}]
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": words,
        "imsx_CodeMinor": {"imsx_codeMinorField": fields},
    }
    answer = JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="linkspan", error="invalid_token"'
    if status == 429:
        answer["Retry-After"] = "60"
    return answer


def door(standard: Standard, **acts: Act) -> Callable[..., HttpResponse]:
    """A view that does by each method what is named for it, for an application that was let in for that."""

    @csrf_exempt
    def view(request: Request) -> HttpResponse:
        try:
            if str(request.method) not in acts:
                refused = status_info(405, "This method is not known here.")
                refused["Allow"] = ", ".join(acts)
                return refused
            act = acts[str(request.method)]
            return act(request, _caller(request, standard, NEEDS[act](standard)))
        except Refusal as no:
            return status_info(no.status, no.words)
        except NotFound as error:
            return status_info(404, told(error))
        except NotPermitted as error:
            return status_info(403, told(error))
        except LinkspanError as error:
            return status_info(400, told(error))
        except (DataError, RequestDataTooBig):
            return status_info(400, "This cannot be stored: it is too large, or holds a null character.")

    return view


def _caller(request: Request, standard: Standard, needed: AccessScope) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = admitted_by_token(token.strip()) if scheme.lower() == "bearer" and 0 < len(token) <= 200 else None
    if found is None:
        raise Refusal(
            401, "The access token is missing, unknown or too old, or the holder let the application in no more."
        )
    actor, scopes, application = found
    if needed not in scopes:
        raise Refusal(403, f"This needs the scope {needed}.")
    if not ratelimit.consume(request, action="application_put", key=str(actor.own_id)):  # a GET is free of it
        raise Refusal(429, "Too much was put in for this holder. Try again in a minute.")
    request.actor = actor
    return Caller(actor, scopes, application, standard)


def _body(request: Request, largest: int) -> bytes:
    if len(request.body) > largest:
        raise Refusal(400, f"The body is larger than {largest} bytes.")
    return bytes(request.body)


def get_credentials(request: Request, caller: Caller) -> HttpResponse:
    """What the holder has, in parts, with the total and links to the other parts."""
    limit = _number(request, "limit", MOST_AT_ONCE, 1, MOST_AT_ONCE)
    offset = _number(request, "offset", 0, 0, FURTHEST)
    since = _since(request)
    part = queries.given_credentials(caller.actor, caller.standard.family, since, offset, limit)
    # Joined, not written anew: each stands as it came, to the byte.
    body = f'{{"credential":[{",".join(part.documents)}],"compactJwsString":{json.dumps(part.tokens)}}}'
    answer = HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})
    answer["X-Total-Count"] = str(part.total)
    answer["Link"] = _links(request, caller.standard, limit, offset, part.total)
    return answer


def _number(request: Request, name: str, otherwise: int, least: int, most: int) -> int:
    given = request.GET.getlist(name)
    if not given:
        return otherwise
    one = given[0]
    if len(given) > 1 or not one.isascii() or not one.isdigit() or len(one) > 9 or int(one) < least:
        raise Refusal(400, f"{name} is a number from {least} on, given once.")
    return min(int(one), most)


def _since(request: Request) -> datetime | None:
    given = request.GET.getlist("since")
    if not given:
        return None
    found = utc_moment(given[0].replace(" ", "+")) if len(given) == 1 else None
    if found is None:
        raise Refusal(400, "since is a dateTime with a zone, given once.")
    return found


def _links(request: Request, standard: Standard, limit: int, offset: int, total: int) -> str:
    last = max(0, (total - 1) // limit * limit)
    places = {"first": 0, "last": last}
    if offset:
        places["prev"] = max(0, offset - limit)
    if offset + limit < total:
        places["next"] = offset + limit
    since = {"since": request.GET["since"]} if "since" in request.GET else {}
    here = f"{base_of(standard)}/credentials"
    told_of = {name: urlencode({"limit": limit, "offset": at, **since}) for name, at in places.items()}
    return ", ".join(f'<{here}?{query}>; rel="{name}"' for name, query in told_of.items())


def upsert_credential(request: Request, caller: Caller) -> HttpResponse:
    """Keep a credential: 201 if it is new, 200 if it, or a newer one, was here; what stands is the answer."""
    put = actions.keep_credential(
        actor=caller.actor,
        content=_body(request, LARGEST_KEPT),
        family=caller.standard.family,
        source=caller.application,
        now=max(real_now(), request.now),
    )
    kind = "text/plain; charset=utf-8" if put.is_token else "application/json"
    return HttpResponse(
        put.content, content_type=kind, status=201 if put.is_new else 200, headers={"Cache-Control": "no-store"}
    )


def get_profile(_request: Request, caller: Caller) -> HttpResponse:
    """The holder's profile."""
    return JsonResponse(queries.host_profile(caller.actor), headers={"Cache-Control": "no-store"})


def put_profile(request: Request, caller: Caller) -> HttpResponse:
    """Put in the holder's profile whole; the answer is how it stands then."""
    body = json_object(_body(request, LARGEST_PROFILE))
    found = actions.put_host_profile(actor=caller.actor, told=body, now=max(real_now(), request.now))
    return JsonResponse(found, headers={"Cache-Control": "no-store"})


def base_of(standard: Standard) -> str:
    """Where an interface stands."""
    return f"{settings.BASE_URL}/ims/{standard.place}"


def _discovery(standard: Standard) -> Callable[[Request], HttpResponse]:
    def discovery(request: Request) -> HttpResponse:
        """What this server offers, as an OpenAPI document (section 6.1), for anybody."""
        if request.method not in ("GET", "HEAD"):
            return status_info(405, "This method is not known here.")
        scopes = (standard.reads, standard.writes, standard.reads_profile, standard.writes_profile, AccessScope.OFFLINE)
        answer = JsonResponse(described(standard.place, standard.family, base_of(standard), scopes, places()))
        answer["Cache-Control"] = "public, max-age=300"
        answer["Access-Control-Allow-Origin"] = "*"
        return answer

    return discovery


#: The scope that each act needs, of the standard by which it is asked.
NEEDS: Mapping[Act, Callable[[Standard], AccessScope]] = {
    get_credentials: lambda standard: standard.reads,
    upsert_credential: lambda standard: standard.writes,
    get_profile: lambda standard: standard.reads_profile,
    put_profile: lambda standard: standard.writes_profile,
}
badge_discovery, record_discovery = _discovery(BADGES), _discovery(RECORDS)
badge_credentials = door(BADGES, GET=get_credentials, POST=upsert_credential)
badge_profile = door(BADGES, GET=get_profile, PUT=put_profile)
record_credentials = door(RECORDS, GET=get_credentials, POST=upsert_credential)
record_profile = door(RECORDS, GET=get_profile, PUT=put_profile)
