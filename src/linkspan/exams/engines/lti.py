"""LTI Proctoring Services as an assessment platform: messages signed by us, messages of a tool judged.

Only a tool's keys are asked for over the network, under its policy, and never inside of a transaction.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from linkspan.exams.engines.service_client import Account
from linkspan.exams.rules import Offering, ServiceRefuses, ServiceSilent
from linkspan.exams.rules.lti import LTI, VERSION, Message
from linkspan.kernel.errors import Unusable
from linkspan.kernel.outside import leaving, network_policy
from linkspan.kernel.public import public_base
from linkspan.vc import jose
from linkspan.vc.errors import VcError
from linkspan.vc.net import fetch

LONGEST_JWT = 20_000
TOKEN_LASTS, CLOCK_SKEW = timedelta(minutes=5), timedelta(seconds=60)
#: A tool's message may live so long.
LONGEST_LIFE = timedelta(hours=1)
KEYS_SECONDS, AGAIN_SECONDS = 300, 20
MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class Word:
    """A tool's message that holds: its claims, and the nonce or id by which it is known again."""

    claims: Mapping[str, Any]
    once: str
    ends_at: datetime


class LtiTool:
    """A tool behind the same interface as services of edx-proctoring's contract.

    Its browser messages say all, so it is told nothing by us: what is told is only kept. It has no call to delete.
    """

    deletes = False

    def __init__(self, account: Account, language: str = "en") -> None:
        self._account = account

    def config(self) -> Offering:
        """What it offers, once its keys can be read."""
        keys_of(self._account.jwks_url, fresh=True)
        return Offering()

    def put_exam(self, exam: Mapping[str, Any], external_id: str = "") -> str:
        """An exam's id in resource links."""
        return external_id or f"r{hashlib.sha256(str(exam['content_id']).encode()).hexdigest()[:30]}"

    def register(self, exam_id: str, attempt: Mapping[str, Any]) -> tuple[str, str]:
        """An attempt's id, which the launch carries to it."""
        return uuid4().hex, "created"

    def attempt(self, exam_id: str, attempt_id: str) -> Mapping[str, Any]:
        """Nothing: the tool says by its pages what a learner does first."""
        return {}

    def tell(self, exam_id: str, attempt_id: str, status: str) -> None:
        """Nothing is sent."""

    def delete(self, exam_id: str, attempt_id: str) -> None:
        """Nothing can be sent: the institution agrees with the tool on deletion."""

    def retire(self, user_id: str) -> bool:
        """Nothing can be sent."""
        return False

    def onboarding(self, course_id: str, user_id: str) -> tuple[str, str]:
        """The specification knows no setting up."""
        return "", ""


def new_key() -> str:
    """A private key for messages to one tool, as JSON."""
    return json.dumps(RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True).as_dict(private=True))


def public_part(secret: str) -> dict[str, Any]:
    """What is published of it."""
    key = RSAKey.import_key(json.loads(secret))
    return dict(key.as_dict(private=False))


def signed(secret: str, claims: Mapping[str, Any], now: datetime) -> str:
    """A message of ours, good for five minutes."""
    key = RSAKey.import_key(json.loads(secret))
    made = int(now.timestamp())
    told = {"iss": public_base(), "iat": made, "exp": made + int(TOKEN_LASTS.total_seconds()), **claims}
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": str(key.kid)}, told, key)


def judged(token: str, account: Account, audience: frozenset[str], now: datetime) -> Word:
    """The message of a tool: signed by a key that it publishes, RS256 alone, for us, now. Unusable otherwise."""
    if not 0 < len(token) <= LONGEST_JWT:
        raise _refused()
    try:
        claims = _decoded(token, keys_of(account.jwks_url))
    except JoseError:
        # It may have changed its keys; they are asked for again, but not for everybody who sends something.
        try:
            claims = _decoded(token, keys_of(account.jwks_url, fresh=True))
        except (JoseError, ServiceRefuses) as error:
            raise _refused() from error
    named = claims.get("aud")
    if claims.get("iss") != account.client_id or not audience & set(named if isinstance(named, list) else [named]):
        raise _refused()
    made, ends = (claims.get(name) for name in ("iat", "exp"))
    if any(isinstance(one, bool) or not isinstance(one, int | float) or not 0 < one < 10**11 for one in (made, ends)):
        raise _refused()
    begins, ending = (datetime.fromtimestamp(float(str(one)), UTC) for one in (made, ends))
    if not begins - CLOCK_SKEW <= now < ending + CLOCK_SKEW or ending - begins > LONGEST_LIFE:
        raise _refused()
    once = claims.get("nonce") or claims.get("jti")
    if not isinstance(once, str) or not 0 < len(once) <= 500:
        raise _refused()
    return Word(claims, hashlib.sha256(once.encode(errors="replace")).hexdigest(), ending + CLOCK_SKEW)


def unjudged(token: str) -> Mapping[str, Any]:
    """What a message claims before anybody judged it: whose keys are to judge it, and no more. Empty if it is none."""
    try:
        return jose.read(token)[1] if len(token) <= LONGEST_JWT else {}
    except VcError:
        return {}


def check_message(claims: Mapping[str, Any], message: Message, deployment: str) -> None:
    """Unusable for another message than that one, of another version or deployment."""
    told = [claims.get(f"{LTI}{name}") for name in ("message_type", "version", "deployment_id")]
    if told != [message.value, VERSION, deployment]:
        raise _refused()


def session_data(launch: UUID) -> str:
    """What a launch carries to the tool and back: nobody makes it up, and it is kept nowhere."""
    mac = salted_hmac("linkspan.exams.lti", launch.hex, algorithm="sha256").hexdigest()
    return f"{launch.hex}.{mac}"


def launch_in(told: object) -> UUID | None:
    """The launch that session data is of; None if it is none of ours."""
    text = told if isinstance(told, str) and len(told) <= 200 else ""
    try:
        found = UUID(text.partition(".")[0])
    except ValueError:
        return None
    return found if constant_time_compare(text, session_data(found)) else None


def keys_of(url: str, *, fresh: bool = False) -> Any:
    """A tool's public keys, asked at most once in twenty seconds, kept five minutes. Silent or refusing otherwise."""
    place = f"lti_keys.{hashlib.sha256(url.encode()).hexdigest()}"
    held = cache.get(place)
    if held is not None and (not fresh or cache.get(f"{place}.asked")):
        return held
    if cache.get(f"{place}.asked"):
        raise ServiceSilent("service_silent", "{url} could not be read: {why}", url=url, why="asked just now")
    cache.set(f"{place}.asked", "1", AGAIN_SECONDS)
    leaving()
    try:
        told = json.loads(fetch(url, network_policy()))
    except VcError as error:
        raise ServiceSilent("service_silent", "{url} could not be read: {why}", url=url, why=str(error)) from error
    except (ValueError, RecursionError):
        told = None
    keys = told.get("keys") if isinstance(told, dict) else None
    usable = [one for one in keys if _is_rsa(one)] if isinstance(keys, list) and len(keys) <= MOST_KEYS else []
    if not usable:
        raise ServiceRefuses("service_unusable_answer", "The service answered with nothing that can be used.")
    found = {"keys": usable}
    cache.set(place, found, KEYS_SECONDS)
    return found


def _is_rsa(key: object) -> bool:
    if not isinstance(key, dict) or key.get("kty") != "RSA" or "d" in key or not isinstance(key.get("kid"), str):
        return False
    return isinstance(key.get("n"), str) and isinstance(key.get("e"), str) and len(key["n"]) < 2000


def _decoded(token: str, keys: Any) -> Mapping[str, Any]:
    try:
        return dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise JoseError(str(error)) from error


def _refused() -> Unusable:
    return Unusable("message_refused", "This message of the service does not hold. Begin again from your exam.")
