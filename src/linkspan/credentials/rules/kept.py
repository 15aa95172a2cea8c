"""Credentials of others that a person keeps here, and their profile for applications: what is taken, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.errors import Unusable

LARGEST_KEPT, MOST_KEPT = 1_000_000, 500
#: How many are given at once, and how far lists go.
MOST_AT_ONCE, FURTHEST = 100, 100_000
LARGEST_PROFILE = 20_000
#: What of a profile an application may put in (Open Badges 3.0, B.1.17), beside name and e-mail, which stay the
#: account's.
PROFILE_TEXTS = ("url", "phone", "description", "official")


class Family(StrEnum):
    """Which interface a credential goes by: that of Open Badges 3.0, or that of CLR 2.0."""

    BADGES = "badges"
    RECORDS = "records"


#: The types of each family, as credentials state them.
TYPES: Mapping[Family, frozenset[str]] = {
    Family.BADGES: frozenset({"OpenBadgeCredential", "AchievementCredential", "EndorsementCredential"}),
    Family.RECORDS: frozenset({"ClrCredential"}),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A credential of somebody else that a person keeps here."""

    id: UUID
    family: Family
    title: str
    issuer: str
    valid_from: datetime
    kept_at: datetime
    source: str
    is_token: bool


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a credential that was put in: the text that stands here, and whether it is new."""

    content: str
    is_token: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class Given:
    """A part of a list for an application: texts of documents and of tokens, and how many there are in all."""

    documents: tuple[str, ...]
    tokens: tuple[str, ...]
    total: int


def family_of(types: object) -> Family:
    """Which family a credential of these types belongs to; Unusable (`kept_kind`) for another."""
    named = {one for one in (types if isinstance(types, list) else [types]) if isinstance(one, str)}
    for family, known in TYPES.items():
        if named & known:
            return family
    raise kept_kind()


def kept_kind() -> Unusable:
    """Why a credential of another kind is not kept."""
    return Unusable("kept_kind", "This is no badge of Open Badges 3.0 and no CLR 2.0. Other kinds are not kept here.")


def read_profile(told: Mapping[str, Any]) -> dict[str, str]:
    """What is kept of a profile that an application puts in whole; Unusable (`profile_unusable`) if it is none."""
    types = told.get("type")
    if "Profile" not in (types if isinstance(types, list) else [types]):
        raise Unusable("profile_unusable", "This is no Profile.")
    found: dict[str, str] = {}
    for member in PROFILE_TEXTS:
        value = told.get(member)
        if value is None:
            continue
        if not isinstance(value, str) or len(value) > 2_000 or not value.replace("\n", "").isprintable():
            raise Unusable("profile_unusable", "{member} of the profile is not as it must be.", member=member)
        found[member] = value
    return found
