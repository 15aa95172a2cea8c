"""Institutions as values."""

from dataclasses import dataclass
from datetime import datetime

from linkspan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Institution:
    """A university or school. `code` is its short name in agreements (MITx, HES); `did` signs for it."""

    code: str
    name: str
    aliases: tuple[str, ...]
    country: str
    time_zone: str
    url: str
    did: str | None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with which an institution signs, valid in an interval; `seed` is the private part, 32 bytes."""

    institution: str
    did: str
    seed: bytes
    valid_from: datetime
    valid_to: datetime | None

    def __repr__(self) -> str:
        return f"SigningKey({self.institution}, {self.did})"


def may_manage_institution(actor: Actor, code: str) -> bool:
    """Operators, and the institution's own registrar."""
    return actor.is_system or actor.has_role("operator") or actor.has_role("registrar", code)
