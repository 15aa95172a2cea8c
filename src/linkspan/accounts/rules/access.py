"""Who may give which role, for how long, and which duties lie apart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from linkspan.accounts.rules.people import Role, may_grant
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.reasons import Sentence

#: Roles whose holders give roles: the last one of them stays.
GRANTING = frozenset({Role.OPERATOR, Role.REGISTRAR})
INVITATION_LIFE = timedelta(days=7)
#: The first operator's link stands on a terminal, so it is short-lived.
OPERATOR_LIFE = timedelta(minutes=30)
MOST_ROWS = 200
LONGEST_REASON = 500

#: Who prepares never approves: duties that one person does not hold together at an institution, and why.
APART: Mapping[frozenset[Role], str] = {
    frozenset({Role.PROGRAM_STAFF, Role.REGISTRAR}): "Program staff prepare credentials; registrars approve them.",
    frozenset({Role.PROCTOR, Role.PROGRAM_STAFF}): "Proctors watch exams; program staff decide appeals about them.",
    frozenset({Role.READER, Role.ADMISSIONS}): "Readers score without names; admissions see who applies.",
}
AUDITS_OTHERS = "Auditors check the work of others, so they hold no other role."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row of what is asked for: a role at an institution (everywhere if empty) for who reads that address."""

    email: str
    role: str
    institution: str


@dataclass(frozen=True, slots=True)
class Terms:
    """From when to when roles are given, why, and whether duties may meet that lie apart."""

    why: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    despite_duties: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A role that a person holds, and who gave it when and why."""

    id: UUID
    person_id: UUID
    name: str
    email: str
    role: str
    institution: str
    granted_by: str
    granted_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    why: str
    last_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A role that waits for who reads the address to take it."""

    id: UUID
    email: str
    role: str
    institution: str
    invited_by: str
    invited_at: datetime
    expires_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Review:
    """A named person's word that the list of roles was right on a day; `sha256` names the list as signed."""

    id: UUID
    at: datetime
    by: str
    count: int
    note: str
    sha256: str


def may_see_roles(actor: Actor, institution: str) -> bool:
    """Registrars and deans see the roles of their institution; operators and auditors see all."""
    everywhere = actor.is_system or actor.has_role(Role.OPERATOR) or actor.has_role(Role.AUDITOR)
    here = bool(institution) and any(actor.has_role(role, institution) for role in (Role.REGISTRAR, Role.DEAN))
    return everywhere or here


def may_end_account(actor: Actor, person_id: UUID) -> bool:
    """Operators close and open accounts, never their own."""
    return (actor.is_system or actor.has_role(Role.OPERATOR)) and not actor.is_person(person_id)


def may_end_access(actor: Actor, person_id: UUID, institution: str) -> bool:
    """Registrars end a person's access to their institution; everywhere (empty), whoever closes the account does."""
    if institution:
        return actor.is_system or actor.has_role(Role.REGISTRAR, institution)
    return may_end_account(actor, person_id)


def may_sign_review(actor: Actor, institution: str) -> bool:
    """A named person who gives roles there signs the list of them."""
    role = Role.REGISTRAR if institution else Role.OPERATOR
    return actor.person_id is not None and actor.has_role(role, institution or None)


def gives_roles(actor: Actor) -> bool:
    """Whether the actor gives roles anywhere."""
    return actor.is_system or any(grant.role in GRANTING for grant in actor.grants)


def grantable(actor: Actor, institution: str) -> tuple[Role, ...]:
    """The roles that the actor may give there."""
    return tuple(role for role in Role if may_grant(actor, role, institution))


def check_terms(terms: Terms, now: datetime) -> None:
    """Unusable, with every reason, unless there is a reason and the dates are in order and ahead."""
    wrong = []
    if not terms.why.strip() or len(terms.why) > LONGEST_REASON:
        wrong.append(
            Sentence(
                "reason_missing",
                "Reason: write why, in up to {longest_reason} characters.",
                longest_reason=LONGEST_REASON,
            )
        )
    if terms.ends_at is not None and terms.ends_at <= max(now, terms.starts_at or now):
        wrong.append(Sentence("end_unusable", "End date: choose a day that is ahead and after the start date."))
    if wrong:
        raise Unusable("terms_unusable", "The roles cannot be given yet.", tuple(wrong))


def check_duties(role: str, held: Collection[str], *, despite: bool) -> None:
    """Refused (`duties_together`) if the role and one that is held there lie apart, unless that is meant."""
    others = set(held) - {role}
    told = [why for pair, why in APART.items() if role in pair and others & pair]
    if others and Role.AUDITOR in {role, *others}:
        told.append(AUDITS_OTHERS)
    if told and not despite:
        raise Refused(
            "duties_together", "{told} Give the role to somebody else, or confirm both.", tuple(told), told=told[0]
        )


def check_stays(role: str, others: int) -> None:
    """Refused (`last_one`) if a role that gives roles would be left without a lasting holder."""
    if role in GRANTING and others < 1:
        raise Refused(
            "last_one", "This is the last {role} without an end date. Give the role to another one first.", role=role
        )
