"""Is it the person's own? By a presentation made for this occasion, or by the e-mail address that it was issued to."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from linkspan.vc import jose, proofs, sdjwt
from linkspan.vc.errors import VcError
from linkspan.vc.instants import moment
from linkspan.vc.model import as_list
from linkspan.vc.received import Received
from linkspan.vc.verify.keyring import FRAGMENT, find_key
from linkspan.vc.verify.seals import SKEW, outcome_of, proofs_of
from linkspan.vc.verify.trust import Trust
from linkspan.vc.verify.verdict import FAILED, NOT_APPLICABLE, PASSED, UNKNOWN, Check

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the verifier asked for: its `challenge` (nonce), its `domain` (audience), an `email` address, any of them.

    That a challenge is used once is for the caller to see to: it forgets the challenge as it passes it in.
    """

    challenge: str | None = None
    domain: str | None = None
    email: str | None = None


def holder(received: Received, occasion: Occasion, trust: Trust, at: datetime) -> Check:
    """The holder's check. It decides only where proof was asked for: a presentation may be a copy of an old one."""
    bound_token = received.kind == "sd-jwt" and bool(received.token) and not str(received.token).endswith("~")
    if received.presentation is None and not bound_token:
        if occasion.email is not None:
            return _by_email(received.stated, occasion.email)
        if occasion.challenge is not None:
            return _check(FAILED, "presentation_missing", "The holder was asked to prove it theirs, and did not.")
        return _check(NOT_APPLICABLE, "no_presentation", "Nobody was asked to show that the credential is theirs.")
    if occasion == Occasion():
        return _check(NOT_APPLICABLE, "challenge_missing", "Nobody was asked to prove it theirs; this may be a copy.")
    if not occasion.challenge or not occasion.domain:
        return _check(UNKNOWN, "challenge_missing", "A presentation proves something only if it answers a challenge.")
    try:
        made, who = _presented(received, occasion, trust, at)
    except VcError as error:
        return _check(outcome_of(error), error.code, error.message)
    if made is None or not at - LIFETIME <= made <= at + SKEW:
        return _check(FAILED, "presentation_expired", "The presentation was not made just now; ask for a new one.")
    return _about(received.stated, who, occasion)


def _presented(received: Received, asked: Occasion, trust: Trust, at: datetime) -> tuple[datetime | None, str]:
    """When the presentation was made and by which holder (nothing: by the key that the credential names itself)."""
    challenge, domain = str(asked.challenge), str(asked.domain)
    if received.presentation is None:
        return sdjwt.check_binding(str(received.token), audience=domain, nonce=challenge), ""
    if isinstance(received.presentation, str):
        return _by_token(received.presentation, challenge, domain, trust, at)
    return _by_proof(received.presentation, challenge, domain, trust, at)


def _by_proof(
    document: Mapping[str, Any], challenge: str, domain: str, trust: Trust, at: datetime
) -> tuple[datetime | None, str]:
    found = proofs_of(document)
    if len(found) != 1:
        raise VcError("presentation_unsigned", "The presentation is not signed by its holder, by one signature.")
    proof = found[0]
    _refuse_replay(proof.get("challenge"), proof.get("domain"), challenge, domain)
    method = str(proof.get("verificationMethod"))
    proofs.check(document, proof, _own_key(method, trust, at), purpose="authentication")
    ends = moment(proof.get("expires"))
    if ends and ends < at:
        raise VcError("presentation_expired", "The presentation is no longer good; ask for a new one.")
    return moment(proof.get("created")), _holder_of(document, method)


def _by_token(text: str, challenge: str, domain: str, trust: Trust, at: datetime) -> tuple[datetime | None, str]:
    header, claims = jose.read(text)
    method = jose.method_of(header, str(claims.get("iss") or claims.get("holder") or ""))
    jose.check(text, _own_key(method, trust, at), kind=jose.PRESENTATION_TYPE)
    _refuse_replay(claims.get("nonce"), claims.get("aud"), challenge, domain)
    ends = jose.instant_of(claims.get("exp"))
    if ends and ends < at:
        raise VcError("presentation_expired", "The presentation is no longer good; ask for a new one.")
    return jose.instant_of(claims.get("iat")), _holder_of(claims, method)


def _refuse_replay(answered: Any, made_for: Any, challenge: str, domain: str) -> None:
    domains = made_for if isinstance(made_for, list) else [made_for]
    if not hmac.compare_digest(str(answered).encode(), challenge.encode()) or domain not in domains:
        raise VcError("challenge_wrong", "The presentation was made for another occasion or verifier.")


def _own_key(method: str, trust: Trust, at: datetime) -> Any:
    found = find_key(method, "authentication", trust, at)
    if found.source == FRAGMENT:
        raise VcError("holder_unknown", "Nothing at hand says whose key made the presentation.")
    return found.key


def _holder_of(presentation: Mapping[str, Any], method: str) -> str:
    owner = method.partition("#")[0]
    named = presentation.get("holder", owner)
    if (named.get("id") if isinstance(named, Mapping) else named) != owner:
        raise VcError("holder_wrong", "The presentation was not signed by the holder that it names.")
    return owner


def _about(credential: Mapping[str, Any], who: str, occasion: Occasion) -> Check:
    named = [subject["id"] for subject in _subjects(credential) if "id" in subject]
    if not who or who in named:
        return _check(PASSED, "holder_proved", "Whoever showed it holds the key that it was issued to.")
    if named:
        return _check(FAILED, "holder_other", "Whoever showed it is not the person that it was issued to.")
    if occasion.email is not None:
        return _by_email(credential, occasion.email)
    return _check(UNKNOWN, "subject_without_key", "It was not issued to a key; ask for the e-mail address as well.")


def _subjects(credential: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [entry for entry in as_list(credential.get("credentialSubject")) if isinstance(entry, Mapping)]


def _by_email(credential: Mapping[str, Any], email: str) -> Check:
    entries = [entry for subject in _subjects(credential) for entry in as_list(subject.get("identifier"))]
    addresses = [e for e in entries if isinstance(e, Mapping) and e.get("identityType") == "emailAddress"]
    if not addresses:
        return _check(UNKNOWN, "no_email_in_it", "It does not say to which e-mail address it was issued.")
    if any(_is_address(entry, email) for entry in addresses):
        return _check(PASSED, "email_matches", "It was issued to that e-mail address.")
    return _check(FAILED, "email_differs", "It was issued to another e-mail address.")


def _is_address(entry: Mapping[str, Any], email: str) -> bool:
    """IdentityObject (Open Badges 3.0, section B.5)."""
    return is_identity(entry.get("identityHash"), entry.get("salt"), email, hashed=entry.get("hashed") is True)


def is_identity(said: Any, salt: Any, address: str, *, hashed: bool) -> bool:
    """Whether an address is the one meant: as it stands, or hashed with the salt after it (`sha256$` or `md5$`, hex).

    The address is tried as it is given and in lower case (Open Badges 3.0, section 9.3).
    """
    kind, _, digest = str(said).partition("$")
    hashes: Mapping[str, Callable[[bytes], Any]] = {"sha256": hashlib.sha256, "md5": _md5}
    make = hashes.get(kind.lower()) if hashed else None
    for form in (address, address.lower()):
        expected = make((form + str(salt or "")).encode(errors="surrogatepass")).hexdigest() if make else form
        found = digest.lower() if make else str(said)
        if (make or not hashed) and hmac.compare_digest(found.encode(), expected.encode(errors="surrogatepass")):
            return True
    return False


def _md5(data: bytes) -> Any:
    """What Open Badges 1 and 2 allow beside SHA-256; it tells an address apart, and proves nothing."""
    return hashlib.md5(data, usedforsecurity=False)


def _check(outcome: str, code: str, message: str) -> Check:
    return Check("holder", outcome, code, message)
