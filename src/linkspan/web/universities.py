"""Where allauth, which knows OpenID Connect and SAML, asks Linkspan: which providers there are, who somebody is."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import structlog
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.crypto import get_random_string

from linkspan.accounts.actions import forget_sign_in, note_sign_in
from linkspan.accounts.engines import openid, saml
from linkspan.accounts.queries import Keyed, keyed_provider, offered_providers
from linkspan.accounts.rules import Claim, SignInKind, address_in, name_in
from linkspan.kernel import storage
from linkspan.kernel.clock import domain_now, real_now
from linkspan.kernel.errors import LinkspanError, NotFound, Unusable
from linkspan.kernel.told import told

log = structlog.get_logger(__name__)
#: Where a session keeps who a provider says is there, until an account is connected.
CLAIM = "sign_in_claim"
#: Where a session keeps by which names the provider knows it.
THERE = "sign_in_there"


class OpenID(OpenIDConnectOAuth2Adapter):
    """One sign-in by a provider: asks it, and judges what it answers."""

    def __init__(self, request: HttpRequest, provider_id: str) -> None:
        super().__init__(request, provider_id)
        self.keyed: Keyed = keyed_provider(UUID(provider_id), SignInKind.OPENID)

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider publishes, if it still is the one that was entered."""
        if not hasattr(self, "_published"):
            try:
                self._published = openid.discovered(self.keyed.expected.issuer)
            except Unusable as error:
                raise OAuth2Error(told(error)) from error
        return self._published

    @property
    def basic_auth(self) -> bool:
        """Whether the secret goes into a header: the standard's way where the provider does not list the other one."""
        return "client_secret_post" not in (self.openid_config.get("token_endpoint_auth_methods_supported") or ())

    def get_callback_url(self, _request: HttpRequest, _app: SocialApp) -> str:
        """The public address, whatever stands in front of this server."""
        return openid.way_back(self.keyed.id)

    def get_access_token_data(self, *given: Any, **more: Any) -> dict[str, str]:
        """The two tokens that are used; OAuth2Error if they are not there."""
        answer = super().get_access_token_data(*given, **more)
        told = answer if isinstance(answer, dict) else {}
        found = {name: told[name] for name in ("access_token", "id_token") if isinstance(told.get(name), str)}
        if len(found) < 2:
            raise OAuth2Error("The provider gave no identity.")
        return found

    def complete_login(self, request: HttpRequest, _app: SocialApp, token: Any, **given: Any) -> SocialLogin:
        """Who the provider says is there: an ID token that holds, and what the provider tells of the same person."""
        expected = self.keyed.expected
        with openid.session() as asked:
            keys = asked.get(self.openid_config["jwks_uri"])
            keys.raise_for_status()
        try:
            claims = openid.identity_in(given["response"]["id_token"], keys.json(), expected, real_now())
        except Unusable as error:
            raise OAuth2Error(told(error)) from error
        found = self.get_provider().sociallogin_from_response(request, claims)
        found.claims = claims | self._more(claims["sub"], token.token)
        index = claims.get("sid") if isinstance(claims.get("sid"), str) else ""
        found.there = {"provider": str(self.keyed.id), "name": claims["sub"], "index": index}
        return found

    def _more(self, subject: str, access_token: str) -> dict[str, Any]:
        """What the provider tells besides; of nobody else than the token (OpenID Connect Core 1.0, section 5.3.2)."""
        if "userinfo_endpoint" not in self.openid_config:
            return {}
        more = self._fetch_user_info(access_token)
        if not isinstance(more, dict) or more.get("sub") != subject:
            raise OAuth2Error("The provider told about somebody else.")
        return more


class InstitutionProvider(OpenIDConnectProvider):
    """A provider of an institution, of whose claims nothing but the identifier is kept."""

    oauth2_adapter_class = OpenID
    pkce_enabled_default = True

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The provider's own identifier of the person, which never changes hands; no address is one."""
        return str(data["sub"])

    def extract_extra_data(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Nothing."""
        return {}

    def extract_common_fields(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Nothing: an account is opened by our own action."""
        return {}

    def extract_email_addresses(self, _data: dict[str, Any]) -> list[Any]:
        """None: whether an address counts is for our own rules."""
        return []


class SamlProvider(SAMLProvider):
    """A SAML provider of an institution, of whose attributes nothing but the identifier is kept."""

    def get_login_url(self, _request: HttpRequest, **given: Any) -> str:
        """Our page that leads to the provider's."""
        query = f"?{urlencode(given)}" if given else ""
        return f"{reverse('saml-start', args=[self.app.provider_id])}{query}"

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **given: Any
    ) -> HttpResponse:
        """Lead to the provider's own sign-in page; this browser alone may bring the answer."""
        keyed = keyed_provider(UUID(self.app.provider_id), SignInKind.SAML)
        address, asked = saml.sign_in_address(keyed.peer)
        self.stash_redirect_state(request, process, next_url, data, state_id=asked, **given)
        return HttpResponseRedirect(address)

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The provider's own identifier of the person, which never changes hands."""
        return str(data["subject"])

    def extract_extra_data(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Nothing."""
        return {}

    def extract_common_fields(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Nothing: an account is opened by our own action."""
        return {}

    def extract_email_addresses(self, _data: dict[str, Any]) -> list[Any]:
        """None: whether an address counts is for our own rules."""
        return []


type OneProvider = InstitutionProvider | SamlProvider


class SocialAdapter(DefaultSocialAccountAdapter):
    """Signing in by institutions as Linkspan has it."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The providers of our own table that are enabled; allauth's table stays empty."""
        if provider is None:
            return [_offered(str(one.id), one.name, one.kind) for one in offered_providers()]
        try:
            found = keyed_provider(UUID(provider))
        except (ValueError, NotFound):
            return []
        return [_app(found)] if client_id in {None, found.expected.client_id} else []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> OneProvider:
        """The provider of that id; DoesNotExist if nobody signs in by it."""
        return _provider(request, self.get_app(request, provider, client_id))

    def list_providers(self, request: HttpRequest) -> list[OneProvider]:
        """What the sign-in page offers."""
        return [_provider(request, app) for app in self.list_apps(request)]

    def get_requests_session(self) -> Any:
        """A session under the network policy."""
        return openid.session()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never by allauth's form: accounts are opened and connected by our own page."""
        return False

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Note what was wrong, for operators: who signs in reads that it did not work."""
        log.warning("a sign-in by an institution failed", provider=str(provider), why=str(exception or error)[:500])

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Whom no account is connected with chooses one, or is told why the address cannot be used."""
        if sociallogin.is_existing:
            sociallogin.state[THERE] = sociallogin.there
            return
        keyed = keyed_provider(UUID(sociallogin.account.provider))
        try:
            email = address_in(sociallogin.claims, keyed.terms)
        except LinkspanError as no:
            shown = {"message": told(no), "code": no.code}
            raise ImmediateHttpResponse(render(request, "error.html", shown, status=403)) from no
        name, now, seed = name_in(sociallogin.claims, keyed.terms), domain_now(), get_random_string(32)
        claim = Claim(keyed.id, sociallogin.account.uid, email, name, now, seed)
        back = sociallogin.state.get("next") or ""
        request.session[CLAIM] = {"claim": claim.kept(), "provider": keyed.terms.name, "next": back}
        raise ImmediateHttpResponse(redirect("connect-connect"))


def _provider(request: HttpRequest, app: SocialApp) -> OneProvider:
    return (SamlProvider if app.provider == SAMLProvider.id else InstitutionProvider)(request, app=app)


def _offered(provider_id: str, name: str, kind: SignInKind, **more: Any) -> SocialApp:
    named = SAMLProvider.id if kind is SignInKind.SAML else "openid_connect"
    return SocialApp(provider=named, provider_id=provider_id, name=name, **more)


def _app(found: Keyed) -> SocialApp:
    if found.kind is SignInKind.SAML:
        return _offered(str(found.id), found.terms.name, found.kind)
    given = {"client_id": found.expected.client_id, "secret": found.secret}
    told = {"server_url": found.expected.issuer}
    return _offered(str(found.id), found.terms.name, found.kind, settings=told, **given)


def signed_in_by(request: HttpRequest, user: Any) -> UUID | None:
    """The provider by which a person signed in in this session, or None."""
    records = get_authentication_records(request, user)
    found = [one["provider"] for one in records if one.get("method") == "socialaccount"]
    return UUID(found[-1]) if found else None


def note_session(request: HttpRequest, user: Any, sociallogin: SocialLogin | None, ends_at: datetime) -> None:
    """Note by which names the provider knows this sign-in, so that it can be ended there and from there."""
    there = (sociallogin.state.get(THERE) if sociallogin else None) or {}
    if not there or not request.session.session_key:
        return
    noted = note_sign_in(
        person_id=user.pk,
        provider_id=UUID(there["provider"]),
        name=there["name"],
        index=there["index"],
        session_key=request.session.session_key,
        ends_at=ends_at,
    )
    request.session[THERE] = there | {"sign_in": str(noted)}


def signed_out_here(request: HttpRequest | None, **_given: Any) -> None:
    """Forget what was noted of a sign-in that ends here."""
    there = request.session.get(THERE) if request is not None else None
    if there:
        forget_sign_in(sign_in_id=UUID(there["sign_in"]))


def parting(request: HttpRequest) -> str:
    """What the page after signing out needs to end the sign-in there too: sealed, for ten minutes; or empty."""
    session = (request.session.get(THERE) or {}).get("session")
    if not session:
        return ""
    until = real_now() + timedelta(minutes=10)
    return storage.sealed(json.dumps(session | {"until": until.isoformat()}))


def end_at_provider(provider_id: UUID, parted: str) -> tuple[str, str]:
    """A provider's name, and where its own session is ended, if anywhere.

    By OpenID Connect RP-Initiated Logout 1.0, or by a LogoutRequest of SAML for the session that `parting` sealed.
    """
    found = keyed_provider(provider_id)
    if found.kind is SignInKind.SAML:
        session = _parted(parted)
        return found.terms.name, saml.sign_out_address(found.peer, session) if session else ""
    back = settings.BASE_URL.rstrip("/") + resolve_url(settings.LOGOUT_REDIRECT_URL)
    asked = urlencode({"client_id": found.expected.client_id, "post_logout_redirect_uri": back})
    mark = "&" if "?" in found.ends_sessions_at else "?"
    return found.terms.name, f"{found.ends_sessions_at}{mark}{asked}" if found.ends_sessions_at else ""


def _parted(parted: str) -> saml.Session | None:
    try:
        told = json.loads(storage.opened(parted)) if 0 < len(parted) <= 8_000 else {}
    except (InvalidToken, ValueError):
        return None
    until = told.pop("until", "")
    return saml.Session(**told) if until and datetime.fromisoformat(until) > real_now() else None
