"""What happened to people."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class RoleOffered:
    """Somebody was invited to take a role."""

    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class RoleTaken:
    """Somebody took the role that was offered."""

    invitation_id: UUID
    person_id: UUID
    role: str
    institution: str


@dataclass(frozen=True, slots=True)
class RoleEnded:
    """A role of a person ended: it was taken away, or its last day is over."""

    person_id: UUID
    role: str
    institution: str
    why: str


@dataclass(frozen=True, slots=True)
class DeletionAsked:
    """Somebody wants their account deleted; it waits until `due_at`."""

    learner_id: UUID
    deletion_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DeletionWithdrawn:
    """The account stays."""

    learner_id: UUID
    deletion_id: UUID


@dataclass(frozen=True, slots=True)
class DeletionHeldBack:
    """An account was due to be deleted, and something stood in the way."""

    learner_id: UUID
    deletion_id: UUID
    why: str


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """An account was deleted."""

    learner_id: UUID
    deletion_id: UUID


@dataclass(frozen=True, slots=True)
class ProviderChanged:
    """An identity provider publishes other certificates or addresses than those that count here."""

    provider_id: UUID
    institution: str
    name: str


@dataclass(frozen=True, slots=True)
class MergeAsked:
    """Somebody says that another account is theirs too; its address is sent a link."""

    merge_id: UUID


@dataclass(frozen=True, slots=True)
class AccountsMerged:
    """Two accounts of one person are one; `joined_id` is the old id of what came in."""

    learner_id: UUID
    joined_id: UUID
    merge_id: UUID
