"""What happened to people."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ConsentSigned:
    """A learner consented to disclosure to an institution."""

    learner_id: UUID
    consent_id: UUID
    institution: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ConsentRevoked:
    """A learner ended a consent."""

    learner_id: UUID
    consent_id: UUID
    institution: str


@dataclass(frozen=True, slots=True)
class IdentityChecked:
    """Staff accepted or refused evidence of a legal name."""

    learner_id: UUID
    legal_name: str
    state: str
    reason: str
