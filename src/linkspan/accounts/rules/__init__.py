"""Roles, identity checks and consent as values and predicates."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
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


class Part(StrEnum):
    """A part of a learner's record that can be disclosed by itself; the names are those of the record's format."""

    CREDENTIALS = "credentials"
    COURSES = "courses"
    EXAMS = "exams"
    DEGREES = "degrees"
    TESTS = "tests"
    EXPERIENCE = "experience_years"
    RESIDENCE = "residence"


class Purpose(StrEnum):
    """What a disclosure is for: a school reads for this and nothing else."""

    ADMISSION = "admission"
    CREDIT = "credit_evaluation"
    ADVISING = "advising"
    SCHOLARSHIP = "scholarship"


class Basis(StrEnum):
    """On what a school may read: the learner's signed consent (34 CFR 99.30), that the learner seeks to enrol there
    (34 CFR 99.31(a)(2)), or that the reader's work there is with the learner (99.31(a)(1)). The log keeps them apart.
    """

    CONSENT = "consent"
    SEEKS_ENROLMENT = "seeks_enrolment"
    WORK = "work"


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

#: No consent runs for longer: what was meant years ago is asked again.
LONGEST_CONSENT = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One reading of a learner's record, as the learner sees it (34 CFR 99.32)."""

    institution: str
    reader_name: str
    purpose: str
    records: tuple[str, ...]
    basis: str
    how: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A consent: what, for whom, for what purpose, until when; signed with a name and dated."""

    id: UUID
    learner_id: UUID
    institution: str
    purpose: str
    records: tuple[str, ...]
    given_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    signed_name: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether the consent may be relied on at that instant."""
        return self.given_at <= now < self.expires_at and self.revoked_at is None


def check_consent(
    *, purpose: str, records: Collection[str], signature: str, names: Collection[str], now: datetime, until: datetime
) -> None:
    """Unusable, with every reason, unless the consent names parts of the record, a purpose and a day within two years,
    and is signed with one of the signer's own names (34 CFR 99.30(b) and (d))."""
    wrong = []
    if not records or not set(records) <= set(Part):
        wrong.append("Choose at least one part of your record.")
    if purpose not in set(Purpose):
        wrong.append("Choose the purpose from the list.")
    if not now < until <= now + LONGEST_CONSENT:
        wrong.append("Choose a last day that is ahead, and not more than two years.")
    if _plain(signature) not in {_plain(name) for name in names if _plain(name)}:
        wrong.append("Sign with your name as it stands in your account.")
    if wrong:
        raise Unusable("consent_unusable", "This consent cannot be given yet.", tuple(wrong))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def parts_of(record: Mapping[str, Any], parts: Collection[str]) -> dict[str, Any]:
    """The record with nothing but the consented parts; the others are absent, which an audit reads as unknown."""
    shown = {name: value for name, value in record.items() if name not in set(Part) or name in parts}
    return shown | {"complete": [name for name in record.get("complete") or [] if name in parts]}


def basis_for(
    consents: Iterable[ConsentGiven], applied_at: datetime | None, now: datetime, purpose: str
) -> tuple[Basis, ConsentGiven | None] | None:
    """On what one institution may read now, given what the learner consented to for it; None if on nothing.

    A consent in force for the purpose comes first. An application that stands is a basis of its own, for admission,
    unless the learner revoked a consent to that institution after applying: then the record is closed.
    """
    given = list(consents)
    held = next((consent for consent in given if consent.purpose == purpose and consent.holds(now)), None)
    if held:
        return Basis.CONSENT, held
    if applied_at is None or purpose != Purpose.ADMISSION:
        return None
    closed = any(consent.revoked_at and consent.revoked_at > applied_at for consent in given)
    return None if closed else (Basis.SEEKS_ENROLMENT, None)


def may_read_disclosed(actor: Actor, institution: str) -> bool:
    """Admissions staff and registrars of that very institution."""
    return any(actor.has_role(role, institution) for role in (Role.ADMISSIONS, Role.REGISTRAR))


def may_export_disclosed(actor: Actor, institution: str) -> bool:
    """Registrars of that very institution: what is exported leaves the log's reach, so fewer people may."""
    return actor.has_role(Role.REGISTRAR, institution)


class Scope(StrEnum):
    """What a system of an institution may do over the VC API: an action and a path (VC API 0.7, section 3.2.2)."""

    ISSUE = "write:/credentials/issue"
    STATUS = "write:/credentials/status"
    VERIFY = "write:/credentials/verify"
    PRESENT = "write:/presentations"
    READ = "read:/credentials"


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A system of an institution that signs its requests for access with the key behind `jwk`."""

    id: UUID
    institution: str
    name: str
    jwk: Mapping[str, str]
    scopes: frozenset[str]
    revoked_at: datetime | None


#: RFC 7523, section 3: an assertion is short-lived, so that a stolen one is soon worthless.
LONGEST_ASSERTION = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=60)


def check_assertion(claims: Mapping[str, Any], client_id: str, audience: str, now: datetime) -> str:
    """The `jti` of a client assertion whose signature holds; Unusable (`assertion_refused`) saying what is wrong.

    RFC 7523, section 3: `iss` and `sub` are the client, `aud` is the token endpoint, `exp` is near, `jti` is new.
    """
    expires = claims.get("exp")
    named = claims.get("aud")
    wrong = None
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        wrong = "iss and sub are the client's id"
    elif audience not in (named if isinstance(named, list) else [named]):
        wrong = f"aud is {audience}"
    elif isinstance(expires, bool) or not isinstance(expires, int | float):
        wrong = "exp is a number of seconds"
    elif not now.timestamp() - CLOCK_SKEW.total_seconds() < expires <= (now + LONGEST_ASSERTION).timestamp():
        wrong = "exp is at most five minutes ahead"
    elif not isinstance(claims.get("jti"), str) or not 8 <= len(claims["jti"]) <= 200:
        wrong = "jti is a text of 8 to 200 characters"
    if wrong:
        raise Unusable("assertion_refused", "The client assertion is not usable: {wrong}.", wrong=wrong)
    return str(claims["jti"])


def granted_scopes(client: ApiClient, asked: str) -> frozenset[str]:
    """The scopes asked for, all of the client's if none; Refused (`scope_refused`) for one that it does not have."""
    wanted = frozenset(asked.split()) or client.scopes
    if not wanted <= client.scopes:
        more = ", ".join(sorted(wanted - client.scopes))
        raise Refused("scope_refused", "This client may not: {more}. Ask the institution's registrar.", more=more)
    return wanted


def may_manage_clients(actor: Actor, institution: str) -> bool:
    """Operators, and the institution's own registrar."""
    return actor.is_system or actor.has_role(Role.OPERATOR) or actor.has_role(Role.REGISTRAR, institution)


def may_grant(actor: Actor, role: str, institution: str) -> bool:
    """Registrars give roles at their own institution; operators give platform roles, and a school's registrars."""
    if actor.is_system:
        return role in set(Role)
    if not institution:
        return role in {Role.OPERATOR, Role.AUDITOR} and actor.has_role(Role.OPERATOR)
    if role not in set(Role) - {Role.OPERATOR}:
        return False
    return actor.has_role(Role.REGISTRAR, institution) or (role == Role.REGISTRAR and actor.has_role(Role.OPERATOR))


#: Things of a person's own whose words in the trail go with them. Money, credentials, credit and facts stay.
ERASED_KINDS = frozenset(
    {
        "accounts.user",
        "admissions.application",
        "admissions.document",
        "admissions.letter",
        "enrolment.enrolment",
        "exams.attempt",
        "exams.learner",
        "finance.need_request",
    }
)


class Keeping(StrEnum):
    """Why words in the trail stay although the person they are about is erased from it."""

    MONEY = "money"
    RELIED_ON = "relied_on"
    OTHERS = "others"


#: Kinds of things, by the domain's name, whose words stay for more than that others have a part in them.
KEPT = {
    "finance": Keeping.MONEY,
    "credentials": Keeping.RELIED_ON,
    "recognition": Keeping.RELIED_ON,
    "records": Keeping.RELIED_ON,
}


def why_kept(kind: str) -> Keeping:
    """Why the words about a thing of that kind stay."""
    if kind in ERASED_KINDS:
        return Keeping.OTHERS
    return KEPT.get(kind.partition(".")[0], Keeping.OTHERS)


def may_erase_from_trail(actor: Actor) -> bool:
    """Operators and the system."""
    return actor.is_system or actor.has_role(Role.OPERATOR)


def may_export_person(actor: Actor, person_id: UUID) -> bool:
    """A person for themselves; operators by command, who act as the system."""
    return actor.is_system or actor.is_person(person_id)


def work_with(actor: Actor, ties: Ties, workers: Workers) -> tuple[Tie, str] | None:
    """By which tie, and where, the actor's work is with a person who has those ties; None if it is not."""
    roles = ((tie, school, role) for tie, school in sorted(ties) for role in workers.get(tie, ()))
    return next(((tie, school) for tie, school, role in roles if actor.has_role(role, school)), None)


def holds_any(actor: Actor, workers: Workers) -> bool:
    """Whether the actor has one of those roles anywhere, so that there may be work for them."""
    return bool({grant.role for grant in actor.grants} & frozenset[str]().union(*workers.values()))


def may_check_identity(actor: Actor, learner_id: UUID, ties: Ties) -> bool:
    """Program staff and proctors where the learner studies check identity evidence, never their own."""
    return not actor.is_person(learner_id) and work_with(actor, ties, IDENTITY_CHECKERS) is not None


def may_read_person(actor: Actor, person_id: UUID, ties: Ties) -> bool:
    """A person reads their own account, and staff whose work is with them there; nobody else does."""
    return actor.is_system or actor.is_person(person_id) or work_with(actor, ties, READERS) is not None
