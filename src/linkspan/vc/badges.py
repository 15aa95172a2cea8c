"""Open Badges 3.0 credentials as W3C Verifiable Credentials 2.0."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from linkspan.vc.contexts import CREDENTIALS_V2, OPEN_BADGES
from linkspan.vc.proofs import instant


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: the `did` that signs, a name and an address for display."""

    did: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result of the holder, such as a course grade in percent: what was measured, the value, and what was needed."""

    name: str
    value: str
    required: str | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """What is awarded. `achievement_type` is a term of Open Badges 3.0, appendix A.2.1 (`MicroCredential`, ...)."""

    achievement_id: str
    name: str
    description: str
    criteria: str
    achievement_type: str
    outcomes: Sequence[Outcome] = ()
    alignments: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    evidence: Sequence[Mapping[str, str]] = field(default_factory=tuple)


def hashed_email(email: str, salt: str) -> str:
    """`identityHash` of a lower-case address: SHA-256 over address and salt (Open Badges 3.0, section B.6.3)."""
    return "sha256$" + hashlib.sha256((email.lower() + salt).encode()).hexdigest()


def achievement_credential(
    *,
    credential_id: str,
    issuer: Issuer,
    award: Award,
    holder_name: str,
    email: str,
    awarded: datetime,
    status: Mapping[str, Any] | None,
    valid_until: datetime | None = None,
    salt: str | None = None,
) -> dict[str, Any]:
    """An unsigned OpenBadgeCredential. The holder is a salted hash of the e-mail address, and a name to show."""
    salt = salt or secrets.token_urlsafe(16)
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES],
        "id": credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.name,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": issuer.name, "url": issuer.url},
        "validFrom": instant(awarded),
        "awardedDate": instant(awarded),
        "credentialSubject": _subject(award, holder_name, email, salt, issuer),
    }
    if valid_until is not None:
        document["validUntil"] = instant(valid_until)
    if award.evidence:
        document["evidence"] = [{"type": ["Evidence"], **item} for item in award.evidence]
    if status is not None:
        document["credentialStatus"] = dict(status)
    return document


def _subject(award: Award, holder_name: str, email: str, salt: str, issuer: Issuer) -> dict[str, Any]:
    identifiers = [
        {
            "type": "IdentityObject",
            "identityType": "emailAddress",
            "hashed": True,
            "salt": salt,
            "identityHash": hashed_email(email, salt),
        },
        {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": holder_name},
    ]
    achievement: dict[str, Any] = {
        "id": award.achievement_id,
        "type": ["Achievement"],
        "achievementType": award.achievement_type,
        "name": award.name,
        "description": award.description,
        "criteria": {"narrative": award.criteria},
        "creator": {"id": issuer.did, "type": ["Profile"]},
    }
    descriptions = [_description(award.achievement_id, number, o) for number, o in enumerate(award.outcomes)]
    if descriptions:
        achievement["resultDescription"] = descriptions
    if award.alignments:
        achievement["alignment"] = [{"type": ["Alignment"], **alignment} for alignment in award.alignments]
    subject = {"type": ["AchievementSubject"], "identifier": identifiers, "achievement": achievement}
    results = [
        {"type": ["Result"], "resultDescription": description["id"], "value": outcome.value}
        for description, outcome in zip(descriptions, award.outcomes, strict=True)
    ]
    return {**subject, "result": results} if results else subject


def _description(achievement_id: str, number: int, outcome: Outcome) -> dict[str, Any]:
    described = {
        "id": f"{achievement_id}#result-{number}",
        "type": ["ResultDescription"],
        "name": outcome.name,
        "resultType": "Percent",
    }
    return {**described, "requiredValue": outcome.required} if outcome.required else described
