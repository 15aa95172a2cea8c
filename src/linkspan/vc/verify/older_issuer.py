"""Who made an older badge: what its issuer's profile says is its own, the keys that it lists, what it has revoked."""

from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from linkspan.vc import jose
from linkspan.vc.errors import VcError
from linkspan.vc.keys import PublicKey, jwk_of, key_of_jwk
from linkspan.vc.model import as_list
from linkspan.vc.verify.linked import Linked, origin, parts, same
from linkspan.vc.verify.older_model import verification_of

MOST_KEYS = 5


def in_scope(address: str, profile: Mapping[str, Any], profile_id: str) -> bool:
    """Whether the profile says that what stands at the address is its own: `startsWith` and `allowedOrigins` of its
    `verification`, else the origin of the profile (Open Badges 2.0, VerificationObject)."""
    asked, own = parts(address), parts(profile_id)
    if asked is None:
        return False
    scope = verification_of(profile)
    starts, hosts = as_list(scope.get("startsWith")), as_list(scope.get("allowedOrigins"))
    if not starts and not hosts:
        return own is not None and origin(own) == origin(asked)
    begins = not starts or any(isinstance(start, str) and _begins(asked, start) for start in starts)
    named = {str(host).lower().removeprefix("https://").removeprefix("http://").rstrip("/") for host in hosts}
    return begins and (not hosts or bool({str(asked.hostname).lower(), asked.netloc.lower()} & named))


def _begins(asked: Any, start: str) -> bool:
    """The same host, and a path that goes on from there: a host's name has no beginning that counts."""
    first = parts(start)
    return first is not None and origin(first) == origin(asked) and str(asked.path or "/").startswith(first.path)


def signing_key(
    token: str, document: Mapping[str, Any], profile: Mapping[str, Any], profile_id: str, linked: Linked
) -> PublicKey:
    """The issuer's key that signed. VcError: `key_of_another`, `key_unknown`, those of signatures and of `linked`."""
    header, _ = jose.read(token)
    wrong = VcError("key_unknown", "Its issuer's profile lists no key, so nothing says who signed it.")
    for key in _keys(document, profile, profile_id, linked):
        try:
            jose.check_header(header, key, jose.TYPES)
            jose.verify_compact(token, header, key)
        except VcError as error:
            wrong = error
        else:
            return key
    raise wrong


def _keys(
    document: Mapping[str, Any], profile: Mapping[str, Any], profile_id: str, linked: Linked
) -> Iterator[PublicKey]:
    verification = verification_of(document)
    if "creator" not in verification and isinstance(verification.get("url"), str):
        yield _key_at(verification["url"], profile_id, linked)
        return
    listed, named = as_list(profile.get("publicKey")), _id(verification.get("creator"))
    if named:
        listed = [entry for entry in listed if same(_id(entry), named)]
        if not listed:
            raise VcError("key_of_another", "The key that it names is not one of those that its issuer lists.")
    for entry in listed[:MOST_KEYS]:
        held = entry if isinstance(entry, Mapping) and "publicKeyPem" in entry else linked.document(_id(entry))
        if "owner" in held and not any(same(_id(owner), profile_id) for owner in as_list(held["owner"])):
            raise VcError("key_of_another", "The key that it names belongs to somebody else than its issuer.")
        yield key_of_pem(held.get("publicKeyPem"))


def _key_at(url: str, profile_id: str, linked: Linked) -> PublicKey:
    """The key of a signed badge of 1.x, which stands at an address of its issuer's own origin."""
    asked, own = parts(url), parts(profile_id)
    if asked is None or own is None or origin(asked) != origin(own):
        raise VcError("key_of_another", "The key that it names does not stand at its issuer's own address.")
    found = linked.text(url)
    return key_of_pem(found.decode("latin-1") if isinstance(found, bytes) else found)


def _id(entry: Any) -> str:
    found = entry.get("id") if isinstance(entry, Mapping) else entry
    return found if isinstance(found, str) else ""


def key_of_pem(text: Any) -> PublicKey:
    """A public key in PEM; VcError: `key_unknown`, `key_type_unknown`, `key_weak`."""
    try:
        key = load_pem_public_key(str(text).encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise VcError("key_unknown", "The issuer's key is not a public key in PEM.") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | Ed25519PublicKey):
        raise VcError("key_type_unknown", "The issuer's key is of a type that is not used here.")
    return key_of_jwk(jwk_of(key))


def revoked_why(profile: Mapping[str, Any], names: frozenset[str], linked: Linked) -> str | None:
    """Why the issuer's list calls one of these names revoked, in its words; None if it does not.

    VcError: `status_list_broken`, and those of `linked`.
    """
    document = linked.document(_id(profile["revocationList"]))
    if "revokedAssertions" not in document:
        if "@context" in document or any(isinstance(reason, Mapping | list) for reason in document.values()):
            raise VcError("status_list_broken", "What stands at the address is no list of revoked badges.")
        return next((str(document[name])[:500] for name in names if name in document), None)
    for entry in as_list(document["revokedAssertions"]):
        known = entry if isinstance(entry, Mapping) else {"id": entry}
        if any(same(known.get(name), one) for name in ("id", "uid") for one in names):
            return str(known.get("revocationReason", ""))[:500]
    return None
