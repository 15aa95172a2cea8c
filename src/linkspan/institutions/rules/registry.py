"""Institutions, and who manages them."""

from dataclasses import dataclass

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


def may_manage_institution(actor: Actor, code: str) -> bool:
    """Operators, and the institution's own registrar."""
    return actor.is_system or actor.has_role("operator") or actor.has_role("registrar", code)
