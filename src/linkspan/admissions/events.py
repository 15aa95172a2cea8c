"""What happened to applications."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ApplicationSubmitted:
    """An application came in."""

    learner_id: UUID
    application_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class ApplicationDecided:
    """A named person decided an application."""

    learner_id: UUID
    application_id: UUID
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The learner accepted an offer."""

    learner_id: UUID
    application_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class LearnerJoined:
    """An admitted learner joined the program formally."""

    learner_id: UUID
    application_id: UUID
    agreement_id: str
    audit_id: UUID


@dataclass(frozen=True, slots=True)
class WaiverDecided:
    """Staff decided whether an application fee is waived."""

    learner_id: UUID
    application_id: UUID
    title: str
    waiver: str
    reason: str


@dataclass(frozen=True, slots=True)
class AppealFiled:
    """An applicant appealed against a decision."""

    learner_id: UUID
    application_id: UUID
    institution: str
    title: str
    due: str
    appeal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """An appeal was answered: upheld or dismissed."""

    learner_id: UUID
    application_id: UUID
    title: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class LetterAsked:
    """An applicant asked somebody for a letter of recommendation."""

    learner_id: UUID
    letter_id: UUID


@dataclass(frozen=True, slots=True)
class LetterReceived:
    """A letter of recommendation came in."""

    learner_id: UUID
    letter_id: UUID
    name: str
    round_id: str


@dataclass(frozen=True, slots=True)
class RoundChanged:
    """The window or the seats of a round were changed: told to everybody who applied or began to."""

    learner_id: UUID
    round_id: UUID
    title: str
    closes_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RoundCancelled:
    """A round was cancelled, and with it the applications in it: told to everybody who applied or began to."""

    learner_id: UUID
    round_id: UUID
    title: str
    reason: str
