"""OpenID Connect: asking providers under the network policy, and judging the tokens that they give."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http.client import responses
from typing import Any
from uuid import UUID

import requests
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests.adapters import BaseAdapter

from linkspan.accounts.rules.providers import Claim
from linkspan.kernel.errors import Unusable
from linkspan.kernel.outside import leaving, network_policy
from linkspan.vc.errors import VcError
from linkspan.vc.net import ask

SECONDS = 5.0
#: Public keys only: a token signed with the shared secret, or not at all, is refused.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
LARGEST_TOKEN = 100_000
CLOCK_SKEW = 60
#: For how many seconds keys are kept by which anybody's post is judged, and a logout token is remembered at most.
KEYS_SECONDS, LONGEST_LOGOUT = 300, 86_400
#: Letters and digits that nobody takes for another one, and that make no words.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
CODE_LENGTH = 8
#: What a session raises where nobody answers, or not as a provider does.
Silent = requests.RequestException


class _Guarded(BaseAdapter):
    """Sends what `requests` asks under our network policy: https, public addresses, no redirects, bounded."""

    def send(self, request: requests.PreparedRequest, *_given: Any, **_more: Any) -> requests.Response:
        """The answer; ConnectionError if the policy refuses, or nobody answers."""
        leaving()
        body = request.body.encode() if isinstance(request.body, str) else None  # only forms are sent
        headers = {name: str(value) for name, value in request.headers.items()}
        try:
            policy = replace(network_policy(), seconds=SECONDS)
            status, content = ask(str(request.method), str(request.url), policy, headers, body)
        except VcError as error:
            raise requests.ConnectionError(error.message) from error
        answer = requests.Response()
        answer.status_code, answer.reason, answer.url = status, responses.get(status, ""), str(request.url)
        answer.headers["content-type"] = "application/json"
        answer._content = content
        return answer

    def close(self) -> None:
        """Nothing is kept open."""


def session() -> requests.Session:
    """A session that asks others under the network policy alone."""
    made = requests.Session()
    made.trust_env, made.max_redirects = False, 0
    made.adapters.clear()
    made.mount("https://", _Guarded())
    return made


def way_back(provider_id: UUID) -> str:
    """The address to which a provider leads people back; it is entered there."""
    return settings.BASE_URL.rstrip("/") + reverse("openid_connect_callback", args=[provider_id])


def discovered(issuer: str) -> dict[str, Any]:
    """What a provider publishes, its endpoints above all (OpenID Connect Discovery 1.0).

    Unusable: `provider_silent` if it does not answer, `provider_unusable` if it is another one or publishes too little.
    """
    place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        with session() as asked:
            answer = asked.get(place)
        answer.raise_for_status()
        told = answer.json()
    except Silent as error:
        raise Unusable("provider_silent", "{place} could not be read: {error}", place=place, error=error) from error
    found: dict[str, Any] = told if isinstance(told, dict) else {}
    if found.get("issuer") != issuer:
        said = str(found.get("issuer", ""))[:200]
        raise Unusable(
            "provider_unusable", "The provider calls itself “{said}”. Enter that address as its issuer.", said=said
        )
    missing = [name for name in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not _is_https(found, name)]
    if missing:
        raise Unusable("provider_unusable", "The provider publishes no https {missing}.", missing=", ".join(missing))
    return found


def _is_https(found: Mapping[str, Any], name: str) -> bool:
    return str(found.get(name, "")).startswith("https://")


@dataclass(frozen=True, slots=True)
class Expected:
    """Who has to have made a token, and for whom."""

    issuer: str
    client_id: str


def identity_in(token: object, keys: Any, expected: Expected, now: datetime) -> dict[str, Any]:
    """The claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7); Unusable (`token_refused`) says why not."""
    claims, named = _claims_in(token, keys, expected, now)
    if len(named) > 1 and claims.get("azp") != expected.client_id:
        raise _refused(why="it is for another application")
    if not _is_name(claims.get("sub")) or "events" in claims:
        raise _refused(why="it names nobody")
    return claims


_refused = partial(Unusable, "token_refused", "The provider's answer is not usable: {why}.")
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Left:
    """Who left at the provider, by name, session or both; `message_id` is used once, until `ends_at`."""

    name: str
    index: str
    message_id: str
    ends_at: datetime


def left_in(token: object, keys: Any, expected: Expected, now: datetime) -> Left:
    """Who a logout token says has left (OpenID Connect Back-Channel Logout 1.0, section 2.6); Unusable says why not."""
    claims, _ = _claims_in(token, keys, expected, now)
    name, index = claims.get("sub", ""), claims.get("sid", "")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict) or "nonce" in claims:
        raise _refused(why="it is no logout token")
    if not _is_name(claims.get("jti")) or not all(one == "" or _is_name(one) for one in (name, index)):
        raise _refused(why="it names nobody")
    if not name and not index:
        raise _refused(why="it names nobody")
    ends_at = min(float(claims["exp"]), now.timestamp() + LONGEST_LOGOUT) + 2 * CLOCK_SKEW
    return Left(name, index, claims["jti"], datetime.fromtimestamp(ends_at, UTC))


def _claims_in(token: object, keys: Any, expected: Expected, now: datetime) -> tuple[dict[str, Any], list[Any]]:
    """The claims of a token that the provider signed for us and whose time is not over, and for whom it is."""
    if not isinstance(token, str) or not 0 < len(token) <= LARGEST_TOKEN:
        raise _refused(why="there is no identity in it")
    try:
        claims = dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _refused(why="its signature does not hold") from error
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != expected.issuer:
        raise _refused(why="another provider made it")
    if expected.client_id not in named:
        raise _refused(why="it is for another application")
    if not _is_current(claims, now):
        raise _refused(why="its time is over")
    return claims, named


def _is_name(told: object) -> bool:
    return isinstance(told, str) and 0 < len(told) <= 190


def keys_of(issuer: str) -> Any:
    """The keys of a provider, asked at most once in five minutes: anybody may post what has to be judged by them.

    Unusable (`provider_silent`) where nobody answered just now.
    """
    held = f"openid_keys.{hashlib.sha256(issuer.encode()).hexdigest()}"
    found = cache.get(held)
    if found is None:
        cache.set(held, "", KEYS_SECONDS // 10)  # nobody else asks meanwhile, nor soon again if nobody answers
        place = discovered(issuer)["jwks_uri"]
        try:
            with session() as asked:
                answer = asked.get(place)
            answer.raise_for_status()
            found = answer.json()
        except Silent as error:
            raise Unusable("provider_silent", "{place} could not be read: {error}", place=place, error=error) from error
        cache.set(held, found, KEYS_SECONDS)
    if not found:
        raise Unusable("provider_silent", "{place} could not be read: {error}", place=issuer, error="asked just now")
    return found


def way_out(provider_id: UUID) -> str:
    """The address to which a provider says that somebody left there; it is entered there."""
    return settings.BASE_URL.rstrip("/") + reverse("backchannel-backchannel", args=[provider_id])


def _is_current(claims: Mapping[str, Any], now: datetime) -> bool:
    made, ends, at = _seconds(claims, "iat"), _seconds(claims, "exp"), now.timestamp()
    return made is not None and ends is not None and made - CLOCK_SKEW <= at < ends + CLOCK_SKEW


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    told = claims.get(name)
    return told if isinstance(told, int | float) and not isinstance(told, bool) else None


def code_of(claim: Claim) -> str:
    """The code that is mailed to the address of a claim; another claim, another code."""
    told = "\n".join(claim.kept().values())
    digest = salted_hmac("linkspan.accounts.connect", told, algorithm="sha256").digest()
    return "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in digest[:CODE_LENGTH])


def is_code(claim: Claim, code: str) -> bool:
    """Whether that is the code of the claim, however it is spaced and in which case."""
    return constant_time_compare("".join(code.split()).replace("-", "").upper(), code_of(claim))
