"""Tokens with which services call back: signed by us, for one service, for some minutes (RFC 7519)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.utils.crypto import salted_hmac
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from linkspan.kernel.errors import Unusable
from linkspan.kernel.public import public_base

LIFE = timedelta(minutes=5)
AUDIENCE, CONTROL = "proctoring callbacks", "assessment control"
LONGEST = 4_000
#: Of the Assessment Control Service of LTI.
CONTROL_SCOPE = "https://purl.imsglobal.org/spec/lti-ap/scope/control.all"
CONTROL_TYPE = "application/vnd.ims.lti-ap.v1.control+json"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token names: a service, by the secret that it had; `jti` tells tokens apart."""

    service_id: UUID
    secret_sha256: str
    jti: str
    expires_at: datetime


def give_token(service_id: UUID, secret_sha256: str, now: datetime, audience: str = AUDIENCE) -> str:
    """A token for a service that showed its secret."""
    ends = int((now + LIFE).timestamp())
    claims = {"iss": public_base(), "aud": audience, "sub": str(service_id), "jti": uuid4().hex}
    return jwt.encode({"alg": "HS256"}, claims | {"exp": ends, "had": secret_sha256[:16]}, _key())


def read_token(authorization: str, now: datetime, audience: str = AUDIENCE) -> Caller:
    """Whom the header names; Unusable for a token that is forged, old, for others, or none."""
    scheme, _, token = authorization.partition(" ")
    refused = Unusable("token_refused", "Take a new token: this one is not usable here.")
    if scheme not in ("JWT", "Bearer") or not 0 < len(token) <= LONGEST:
        raise refused
    try:
        claims = jwt.decode(token, _key(), algorithms=["HS256"]).claims
        ends = datetime.fromtimestamp(int(claims["exp"]), UTC)
        found = Caller(UUID(str(claims["sub"])), str(claims["had"]), str(claims["jti"])[:64], ends)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise refused from error
    if claims.get("iss") != public_base() or claims.get("aud") != audience:
        raise refused
    if not now < ends <= now + LIFE + timedelta(seconds=60):
        raise refused
    return found


def _key() -> OctKey:
    return OctKey.import_key(salted_hmac("linkspan.exams.callbacks", "key", algorithm="sha256").digest())
