"""Roles, identity checks and consent as values and predicates."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor


class Role(StrEnum):
    """What a person may be at an institution; everybody who signs in is a learner."""

    AUTHOR = "author"
    PROGRAM_STAFF = "program_staff"
    PROCTOR = "proctor"
    ADMISSIONS = "admissions"
    REGISTRAR = "registrar"
    DEAN = "dean"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class IdentityState(StrEnum):
    """Where the evidence of a legal name stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Person:
    """A person as other domains see them."""

    id: UUID
    email: str
    name: str
    legal_name: str
    time_zone: str
    locale: str


@dataclass(frozen=True, slots=True)
class Identity:
    """One piece of identity evidence."""

    id: UUID
    learner_id: UUID
    legal_name: str
    document_sha256: str
    state: IdentityState
    submitted_at: datetime
    checked_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A consent: what, for whom, for what purpose, until when."""

    id: UUID
    learner_id: UUID
    institution: str
    purpose: str
    records: tuple[str, ...]
    given_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether the consent may be relied on at that instant."""
        return self.given_at <= now < self.expires_at and self.revoked_at is None


def may_grant(actor: Actor) -> bool:
    """Operators and the system give and take roles."""
    return actor.is_system or actor.has_role(Role.OPERATOR)


def may_check_identity(actor: Actor, learner_id: UUID) -> bool:
    """Program staff and proctors of any institution check identity evidence, never their own."""
    holds = {grant.role for grant in actor.grants} & {Role.PROGRAM_STAFF, Role.PROCTOR}
    return bool(holds) and not actor.is_person(learner_id)


def may_read_person(actor: Actor, person_id: UUID) -> bool:
    """A person reads their own account; staff of any kind see who a learner is."""
    return actor.is_system or actor.is_person(person_id) or bool(actor.grants)
