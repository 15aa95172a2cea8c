"""The life of an agreement version, and who moves it."""

from collections.abc import Mapping
from enum import StrEnum

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused


class Status(StrEnum):
    """Where a version stands; only an active one admits new applicants."""

    DRAFT = "draft"
    IN_QUALIFICATION = "in_qualification"
    PARTNER_REVIEW = "partner_review"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    RETIRED = "retired"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


MOVES: Mapping[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.IN_QUALIFICATION, Status.PARTNER_REVIEW, Status.REJECTED}),
    Status.IN_QUALIFICATION: frozenset({Status.PARTNER_REVIEW, Status.REJECTED, Status.SUPERSEDED}),
    Status.PARTNER_REVIEW: frozenset({Status.APPROVED, Status.DRAFT, Status.REJECTED}),
    Status.APPROVED: frozenset({Status.ACTIVE, Status.REJECTED}),
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.CLOSED, Status.SUPERSEDED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.RETIRED}),
    Status.SUPERSEDED: frozenset({Status.RETIRED}),
    Status.RETIRED: frozenset(),
    Status.REJECTED: frozenset(),
}


def next_status(now_in: Status, to: Status) -> Status:
    """The status after the move; Refused if the move is not one of the table."""
    if to not in MOVES[now_in]:
        allowed = ", ".join(sorted(MOVES[now_in])) or "nothing: it has ended"
        raise Refused("move_not_allowed", f"An agreement that is {now_in} can become {allowed}.")
    return to


def may_edit_agreement(actor: Actor, sending: str, receiving: str) -> bool:
    """Registrars of either party, and the system when it loads a network."""
    return actor.is_system or actor.has_role("registrar", sending) or actor.has_role("registrar", receiving)
