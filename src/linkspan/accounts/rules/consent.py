"""What a learner lets an institution read of the record, for what, and how long."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID

from linkspan.accounts.rules.people import Role
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.kernel.record import Record


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
    (34 CFR 99.31(a)(2)), that the reader's work there is with the learner (99.31(a)(1)), or that an auditor looks into
    a case (99.31(a)(3)). The log keeps them apart.
    """

    CONSENT = "consent"
    SEEKS_ENROLMENT = "seeks_enrolment"
    WORK = "work"
    AUDIT = "audit"


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


def parts_of(record: Record, parts: Collection[str]) -> Record:
    """The record with nothing but the consented parts; the others are absent, which an audit reads as unknown."""
    shown = {name: value for name, value in record.items() if name not in set(Part) or name in parts}
    return cast("Record", shown | {"complete": [name for name in record.get("complete") or [] if name in parts]})


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
