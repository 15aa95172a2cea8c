"""Credentials as JSON Web Tokens: `vc+jwt` (W3C Securing VCs using JOSE and COSE 1.0, section 3.1), on joserfc.

The key is never taken on the token's own word: a `jwk` in the header says only which of the issuer's keys to look for,
and `jku` and `x5u` are not looked at. The algorithm follows from the
key's type, never from the header alone.
"""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc import errors, jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from linkspan.vc import base64url
from linkspan.vc.errors import Unreadable, VcError
from linkspan.vc.jsonld import canonical
from linkspan.vc.keys import ED25519, P256, P384, RSA, PrivateKey, PublicKey, jwk_of, kind_of, verification_method_of
from linkspan.vc.proofs import Signer, instant, signer_of
from linkspan.vc.said import Said
from linkspan.vc.strict_json import LARGEST, parse

TYPE = "vc+jwt"
PRESENTATION_TYPE = "vp+jwt"
#: What else stands for these in `typ`: names of drafts, and the plain ones of Open Badges 3.0, section 8.2.
TYPES = frozenset({TYPE, "vc+ld+jwt", "vc+ld+json+jwt", "jwt", ""})
PRESENTATION_TYPES = frozenset({PRESENTATION_TYPE, "vp+ld+jwt", "vp+ld+json+jwt"})
ALGORITHMS = {ED25519: ("Ed25519", "EdDSA"), P256: ("ES256",), P384: ("ES384",), RSA: ("RS256",)}
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "cnf", "vct", "vct#integrity", "_sd_alg"})


class _Registry(jws.JWSRegistry):
    """The library's, which reads what is as large as documents may be here: chains of certificates, status lists."""

    max_header_length = 250_000
    max_payload_length = LARGEST


def sign_jwt(
    document: Mapping[str, Any], key: bytes | PrivateKey | Signer, *, created: datetime, kind: str = TYPE
) -> str:
    """The document as a compact token of that `kind`. Raises DataLoss if its contexts do not define part of it."""
    claims = {name: value for name, value in document.items() if name != "proof"}
    canonical(dict(claims))
    return sign_claims({**claims, "iat": int(created.timestamp())}, key, kind=kind)


def sign_claims(claims: Mapping[str, Any], key: bytes | PrivateKey | Signer, *, kind: str) -> str:
    """A compact token over claims as they are."""
    signer = signer_of(key)
    header = {"alg": ALGORITHMS[signer.kind][0], "typ": kind, "kid": signer.verification_method}
    text = f"{_encode(header)}.{_encode(claims)}"
    return f"{text}.{base64url.encode(signer.sign(text.encode()))}"


def _encode(value: Mapping[str, Any]) -> str:
    return base64url.encode(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact token, unchecked. Raises Unreadable if it is none."""
    compact = token.partition("~")[0]
    if not COMPACT.fullmatch(compact):
        raise Unreadable("not_a_token", "The text is not a compact JSON Web Token.")
    header, claims, _ = compact.split(".")
    return parse(decode(header)), parse(decode(claims))


def decode(text: str) -> bytes:
    """Base64url without padding, strictly. Raises Unreadable."""
    try:
        return base64url.decode(text)
    except ValueError as error:
        raise Unreadable("not_base64url", "Part of the token is not base64url.") from error


def check(token: str, key: PublicKey, *, kind: str = TYPE) -> None:
    """Whether the token was signed with that key and says no two things; VcError says why not.

    Codes: `jwt_type_wrong`, `algorithm_refused`, `algorithm_unknown`, `critical_header_unknown`,
    `signature_wrong`, `jwt_claims_differ`.
    """
    header, claims = read(token)
    others = {TYPE: TYPES, PRESENTATION_TYPE: PRESENTATION_TYPES}
    check_header(header, key, others.get(kind, frozenset({kind})))
    verify_compact(token, header, key)
    refuse_two_tongues(claims)


def type_of(header: Mapping[str, Any]) -> str:
    """The type that a header names, without `application/`, in lower case; nothing if it names none."""
    return str(header.get("typ", "")).lower().removeprefix("application/")


def credential_of(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The credential in a token's claims: all of them, or the member `vc` (VC Data Model 1.1, section 6.3.1), whose
    issuer, subject, identifier and dates stand beside it."""
    inner = claims.get("vc")
    if not isinstance(inner, Mapping):
        return dict(claims)
    found = dict(inner)
    begins, ends = instant_of(claims.get("nbf", claims.get("iat"))), instant_of(claims.get("exp"))
    beside = {
        **{name: claims[claim] for name, claim in (("issuer", "iss"), ("id", "jti")) if claim in claims},
        **({"issuanceDate": instant(begins)} if begins else {}),
        **({"expirationDate": instant(ends)} if ends else {}),
    }
    subject = found.get("credentialSubject")
    if isinstance(subject, Mapping) and "sub" in claims:
        found["credentialSubject"] = {"id": claims["sub"], **subject}
    return {**beside, **found}


def check_header(header: Mapping[str, Any], key: PublicKey, kinds: Collection[str]) -> None:
    """The rules for headers: the type asked for, nothing critical, an algorithm of the key's own type."""
    if type_of(header) not in {kind.lower() for kind in kinds}:
        raise VcError(
            "jwt_type_wrong", Said("The token is of type {typ}, which is no credential.", typ=header.get("typ"))
        )
    if "crit" in header:
        raise VcError("critical_header_unknown", "The token asks for extensions that are not known here.")
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS[kind_of(key)]:
        known = any(algorithm in names for names in ALGORITHMS.values())
        refused = known or str(algorithm).lower() == "none" or str(algorithm).startswith("HS")
        code = "algorithm_refused" if refused else "algorithm_unknown"
        raise VcError(
            code, Said("The token is signed as {algorithm}, which is not how this key signs.", algorithm=algorithm)
        )


def verify_compact(token: str, header: Mapping[str, Any], key: PublicKey) -> None:
    """The bare signature of a compact token whose header was checked."""
    registry = _Registry(algorithms=[str(header["alg"])], strict_check_header=False)
    try:
        jws.deserialize_compact(token, _public(key), registry=registry)
    except (errors.JoseError, ValueError) as error:
        raise VcError("signature_wrong", "The content is not what was signed.") from error


def refuse_two_tongues(claims: Mapping[str, Any]) -> None:
    """`iss`, `sub`, `jti` must repeat what the credential says (section 3.1.3 of the same)."""
    credential = credential_of(claims)
    issuer, subject = credential.get("issuer"), credential.get("credentialSubject")
    named = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    subjects = subject if isinstance(subject, list) else [subject]
    about = [one["id"] for one in subjects if isinstance(one, Mapping) and "id" in one]
    for name, said in (("iss", [named]), ("sub", about), ("jti", [credential.get("id")])):
        if name in claims and said not in ([], [None]) and claims[name] not in said:
            raise VcError("jwt_claims_differ", Said("The token's {name} contradicts the credential in it.", name=name))


def method_of(header: Mapping[str, Any], issuer: str) -> str:
    """The verification method that a header's `kid` means, relative to the issuer; without one, the issuer's."""
    kid = header.get("kid")
    if not isinstance(kid, str):
        return verification_method_of(issuer) if issuer.startswith("did:key:") else issuer
    if kid.startswith("https://") and "#" not in kid and kid != issuer and _host(kid) == _host(issuer):
        return f"{issuer}#{kid}"  # the address of a key at the issuer's own host (Open Badges 3.0, section 8.2.4)
    if kid.startswith(("did:", "https:", "http:", "urn:")):
        return kid
    return f"{issuer}#{kid.removeprefix('#')}"


def _host(address: str) -> str:
    """Host and port of an https address; for what is none, nothing that any address has."""
    return address.removeprefix("https://").partition("/")[0].lower() if address.startswith("https://") else "/"


def instant_of(value: Any) -> datetime | None:
    """A NumericDate (RFC 7519, section 2) as an instant; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _public(key: PublicKey) -> OKPKey | ECKey | RSAKey:
    jwk: Any = jwk_of(key)
    if jwk["kty"] == "RSA":
        return RSAKey.import_key(jwk)
    return OKPKey.import_key(jwk) if jwk["kty"] == "OKP" else ECKey.import_key(jwk)
