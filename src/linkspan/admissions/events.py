"""What happened to applications."""

from dataclasses import dataclass
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
