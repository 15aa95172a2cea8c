"""Deleting an account: who asks, how long it waits, what an emptied account holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.fates import AtDeletion

#: What an account holds once its person is gone; others' lists still need a name.
EMPTIED: Mapping[str, object] = {
    "name": "Deleted account",
    "legal_name": "",
    "time_zone": "UTC",
    "locale": "en",
    "last_login": None,
    "is_active": False,
}
#: The part of an address behind the sign, of which RFC 2606 says that no mail goes there.
NOWHERE = "deleted.invalid"
#: The months that the law gives to answer such a wish (GDPR 12(3)): nobody waits longer.
LONGEST_WAIT = timedelta(days=28)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class HeldTable:
    """Entries of one kind about a person, and what becomes of them."""

    domain: str
    table: str
    holds: str
    entries: int
    at_deletion: AtDeletion


@dataclass(frozen=True, slots=True)
class Deletion:
    """A wish to have an account deleted, while it waits; `held_by` says what held it back when it was due."""

    id: UUID
    person_id: UUID
    asked_at: datetime
    asked_by: str
    due_at: datetime
    held_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What deleting an account would do, what stands in its way, and the wish that waits, if there is one."""

    parts: tuple[HeldTable, ...]
    obstacles: tuple[str, ...]
    waiting: Deletion | None


def may_delete(actor: Actor, person_id: UUID) -> bool:
    """A person their own account; operators on request, by a command, which acts as the system."""
    return actor.is_system or actor.is_person(person_id)


def address_of_nobody(person_id: UUID) -> str:
    """The address of an emptied account: unique, and nobody's."""
    return f"{person_id}@{NOWHERE}"


def is_nobody(email: str) -> bool:
    """Whether the address is that of an emptied account."""
    return email.endswith(f"@{NOWHERE}")


def check_reason(reason: str, *, needed: bool) -> str:
    """The reason without space around it; Unusable if it is too long, or lacks where it is needed."""
    said = " ".join(reason.split())
    if len(said) > LONGEST_REASON or (needed and not said):
        raise Unusable("reason_missing", "Give the reason, in up to {most} characters.", most=LONGEST_REASON)
    return said


def check_clear(obstacles: tuple[str, ...]) -> None:
    """Refused (`deletion_obstructed`), with every reason, if something stands in the way."""
    if obstacles:
        raise Refused("deletion_obstructed", "The account cannot be deleted yet.", obstacles)
