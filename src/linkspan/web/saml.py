"""Signing in by an institution that speaks SAML: there and back, its word that somebody left, and what we publish."""

from dataclasses import asdict
from uuid import UUID

from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.sessions import LoginSession
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from linkspan.accounts import actions
from linkspan.accounts.engines import saml
from linkspan.accounts.engines.saml_answers import CLOCK_SKEW, identity_in, leaving_in
from linkspan.accounts.queries import keyed_provider, own_peer
from linkspan.accounts.rules import SignInKind
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotFound
from linkspan.kernel.request import Request
from linkspan.web.connect import failed
from linkspan.web.pages import page_here, post_only
from linkspan.web.universities import SamlProvider, SocialAdapter

METADATA = "application/samlmetadata+xml"


def start(request: Request, provider_id: UUID) -> HttpResponseBase:
    """Lead to the provider's own sign-in page."""
    back = page_here(request, request.GET.get("next", ""), "")
    answer: HttpResponseBase = _provider(request, provider_id).redirect(request, process="login", next_url=back or None)
    return answer


@csrf_exempt
@post_only
def acs(request: Request, provider_id: UUID) -> HttpResponseBase:
    """Take the answer, which another site posts, and judge it; only what holds is kept, for this browser's next step.

    The browser sends no session with a post of another site, so that step is a page of its own.
    """
    provider = _provider(request, provider_id)
    keyed = keyed_provider(provider_id, SignInKind.SAML)
    try:
        found = identity_in(request.POST.get("SAMLResponse", ""), keyed.peer, real_now())
        actions.use_message(provider_id=provider_id, message_id=found.message_id, ends_at=found.ends_at)
    except LinkspanError as error:
        return failed(request, provider, error)
    answer = redirect("saml-finish", provider_id)
    between = _between(request)
    between.store.flush()
    session = asdict(found.session)
    there = {"provider": str(provider_id), "name": found.session.name_id, "index": found.session.index}
    between.store.update(
        {
            "asked": found.asked_id,
            "subject": found.subject,
            "attributes": dict(found.attributes),
            "there": there | {"session": session},
        }
    )
    between.store.set_expiry(CLOCK_SKEW)
    between.save(answer)
    return answer


@require_GET
def finish(request: Request, provider_id: UUID) -> HttpResponseBase:
    """Sign the person in, if this browser began; or have them choose an account."""
    provider = _provider(request, provider_id)
    between = _between(request)
    held = dict(between.store.items())
    between.delete()
    if held.get("there", {}).get("provider") != str(provider_id):
        return failed(request, provider)
    try:
        state = provider.unstash_redirect_state(request, held["asked"])
    except PermissionDenied as error:
        return failed(request, provider, error)
    login = provider.sociallogin_from_response(request, held)
    login.state, login.claims, login.there = state, held["attributes"], held["there"]
    answer: HttpResponseBase = complete_social_login(request, login)
    return answer


@require_GET
def sls(request: Request, provider_id: UUID) -> HttpResponseBase:
    """Take a provider's word that somebody left there, and end their sign-ins by it; or its answer to our own word."""
    keyed, now = keyed_provider(provider_id, SignInKind.SAML), real_now()
    try:
        left = leaving_in(request.META.get("QUERY_STRING", ""), keyed.peer, now)
        if left is None:
            messages.success(request, _("You are signed out of {name} too.").format(name=keyed.terms.name))
            return redirect("catalog-home")
        actions.use_message(provider_id=provider_id, message_id=left.message_id, ends_at=now + 2 * CLOCK_SKEW)
    except LinkspanError as error:
        return failed(request, _provider(request, provider_id), error)
    actions.end_sign_ins_there(provider_id=provider_id, name=left.name_id, indexes=left.indexes, now=request.now)
    return HttpResponseRedirect(left.answer)


@require_GET
def metadata(request: Request, provider_id: UUID) -> HttpResponse:
    """What we publish to this provider: our addresses and certificate."""
    return HttpResponse(saml.own_metadata(own_peer(provider_id)), content_type=METADATA)


def _provider(request: Request, provider_id: UUID) -> SamlProvider:
    try:
        found = SocialAdapter(request).get_provider(request, str(provider_id))
    except SocialApp.DoesNotExist:
        found = None
    if not isinstance(found, SamlProvider):
        raise NotFound("provider_unknown", "Nobody can sign in that way here. Choose another one.")
    return found


def _between(request: Request) -> LoginSession:
    return LoginSession(request, "saml_between", "saml-between")
