"""Signing in by an institution: there and back, and connecting an account the first time."""

from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.engines.openid import Silent, code_of
from linkspan.accounts.queries import connections_of, is_confirmed, keyed_provider
from linkspan.accounts.rules import Claim, check_age
from linkspan.kernel.errors import LinkspanError, NotFound, Refused
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.messages.actions import post_mail
from linkspan.messages.rules import Mail
from linkspan.web.pages import acts, done, page_here, signed_in, text
from linkspan.web.universities import CLAIM, OpenID, SocialAdapter, end_at_provider

MOST_MAILS, MOST_TRIES = 3, 5


class ConnectAct(StrEnum):
    """How somebody shows that an account is theirs."""

    OWN = "own"
    MAIL = "mail"
    CODE = "code"


class ConnectionAct(StrEnum):
    """What a person does with a sign-in of an institution."""

    END = "end"


def start(request: Request, provider_id: UUID) -> HttpResponseBase:
    """Lead to the provider's own sign-in page."""
    back = page_here(request, request.GET.get("next", ""), "")
    openid = OpenID(request, str(provider_id))
    provider = openid.get_provider()
    try:
        answer: HttpResponseBase = provider.redirect(request, process="login", next_url=back or None)
    except (Silent, OAuth2Error) as error:
        return failed(request, provider, error)
    return answer


def callback(request: Request, provider_id: UUID) -> HttpResponseBase:
    """Take what the provider answers: sign the person in, or have them choose an account."""
    openid = OpenID(request, str(provider_id))
    try:
        answer: HttpResponseBase = OAuth2CallbackView.adapter_view(openid)(request)
    except (Silent, OAuth2Error, ValueError, TypeError, KeyError, AttributeError) as error:  # of another shape too
        return failed(request, openid.get_provider(), error)
    return answer


def failed(request: Request, provider: Any, error: Exception | None = None) -> HttpResponseBase:
    """The page that says that it did not work; why goes to the log."""
    answer: HttpResponseBase = render_authentication_error(request, provider, exception=error)
    return answer


@acts(ConnectAct)
def connect(request: Request, do: ConnectAct | None = None) -> HttpResponse:
    """Show who the provider says is there; the person connects the account that is theirs, or has one opened."""
    held = request.session.get(CLAIM)
    if held is None:
        return done(request, _("Begin the sign-in again."), "account_login")
    claim = Claim.read(held["claim"])
    told = {"claim": claim, "provider": held["provider"], "mailed": held.get("mails", 0), "again": _here(request)}
    if request.actor.person_id is not None:
        told["mine"] = is_confirmed(request.actor.person_id, claim.email)
        told["me"] = queries.person(request.actor, request.actor.person_id).email
    if do is None:
        return render(request, "connect.html", told)
    try:
        check_age(claim, request.now)
        if do is ConnectAct.MAIL:
            _mail(request, held, claim)
            return redirect("connect-connect")
        _connect(request, held, claim, do)
    except LinkspanError as error:
        return render(request, "connect.html", told | {"error": in_words(error)}, status=error.status)
    del request.session[CLAIM]
    messages.success(request, _("{name} is connected with your account.").format(name=held["provider"]))
    if do is ConnectAct.OWN:
        return redirect("connect-connections")
    return redirect(_onward(reverse("connect-connected", args=[claim.provider_id]), held["next"]))


def connected(request: Request, provider_id: UUID) -> HttpResponse:
    """After connecting by a code: a link to sign in by it, since our forms may not lead to another site."""
    keyed_provider(provider_id)
    start = SocialAdapter(request).get_provider(request, str(provider_id)).get_login_url(request)
    told = {"onward": _onward(start, page_here(request, request.GET.get("next", ""), ""))}
    return render(request, "connected.html", told)


def _connect(request: Request, held: dict[str, Any], claim: Claim, do: ConnectAct) -> None:
    if do is ConnectAct.OWN:
        actions.connect_own(actor=request.actor, claim=claim, now=request.now)
        return
    _count(request, held, "tries", MOST_TRIES)
    actions.connect_by_code(claim=claim, code=text(request, "code", 40), now=request.now)


def _mail(request: Request, held: dict[str, Any], claim: Claim) -> None:
    _count(request, held, "mails", MOST_MAILS)
    subject = _("Your code for signing in by {name}").format(name=held["provider"])
    words = _(
        "Somebody signs in at Linkspan by {name} and says that this address is theirs. If that is you, enter this code:"
    ).format(name=held["provider"])
    warning = _("If it is not you, do nothing. Give the code to nobody.")
    body = f"{words}\n\n{code_of(claim)}\n\n{warning}\n"
    post_mail(message=Mail(claim.email, subject, body), now=request.now)


def _count(request: Request, held: dict[str, Any], name: str, most: int) -> None:
    held[name] = held.get(name, 0) + 1
    if held[name] > most:
        raise Refused("tried_too_often", "That was tried too often. Begin the sign-in again.")
    request.session[CLAIM] = held


def _here(request: Request) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': request.path})}"


def _onward(page: str, back: str) -> str:
    return f"{page}?{urlencode({'next': back})}" if back else page


@signed_in
@acts(ConnectionAct)
def connections(request: Request, do: ConnectionAct | None = None) -> HttpResponse:
    """The institutions by which I sign in; a post disconnects one."""
    if do is ConnectionAct.END:
        given = text(request, "connection", 18)
        if not given.isascii() or not given.isdigit():
            raise NotFound("connection_unknown", "Your account is not connected with that.")
        actions.disconnect(actor=request.actor, connection_id=int(given), now=request.now)
        return done(request, _("Disconnected. All sign-ins and tokens have ended: sign in again."), "account_login")
    found = SocialAdapter(request).list_providers(request)
    offered = [(one.name, one.get_login_url(request)) for one in found]
    told = {"connections": connections_of(request.actor), "offered": offered}
    return render(request, "connections.html", told)


def signed_out(request: Request, provider_id: UUID) -> HttpResponse:
    """After signing out here: the provider's own session goes on, and is ended there."""
    try:
        name, ends_at = end_at_provider(provider_id, request.GET.get("session", ""))
    except NotFound:
        return redirect("catalog-home")
    return render(request, "signed_out.html", {"name": name, "ends_at": ends_at})
