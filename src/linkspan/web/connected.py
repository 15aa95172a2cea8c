"""Applications of others: a person is asked whether to let one in, sees those that are in, and ends them."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import OPTIONAL, Asked, PartnerScope, SentBack
from linkspan.institutions.queries import institution
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, identifier, signed_in, text, texts

type View = Callable[..., HttpResponseBase]

LONGEST_QUERY = 5_000


class Answer(StrEnum):
    """What a person answers."""

    ALLOW = "allow"
    REFUSE = "refuse"


def _unseen(view: View) -> View:
    """A partner that asks whether somebody is signed in, without a page (`prompt=none`), is answered without one."""

    @wraps(view)
    def answered(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and request.actor.person_id is None and request.GET.get("prompt") == "none":
            asked = queries.what_is_asked(_address(request, None), real_now())
            if isinstance(asked, SentBack):
                return _back(asked)
        return view(request, *args, **kwargs)

    return answered


@_unseen
@signed_in
@acts(Answer)
def authorise(request: Request, do: Answer | None = None) -> HttpResponseBase:
    """Ask whether an application is let in; the answer leads back to it."""
    address = _address(request, do)
    if do is not None:
        told: dict[str, Any] = {"actor": request.actor, "address": address, "at": real_now()}
        if do is Answer.ALLOW:
            return _let_in(request, address)
        return _back(actions.keep_application_out(**told))
    asked = queries.what_is_asked(address, real_now())
    if isinstance(asked, SentBack):
        return _back(asked)
    if _too_long_ago(request, asked):
        return _anew(address)
    me = queries.person(request.actor, request.actor.own_id)
    values = {PartnerScope.PROFILE: me.name, PartnerScope.EMAIL: me.email}
    shown = {
        "asked": asked,
        "query": urlsplit(address).query,
        "me": me,
        "school": institution(asked.institution).name if asked.institution else "",
        "optional": [(scope, values[scope]) for scope in OPTIONAL if scope in asked.scopes],
    }
    return _leading_to(asked.host, request, shown)


def _let_in(request: Request, address: str) -> HttpResponseBase:
    asked = queries.what_is_asked(address, real_now())
    if not isinstance(asked, SentBack) and _too_long_ago(request, asked):
        return _anew(address)
    told = texts(request, "told", 5)
    return _back(
        actions.let_application_in(
            actor=request.actor,
            address=address,
            at=real_now(),
            now=request.now,
            without=[scope for scope in OPTIONAL if scope not in told],
            signed_in_at=_signed_in_at(request),
        )
    )


def _signed_in_at(request: Request) -> int:
    """When the person last showed here who they are, in seconds since 1970; 0 if it is not known."""
    ways = request.session.get("account_authentication_methods", [])
    return max((int(way["at"]) for way in ways if "at" in way), default=0)


def _too_long_ago(request: Request, asked: Asked) -> bool:
    return asked.fresh is not None and real_now().timestamp() - _signed_in_at(request) > asked.fresh


def _anew(address: str) -> HttpResponse:
    """Have the person show once more who they are, and come back."""
    parts = urlsplit(address)
    query = urlencode({"next": f"{reverse('connected-authorise')}?{parts.query}"})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{query}")


def _address(request: Request, do: Answer | None) -> str:
    """The address that was asked, with what the application asked in it; nothing that comes later is believed."""
    query = request.META.get("QUERY_STRING", "") if do is None else text(request, "query", LONGEST_QUERY)
    if len(query) > LONGEST_QUERY:
        raise Unusable("authorisation_too_long", "What the application asks is too long. Go back to it.")
    return f"{settings.BASE_URL}{request.path}?{query}"


def _leading_to(host: str, request: Request, shown: dict[str, Any]) -> HttpResponseBase:
    """The page, whose form may lead to that host and no other: browsers hold a form to it after a redirect too."""

    @csp_update({"form-action": [f"https://{host}"]})
    def page(request: HttpRequest) -> HttpResponseBase:
        return render(request, "authorise.html", shown)

    return page(request)


def _back(sent: SentBack) -> HttpResponse:
    answer = HttpResponseRedirect(sent.location)
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """The applications that are let in; a post ends one at once."""
    if request.method == "POST":
        held = identifier(
            text(request, "connection", 40), NotFound("connection_unknown", "You let in no such application.")
        )
        actions.disconnect_application(actor=request.actor, connection_id=held, at=real_now(), now=request.now)
        return done(request, _("The application is let in no more."), "connected-mine")
    return render(
        request, "applications_in.html", {"rows": queries.let_in_by(request.actor), "base": settings.BASE_URL}
    )
