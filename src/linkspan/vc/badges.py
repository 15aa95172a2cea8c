"""Open Badges 3.0 credentials as W3C Verifiable Credentials 2.0."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from linkspan.vc.contexts import CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS
from linkspan.vc.proofs import instant
from linkspan.vc.schemas import EDTECH_SCHEMA

#: The type under which credentials name 1EdTech's own JSON Schema (Open Badges 3.0, B.1.7).
EDTECH_SCHEMA_TYPE = "1EdTechJsonSchemaValidator2019"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: the `did` that signs, a name and an address for display."""

    did: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result of the holder, such as a course grade in percent: what was measured, the value, and what was needed.

    `kind` is a term of Open Badges 3.0, appendix A.2.9 (`Percent`, `LetterGrade`, `Status`, ...); `allowed` are the
    values that a letter grade may take, lowest first; `levels` the names of the levels, one of which is the value.
    """

    name: str
    value: str
    required: str | None = None
    kind: str = "Percent"
    allowed: Sequence[str] = ()
    levels: Sequence[str] = ()


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
    #: What the achievement is worth and the holder earned (`creditsAvailable`, `creditsEarned`); None if not stated.
    credits: Decimal | None = None
    #: Where a picture of the achievement stands, and the page that tells what it asks for; empty if nowhere.
    picture: str = ""
    criteria_url: str = ""


def hashed_email(email: str, salt: str) -> str:
    """`identityHash` of a lower-case address: SHA-256 over address and salt (Open Badges 3.0, section B.6.3)."""
    return "sha256$" + hashlib.sha256((email.lower() + salt).encode()).hexdigest()


def achievement_credential(
    *,
    credential_id: str,
    issuer: Issuer,
    award: Award,
    awarded: datetime,
    status: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    email: str = "",
    holder_name: str = "",
    holder_did: str = "",
    schema: str = "",
    valid_until: datetime | None = None,
    salt: str | None = None,
) -> dict[str, Any]:
    """An unsigned OpenBadgeCredential.

    The holder is pseudonymous: a salted hash of the e-mail address, or their own DID. A name stands in it only if
    `holder_name` is given, which is for the holder to choose. `schema` is the address of a JSON Schema, beside which
    1EdTech's own is named.
    """
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES, *([OPEN_BADGES_EXTENSIONS] if schema else [])],
        "id": credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.name,
        "issuer": profile(issuer),
        "validFrom": instant(awarded),
        "awardedDate": instant(awarded),
        "credentialSubject": _subject(award, recipient(email, holder_name, holder_did, salt), issuer),
    }
    if valid_until is not None:
        document["validUntil"] = instant(valid_until)
    if award.evidence:
        document["evidence"] = [{"type": ["Evidence"], **item} for item in award.evidence]
    return document | standing(status, "") | ({"credentialSchema": named_schemas(schema)} if schema else {})


def named_schemas(schema: str) -> list[dict[str, Any]]:
    """The schemas that a badge names: the one at that address, and 1EdTech's own."""
    return [{"id": schema, "type": "JsonSchema"}, {"id": EDTECH_SCHEMA, "type": EDTECH_SCHEMA_TYPE}]


def profile(issuer: Issuer) -> dict[str, Any]:
    """The issuer as a Profile (Open Badges 3.0, section B.1.17)."""
    return {"id": issuer.did, "type": ["Profile"], "name": issuer.name, "url": issuer.url}


def standing(status: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None, schema: str) -> dict[str, Any]:
    """The members `credentialStatus` and `credentialSchema` of a credential, as far as there are any."""
    found: dict[str, Any] = {}
    if status:
        found["credentialStatus"] = dict(status) if isinstance(status, Mapping) else [dict(entry) for entry in status]
    if schema:
        found["credentialSchema"] = [{"id": schema, "type": "JsonSchema"}]
    return found


def recipient(email: str, name: str, did: str, salt: str | None = None) -> dict[str, Any]:
    """Who holds it, as members of the subject: `id` if there is a DID, hashed address and chosen name if given."""
    salt = salt or secrets.token_urlsafe(16)
    identifiers: list[dict[str, Any]] = []
    if email and not did:
        hashed = {"hashed": True, "salt": salt, "identityHash": hashed_email(email, salt)}
        identifiers.append({"type": "IdentityObject", "identityType": "emailAddress", **hashed})
    if name:
        identifiers.append({"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": name})
    return ({"id": did} if did else {}) | ({"identifier": identifiers} if identifiers else {})


def _subject(award: Award, holder: Mapping[str, Any], issuer: Issuer) -> dict[str, Any]:
    achievement: dict[str, Any] = {
        "id": award.achievement_id,
        "type": ["Achievement"],
        "achievementType": award.achievement_type,
        "name": award.name,
        "description": award.description,
        "criteria": {**({"id": award.criteria_url} if award.criteria_url else {}), "narrative": award.criteria},
        "creator": {"id": issuer.did, "type": ["Profile"]},
    }
    if award.picture:
        achievement["image"] = {"id": award.picture, "type": "Image", "caption": award.name}
    descriptions = [_description(award.achievement_id, number, o) for number, o in enumerate(award.outcomes)]
    if descriptions:
        achievement["resultDescription"] = descriptions
    if award.alignments:
        achievement["alignment"] = [{"type": ["Alignment"], **alignment} for alignment in award.alignments]
    earned: dict[str, Any] = {}
    if award.credits is not None:
        achievement["creditsAvailable"] = earned["creditsEarned"] = _number(award.credits)
    subject = {**holder, "type": ["AchievementSubject"], "achievement": achievement, **earned}
    results = [
        {
            "type": ["Result"],
            "resultDescription": description["id"],
            "value": outcome.value,
            **_reached(description, outcome),
        }
        for description, outcome in zip(descriptions, award.outcomes, strict=True)
    ]
    return {**subject, "result": results} if results else subject


def _number(value: Decimal) -> int | float:
    """A number of JSON: whole ones without a fraction, so that every processor writes the same literal."""
    return int(value) if value == value.to_integral_value() else float(value)


def _description(achievement_id: str, number: int, outcome: Outcome) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": f"{achievement_id}#result-{number}",
        "type": ["ResultDescription"],
        "name": outcome.name,
        "resultType": outcome.kind,
    }
    if outcome.allowed:
        described["allowedValue"] = list(outcome.allowed)
    if outcome.levels:
        described["rubricCriterionLevel"] = [
            {"id": f"{described['id']}-level-{place}", "type": ["RubricCriterionLevel"], "name": name, "level": name}
            for place, name in enumerate(outcome.levels)
        ]
    return {**described, "requiredValue": outcome.required} if outcome.required else described


def _reached(described: Mapping[str, Any], outcome: Outcome) -> dict[str, str]:
    """The level that was reached, by its address, if the value is one of the levels."""
    levels = described.get("rubricCriterionLevel", [])
    return next(({"achievedLevel": level["id"]} for level in levels if level["name"] == outcome.value), {})
