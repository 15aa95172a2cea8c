"""People, their roles, and whose work is with whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.refusals import Refusal


class Role(StrEnum):
    """What a person may be at an institution; everybody who signs in is a learner."""

    AUTHOR = "author"
    PROGRAM_STAFF = "program_staff"
    PROCTOR = "proctor"
    ADMISSIONS = "admissions"
    READER = "reader"
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
    refused_before: tuple[Refusal, ...] = ()


class Tie(StrEnum):
    """What a person has to do with an institution; each is told by the domain that knows it."""

    STUDIES = "studies_here"
    SITS_EXAM = "sits_an_exam"
    HOLDS = "holds_a_credential"
    APPLIED = "applied_here"
    SHARES_RECORD = "shares_the_record"
    CREDIT = "has_credit_here"
    PAYS = "pays_here"


#: With an institution.
type Ties = frozenset[tuple[Tie, str]]


#: Whose work is with a person by which tie.
type Workers = Mapping[Tie, frozenset[Role]]


READERS: Workers = {
    Tie.STUDIES: frozenset({Role.AUTHOR, Role.PROGRAM_STAFF, Role.REGISTRAR}),
    Tie.SITS_EXAM: frozenset({Role.PROCTOR, Role.PROGRAM_STAFF}),
    Tie.HOLDS: frozenset({Role.PROGRAM_STAFF, Role.REGISTRAR}),
    Tie.APPLIED: frozenset({Role.ADMISSIONS, Role.REGISTRAR}),
    Tie.SHARES_RECORD: frozenset({Role.ADMISSIONS, Role.REGISTRAR}),
    Tie.CREDIT: frozenset({Role.REGISTRAR}),
    Tie.PAYS: frozenset({Role.PROGRAM_STAFF, Role.REGISTRAR}),
}


#: A name is checked before there is a first exam, so proctors check those of learners too.
IDENTITY_CHECKERS: Workers = {
    tie: frozenset({Role.PROGRAM_STAFF, Role.PROCTOR}) for tie in (Tie.STUDIES, Tie.SITS_EXAM, Tie.HOLDS)
}


#: Who reads names in a list of those whom the list is about.
LISTERS: Workers = {tie: READERS.get(tie, frozenset()) | IDENTITY_CHECKERS.get(tie, frozenset()) for tie in Tie}


def may_grant(actor: Actor, role: str, institution: str) -> bool:
    """Registrars give roles at their own institution; operators give platform roles, and a school's registrars."""
    if actor.is_system:
        return role in set(Role)
    if not institution:
        return role in {Role.OPERATOR, Role.AUDITOR} and actor.has_role(Role.OPERATOR)
    if role not in set(Role) - {Role.OPERATOR}:
        return False
    return actor.has_role(Role.REGISTRAR, institution) or (role == Role.REGISTRAR and actor.has_role(Role.OPERATOR))


def may_export_person(actor: Actor, person_id: UUID) -> bool:
    """A person for themselves; operators by command, who act as the system."""
    return actor.is_system or actor.is_person(person_id)


def work_with(actor: Actor, ties: Ties, workers: Workers) -> tuple[Tie, str] | None:
    """By which tie, and where, the actor's work is with a person who has those ties; None if it is not."""
    roles = ((tie, school, role) for tie, school in sorted(ties) for role in workers.get(tie, ()))
    return next(((tie, school) for tie, school, role in roles if actor.has_role(role, school)), None)


def ties_sought(actor: Actor, workers: Workers) -> frozenset[Tie]:
    """By which ties the actor's work can be with anybody: the others need not be asked for."""
    roles = {grant.role for grant in actor.grants}
    return frozenset(tie for tie, those in workers.items() if roles & those)


def holds_any(actor: Actor, workers: Workers) -> bool:
    """Whether the actor has one of those roles anywhere, so that there may be work for them."""
    return bool({grant.role for grant in actor.grants} & frozenset[str]().union(*workers.values()))


def may_check_identity(actor: Actor, learner_id: UUID, ties: Ties) -> bool:
    """Program staff and proctors where the learner studies check identity evidence, never their own."""
    return not actor.is_person(learner_id) and work_with(actor, ties, IDENTITY_CHECKERS) is not None


def may_read_person(actor: Actor, person_id: UUID, ties: Ties) -> bool:
    """A person reads their own account, and staff whose work is with them there; nobody else does."""
    return actor.is_system or actor.is_person(person_id) or work_with(actor, ties, READERS) is not None
