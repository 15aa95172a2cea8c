"""Joining two accounts of one person: who may, how it is shown, for how long a proof holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linkspan.accounts.rules.people import Role, Tie, Ties, Workers, work_with
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted, Refused, Unusable

#: For how long a link in the mail is good, and a proof after that.
PROOF_LIFE = timedelta(minutes=30)
#: As soon as another mail is sent.
MAIL_AGAIN = timedelta(minutes=5)
#: For how long what comes in for the old id is brought along.
LATE = timedelta(days=1)
LONGEST_REASON = 500
#: A registrar who works with both accounts knows that they are one person's.
JOINERS: Workers = {tie: frozenset({Role.REGISTRAR}) for tie in Tie}


class MergeState(StrEnum):
    """Where it stands that two accounts become one."""

    WAITING = "waiting"
    DONE = "done"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Merge:
    """That two accounts are one person's: `learner_id` stays, `joined_id` ends."""

    id: UUID
    learner_id: UUID
    joined_id: UUID
    own: bool
    asked_by_id: UUID | None
    asked_by: str
    asked_at: datetime
    reason: str
    proved_at: datetime | None
    approved_by: str
    state: MergeState
    moved: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Account:
    """One of two accounts before they are joined: whose it says it is, and how much moves, by domain."""

    person_id: UUID
    email: str
    name: str
    legal_name: str
    entries: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MergeProspect:
    """What joining two accounts would do, which consents end by it (institutions), and what stands in the way."""

    merge: Merge
    stays: Account
    ends: Account
    consents_end: tuple[str, ...]
    obstacles: tuple[str, ...]


def may_join(actor: Actor, ties: Mapping[UUID, Ties]) -> bool:
    """Operators, and registrars whose work is with each of the people; never one of them, for whom the own way is."""
    if actor.is_system:
        return True
    if any(actor.is_person(who) for who in ties):
        return False
    return actor.has_role(Role.OPERATOR) or all(work_with(actor, held, JOINERS) for held in ties.values())


def joins_accounts(actor: Actor) -> bool:
    """Whether there may be accounts for the actor to join."""
    return actor.is_system or any(grant.role in {Role.OPERATOR, Role.REGISTRAR} for grant in actor.grants)


def check_reason(reason: str) -> str:
    """The reason without space around it; Unusable if there is none or it is too long."""
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise Unusable("reason_missing", "Give the reason, in up to {most} characters.", most=LONGEST_REASON)
    return said


def check_second(actor: Actor, merge: Merge) -> None:
    """Refused (`merge_needs_second`) for who prepared it; the command line is one person."""
    if merge.asked_by_id == actor.person_id:
        raise Refused("merge_needs_second", "You prepared this. A second person approves it.")


def check_proved(actor: Actor, merge: Merge, now: datetime) -> None:
    """NotPermitted unless the actor is who asked and has shown not long ago that both accounts are theirs."""
    fresh = merge.proved_at is not None and merge.proved_at > now - PROOF_LIFE
    if not (actor.is_person(merge.learner_id) and fresh):
        raise NotPermitted("merge_unproved", "Show first that the other account is yours. A proof holds 30 minutes.")


def check_clear(obstacles: tuple[str, ...]) -> None:
    """Refused (`merge_obstructed`), with every reason, if something stands in the way."""
    if obstacles:
        raise Refused("merge_obstructed", "The accounts cannot be joined yet.", obstacles)
