"""Tokens of people for the API: what each may do, and for how long."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

LONGEST_NAME, MOST_TOKENS = 100, 20
#: How many days a token may last.
DAYS = (7, 30, 90, 365)


class TokenScope(StrEnum):
    """What a program does with a token: reads, changes, and whether it has its person's roles."""

    READ = "read"
    WRITE = "write"
    ROLES = "roles"


@dataclass(frozen=True, slots=True)
class PersonToken:
    """A token by which a program calls the API as a person; the token itself is known to the program alone."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    ends_at: datetime


def check_token(name: str, scopes: Collection[str], days: int) -> None:
    """Unusable, with every reason, unless a token of that name, use and length can be made."""
    wrong = []
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        wrong.append(f"Name: say which program uses it, in up to {LONGEST_NAME} characters.")
    if TokenScope.READ not in scopes or not set(scopes) <= set(TokenScope):
        wrong.append("Use: choose among reading, changing, and your roles; reading belongs to each.")
    if days not in DAYS:
        wrong.append("Days: choose 7, 30, 90 or 365.")
    if wrong:
        raise Unusable("token_unusable", wrong[0], tuple(wrong))


def limited(actor: Actor, scopes: Collection[str]) -> Actor:
    """The actor as far as a token goes: without roles unless it has them."""
    return actor if TokenScope.ROLES in scopes else replace(actor, grants=frozenset(), waiting=frozenset())
