"""What is hashed: commitments to an entry's words and its actor's name, so that these can go and the chain holds.

A commitment is the hash of a value with a salt that nobody can guess. Without the salt it tells nothing of the value.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import rfc8785

GENESIS = "0" * 64
#: The chain of what belongs to no institution.
PLATFORM = ""
ERASE = "erase_from_trail"


class Part(StrEnum):
    """What of an entry can be erased."""

    NAME = "name"
    WORDS = "words"


class Fault(StrEnum):
    """What became of an entry after it was written."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place at which a chain does not hold; `number` counts the entries of the chain from 1."""

    institution: str
    number: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the hash of an entry covers."""

    chain: str
    at: datetime
    actor_id: UUID | None
    verb: str
    subject: str
    name_sha256: str
    words_sha256: str
    previous: str

    def sha256(self) -> str:
        """Its hash. The number is left out: order is what the hash of the entry before says."""
        body = {
            "chain": self.chain,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor_id": str(self.actor_id) if self.actor_id else None,
            "verb": self.verb,
            "subject": self.subject,
            "name": self.name_sha256,
            "words": self.words_sha256,
            "previous": self.previous,
        }
        return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def new_salt() -> str:
    """A salt that nobody can guess."""
    return secrets.token_hex(16)


def commitment(salt: str, value: Any) -> str:
    """The hash of a value with its salt."""
    return hashlib.sha256(salt.encode() + rfc8785.dumps(value)).hexdigest()


def words(before: Any, after: Any, why: str) -> dict[str, Any]:
    """What an entry says in words, as one value."""
    return {"before": before, "after": after, "why": why}


def joint_sha256(heads: Mapping[str, tuple[int, str]], previous: str) -> str:
    """The hash over the heads of all chains and the note before."""
    body: dict[str, Any] = {"heads": {chain: list(head) for chain, head in heads.items()}, "previous": previous}
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def erased_by(after: Mapping[str, Any]) -> Iterator[tuple[str, int, Part]]:
    """Which parts of which entries an entry of erasure names."""
    for chain, entries in after["entries"].items():
        for number, parts in entries:
            for part in parts:
                yield chain, number, Part(part)
