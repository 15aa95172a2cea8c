"""What displayers show of a credential (Open Badges 3.0, conformance): only text and web addresses, bounded.

Nothing of it is believed: it stands beside the verdict. Of the holder no more than a name that the credential shows in
clear; never an address, a hash or its salt.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from linkspan.vc.verify.shown import listed, object_of, results_of, text_of

LONGEST, MOST = 2_000, 50
REFRESH = "1EdTechCredentialRefresh"


def displayed_of(credential: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """One object for each achievement of each subject, with what holds for the whole credential in each."""
    subjects = [object_of(entry) for entry in listed(credential.get("credentialSubject"))[:MOST]]
    pairs = [(subject, object_of(one)) for subject in subjects for one in listed(subject.get("achievement"))[:MOST]]
    whole = _whole(credential)
    return tuple(whole | _achieved(subject, found, credential) for subject, found in pairs[:MOST])


def _whole(credential: Mapping[str, Any]) -> dict[str, Any]:
    issuer = object_of(credential.get("issuer"))
    begins = credential.get("validFrom") or credential.get("issuanceDate")
    return {
        "issuer": _text(issuer.get("name")),
        "issuer_url": web_address(issuer.get("url")),
        "awarded": _text(credential.get("awardedDate") or begins),
        "valid_from": _text(begins),
        "valid_until": _text(credential.get("validUntil") or credential.get("expirationDate")),
        "refresh": refresh_of(credential),
    }


def refresh_of(credential: Mapping[str, Any]) -> str:
    """The web address at which its issuer gives out newer versions of it, or nothing."""
    named = map(object_of, listed(credential.get("refreshService"))[:MOST])
    return next((web_address(one.get("id")) for one in named if REFRESH in listed(one.get("type"))), "")


def _achieved(subject: Mapping[str, Any], found: Mapping[str, Any], credential: Mapping[str, Any]) -> dict[str, Any]:
    criteria = object_of(found.get("criteria"))
    image = next((one for one in (found.get("image"), credential.get("image")) if one), None)
    return {
        "name": _text(found.get("name")) or _text(credential.get("name")),
        "description": _text(found.get("description")),
        "type": _text(found.get("achievementType")),
        "image": web_address(object_of(image).get("id") if isinstance(image, Mapping | list) else image),
        "criteria": _text(criteria.get("narrative")),
        "criteria_url": web_address(criteria.get("id")),
        "credits": _text(subject.get("creditsEarned")),
        "holder": _holder(subject),
        "narrative": _text(subject.get("narrative")),
        "results": results_of(subject, found)[:MOST],
        "alignments": [_aligned(object_of(one)) for one in listed(found.get("alignment"))[:MOST]],
        "evidence": [
            _evidence(object_of(one)) for place in (credential, subject) for one in listed(place.get("evidence"))[:MOST]
        ],
    }


def _aligned(one: Mapping[str, Any]) -> dict[str, str]:
    named = {"name": one.get("targetName"), "framework": one.get("targetFramework"), "code": one.get("targetCode")}
    return {name: _text(value) for name, value in named.items()} | {"url": web_address(one.get("targetUrl"))}


def _evidence(one: Mapping[str, Any]) -> dict[str, str]:
    told = _text(one.get("narrative")) or _text(one.get("description"))
    return {"name": _text(one.get("name")), "text": told, "url": web_address(one.get("id"))}


def _holder(subject: Mapping[str, Any]) -> str:
    """The name that it shows in clear."""
    for entry in map(object_of, listed(subject.get("identifier"))[:MOST]):
        if entry.get("identityType") == "name" and entry.get("hashed") is False:
            return _text(entry.get("identityHash"))
    return ""


def _text(value: Any) -> str:
    if type(value) is str:
        return value[:LONGEST]
    return (text_of(value) or "")[:LONGEST] if not isinstance(value, bool) else ""


def web_address(value: Any) -> str:
    """A plain web address that a page may lead to, or nothing."""
    return _web_address(value) if isinstance(value, str) and len(value) <= LONGEST else ""


@lru_cache(maxsize=1024)
def _web_address(value: str) -> str:
    """Kept for next time: the badges of a program show the same addresses."""
    if not value.isprintable() or " " in value:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in ("https", "http") and parts.hostname and "@" not in parts.netloc else ""
