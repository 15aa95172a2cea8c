"""Entity statements (OpenID Federation 1.0, section 3): read strictly, and checked by the keys of a superior."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from linkspan.vc import jose
from linkspan.vc.errors import VcError
from linkspan.vc.keys import PublicKey, key_of_jwk, multibase_of

TYPE = "entity-statement+jwt"
LARGEST_STATEMENT, MOST_KEYS, MOST_HINTS, LONGEST_NAME = 200_000, 20, 20, 500
SKEW = timedelta(minutes=5)
#: The claims whose meaning is known here, which a statement may call critical (section 3.1).
UNDERSTOOD = frozenset({"constraints", "metadata_policy", "metadata_policy_crit", "metadata"})
#: Claims that belong to one's own statement alone, and to a superior's alone (sections 3.1.2, 3.1.3).
OWN_ONLY, SUPERIORS_ONLY = ("authority_hints",), ("metadata_policy", "metadata_policy_crit", "constraints")


@dataclass(frozen=True, slots=True)
class Statement:
    """What `issuer` says of `subject`, until `until`; one's own if both are the same. `keys` are the subject's, by
    `kid`; `methods` the same in multibase form."""

    token: str
    issuer: str
    subject: str
    until: datetime
    keys: Mapping[str, PublicKey]
    claims: Mapping[str, Any]

    @property
    def is_own(self) -> bool:
        """Whether the entity speaks of itself (an entity configuration)."""
        return self.issuer == self.subject

    @property
    def methods(self) -> tuple[tuple[str, str], ...]:
        """The subject's keys: their `kid`, and multibase form."""
        return tuple((kid, multibase_of(key)) for kid, key in self.keys.items())

    @property
    def superiors(self) -> tuple[str, ...]:
        """The entities that it names as above it."""
        return tuple(self.claims.get("authority_hints", ()))

    def endpoint(self, name: str) -> str:
        """An address of the federation's own that it gives for itself; nothing if it gives none."""
        held = metadata_of(self.claims).get("federation_entity")
        found = held.get(name) if isinstance(held, Mapping) else None
        return found if isinstance(found, str) and is_address(found) else ""


def is_address(text: Any) -> bool:
    """Whether it is an https address such as names an entity."""
    if not isinstance(text, str) or len(text) > LONGEST_NAME or not text.isascii() or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and "#" not in text
    except ValueError:
        return False


def is_entity(text: Any) -> bool:
    """Whether it can name an entity: an https address, or a DID, as registries of schools have it."""
    if isinstance(text, str) and text.startswith(("did:web:", "did:key:")):
        return len(text) <= LONGEST_NAME and text.isascii() and text.isprintable() and not set(text) & set("#? /")
    return is_address(text) and "?" not in str(text)


def _broken() -> VcError:
    return VcError("statement_broken", "A statement of its federation cannot be used.")


def read_statement(token: str, at: datetime) -> Statement:
    """A statement as it stands, in force at that time, its signature unchecked.

    VcError: `statement_broken`, `statement_expired`, `critical_claim_unknown`.
    """
    if len(token) > LARGEST_STATEMENT:
        raise _broken()
    try:
        header, claims = jose.read(token.strip())
    except VcError as error:
        raise _broken() from error
    if jose.type_of(header) != TYPE:
        raise _broken()
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not is_address(issuer) or not is_entity(subject):
        raise _broken()
    _check_members(claims, own=issuer == subject)
    until = _until(claims, at)
    return Statement(token.strip(), str(issuer), str(subject), until, _keys(claims.get("jwks")), claims)


def _until(claims: Mapping[str, Any], at: datetime) -> datetime:
    made, ends = jose.instant_of(claims.get("iat")), jose.instant_of(claims.get("exp"))
    if made is None or ends is None:
        raise _broken()
    if made > at + SKEW or ends <= at:
        raise VcError("statement_expired", "A statement of its federation is not in force.")
    return ends


def _check_members(claims: Mapping[str, Any], *, own: bool) -> None:
    critical = claims.get("crit", [])
    if not isinstance(critical, list) or not all(isinstance(name, str) for name in critical):
        raise _broken()
    if set(critical) - UNDERSTOOD:
        raise VcError("critical_claim_unknown", "Its federation asks for something that is not known here.")
    for name in SUPERIORS_ONLY if own else OWN_ONLY:
        if name in claims:
            raise _broken()
    hints = claims.get("authority_hints", [])
    if not isinstance(hints, list) or len(hints) > MOST_HINTS or not all(is_address(hint) for hint in hints):
        raise _broken()
    if own and "authority_hints" in claims and not hints:
        raise _broken()
    metadata_of(claims)


def metadata_of(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata in the claims, by entity type."""
    found = claims.get("metadata", {})
    if not isinstance(found, Mapping) or not all(isinstance(held, Mapping) for held in found.values()):
        raise _broken()
    return found


def _keys(jwks: Any) -> dict[str, PublicKey]:
    """The keys of a JWK Set by `kid`; those of a type that is not known here are left out."""
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_KEYS:
        raise _broken()
    found: dict[str, PublicKey] = {}
    for jwk in listed:
        kid = jwk.get("kid") if isinstance(jwk, Mapping) else None
        if not isinstance(kid, str) or kid in found:
            raise _broken()
        try:
            found[kid] = key_of_jwk(jwk)
        except VcError:
            continue
    return found


def check_signature(statement: Statement, keys: Mapping[str, PublicKey]) -> None:
    """Whether one of these keys signed it, by the name that its header gives; VcError `statement_forged`."""
    header, _ = jose.read(statement.token)
    key = keys.get(str(header.get("kid")))
    if key is None:
        raise VcError("statement_forged", "A statement of its federation is signed by a key that it does not list.")
    try:
        jose.check_header(header, key, (TYPE,))
        jose.verify_compact(statement.token, header, key)
    except VcError as error:
        raise VcError("statement_forged", "A statement of its federation is not what was signed.") from error
