"""Where allauth, which signs people in, asks Linkspan."""

from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from linkspan.accounts.actions import end_sign_ins
from linkspan.accounts.queries import FACTORS, entering
from linkspan.institutions.queries import institution_names
from linkspan.kernel.clock import domain_now, real_now
from linkspan.messages.actions import post_mail
from linkspan.messages.rules import Mail
from linkspan.web.pages import page_here
from linkspan.web.universities import note_session, parting, signed_in_by


class Here(NamedTuple):
    """This site as its mails name it."""

    name: str
    domain: str


def here() -> str:
    """The name of the institution whose site this is, else Linkspan's."""
    return institution_names().get(settings.INSTITUTION, "Linkspan") if settings.INSTITUTION else "Linkspan"


class AccountAdapter(DefaultAccountAdapter):
    """Signing in as Linkspan has it."""

    def is_safe_url(self, url: str) -> bool:
        """Whether somebody may be led there after signing in: a page of this site that can be opened."""
        return bool(url) and bool(page_here(self.request, url, ""))

    def post_login(self, request: HttpRequest, user: Any, **given: Any) -> HttpResponse:
        """Have a sign-in by an institution end after some hours: its leavers cannot renew it."""
        answer: HttpResponse = super().post_login(request, user, **given)
        if signed_in_by(request, user):
            ends_at = real_now() + timedelta(hours=settings.INSTITUTION_SIGN_IN_HOURS)
            request.session.set_expiry(ends_at)
            note_session(request, user, (given.get("signal_kwargs") or {}).get("sociallogin"), ends_at)
        return answer

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where signing in leads: whose roles wait for a second factor is told how to set it up."""
        waits = isinstance(request.user, AbstractBaseUser) and bool(entering(request.user).waiting)
        return reverse("accounts-second_factor") if waits else str(super().get_login_redirect_url(request))

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Where signing out leads: who came by an institution is still signed in there, and is told so."""
        by = signed_in_by(request, request.user)
        if by is None:
            return str(super().get_logout_redirect_url(request))
        parted = parting(request)
        return reverse("connect-signed_out", args=[by]) + (f"?{urlencode({'session': parted})}" if parted else "")

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Keep the name that was given at sign-up, and the language in which the page was read."""
        user.name = form.cleaned_data.get("name", "")
        user.locale = get_language() or ""
        return super().save_user(request, user, form, commit)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have it delivered like any other mail: a mail server that refuses stops nobody from signing up."""
        named = Here(here(), get_current_site(self.request).domain)
        site = {"request": self.request, "email": email, "current_site": named}
        message = self.render_mail(template_prefix, email, site | context)
        post_mail(message=Mail(email, message.subject, message.body), now=domain_now())


class FactorAdapter(DefaultMFAAdapter):
    """Second factors under the name by which mails and pages know this site."""

    def get_totp_issuer(self) -> str:
        """What an authenticator app writes over its code."""
        return here()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """For whom a browser says that it keeps a passkey."""
        return {**super().get_public_key_credential_rp_entity(), "name": here()}


def second_factor_added(request: Any, user: Any, authenticator: Authenticator, **_given: Any) -> None:
    """End the person's other sign-ins and tokens: they were made without the factor that now opens roles."""
    if authenticator.type in FACTORS:
        end_sign_ins(actor=request.actor, now=request.now)
        user.refresh_from_db()
        update_session_auth_hash(request, user)
