"""What happened to agreements."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AgreementMoved:
    """A version of an agreement moved in its life; `by` is the party that moved it, empty if neither alone did."""

    agreement_id: str
    version: int
    status: str
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class AgreementSent:
    """A party sent a version to the other one, to read and to approve."""

    agreement_id: str
    version: int
    institution: str
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AgreementApproved:
    """A party approved the terms of a version, by their hash."""

    agreement_id: str
    version: int
    party: str
    institution: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ApprovalWithdrawn:
    """A party took its approval back before the version was active."""

    agreement_id: str
    version: int
    party: str
    institution: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementCommented:
    """A party wrote a remark."""

    agreement_id: str
    version: int
    institution: str
    clause: str


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """A person looked at a case on hold and let it go on."""

    hold_id: UUID
    learner_id: UUID
    agreement_id: str
    clause: str


@dataclass(frozen=True, slots=True)
class LearnerConcerned:
    """An agreement moved that a learner saved, holds the credential of, or shares a record under."""

    learner_id: UUID
    agreement_id: str
    title: str
    status: str
    reason: str
