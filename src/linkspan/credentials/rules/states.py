"""Where credentials and awards stand, and what may be done with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.credentials.rules.shown import ShownPart
from linkspan.kernel.actor import Actor


class IssueKind(StrEnum):
    """What a credential is given for."""

    COURSE = "course"
    PROGRAM = "program"
    COMMENDATION = "commendation"
    TRANSCRIPT = "transcript"
    DEGREE = "degree"


class CredentialState(StrEnum):
    """Where an issued credential stands."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


#: What a credential may become; revoked and superseded are the end.
NEXT_STATES: Mapping[CredentialState, frozenset[CredentialState]] = {
    CredentialState.ACTIVE: frozenset({CredentialState.SUSPENDED, CredentialState.REVOKED, CredentialState.SUPERSEDED}),
    CredentialState.SUSPENDED: frozenset({CredentialState.ACTIVE, CredentialState.REVOKED, CredentialState.SUPERSEDED}),
    CredentialState.REVOKED: frozenset(),
    CredentialState.SUPERSEDED: frozenset(),
}

#: The states of a credential that stands for its achievement: never two at once.
STANDING = (CredentialState.ACTIVE, CredentialState.SUSPENDED)


class AwardState(StrEnum):
    """Where a prepared program award stands: a person refused it, or it ended because its ground went."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Failure:
    """A credential that could not be issued, and why."""

    learner_id: UUID
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Objection:
    """A decision against an achievement of a learner: its credential was revoked, or an award of it refused.

    It stands until a person lifts it: a revocation by `lift_revocation`, a refusal by preparing the award again.
    """

    what: CredentialState | AwardState
    at: datetime | None
    reason: str
    lifted_by: str = ""
    lift_reason: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential as pages and schools see it; `document` is the signed JSON.

    `successor` is what superseded it, `hidden` what its holder shows to nobody else.

    `lifted_by` names who lifted its revocation: until somebody does, it stands in the way of another one.
    """

    id: UUID
    learner_id: UUID
    kind: IssueKind
    achievement_key: str
    title: str
    issuer: str
    holder_name: str
    state: CredentialState
    awarded_at: datetime
    document: Mapping[str, Any]
    state_reason: str
    successor: UUID | None
    lifted_by: str = ""
    lift_reason: str = ""
    hidden: frozenset[ShownPart] = frozenset()


@dataclass(frozen=True, slots=True)
class Award:
    """A program award that was prepared; `supersedes` is the credential that it replaces, if any.

    `objections` are the decisions that were taken against it before: who approves reads them.
    """

    id: UUID
    learner_id: UUID
    institution: str
    program_key: str
    title: str
    state: AwardState
    prepared_by: str
    prepared_by_id: UUID | None
    prepared_at: datetime
    supersedes: UUID | None
    reason: str
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """What a holder chose: whether their name stands in what they hold, and the DID that they proved to control."""

    shows_name: bool = False
    did: str = ""


def may_issue(actor: Actor, institution: str) -> bool:
    """Program staff of the institution, and the system when a program is complete."""
    return actor.is_system or actor.has_role("program_staff", institution)


def may_approve(actor: Actor, institution: str, prepared_by: UUID | None) -> bool:
    """Registrars and program staff of the institution, never who prepared the award, and never the system."""
    if actor.person_id is None or actor.person_id == prepared_by:
        return False
    return actor.has_role("registrar", institution) or actor.has_role("program_staff", institution)


def may_transcribe(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, and the institution's program staff and registrars."""
    return actor.is_person(learner_id) or may_revoke(actor, institution)


def may_set_policy(actor: Actor, institution: str) -> bool:
    """Registrars of the institution and operators."""
    return actor.is_system or actor.has_role("registrar", institution) or actor.has_role("operator")


def may_choose(actor: Actor, learner_id: UUID) -> bool:
    """Holders alone choose what they show."""
    return actor.is_person(learner_id)


def may_revoke(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution, and the system."""
    return actor.is_system or any(actor.has_role(role, institution) for role in ("program_staff", "registrar"))


def may_lift(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution; never the system, for a person answers for it."""
    return actor.person_id is not None and may_revoke(actor, institution)


def may_list_credentials(actor: Actor, learner_id: UUID) -> bool:
    """Who sees whatever a learner holds: the learner, the system and auditors."""
    return actor.is_system or actor.is_person(learner_id) or actor.has_role("auditor")
