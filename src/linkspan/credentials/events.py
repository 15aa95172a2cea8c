"""What happened to credentials."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AwardPrepared:
    """A program award waits for the approval of another person."""

    learner_id: UUID
    award_id: UUID
    institution: str
    title: str


@dataclass(frozen=True, slots=True)
class CredentialsClaimed:
    """Credentials of an institution were decided on and wait for their signatures."""

    batch: UUID
    institution: str


@dataclass(frozen=True, slots=True)
class CredentialIssued:
    """A credential was issued, in place of another one if `supersedes` is not None."""

    learner_id: UUID
    credential_id: UUID
    kind: str
    program_key: str
    program_title: str
    supersedes: UUID | None = None


@dataclass(frozen=True, slots=True)
class CredentialRevoked:
    """A credential was revoked; schools that relied on it open a case."""

    learner_id: UUID
    credential_id: UUID
    program_key: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class CredentialSuspended:
    """A credential does not count until staff decide on it."""

    learner_id: UUID
    credential_id: UUID
    title: str
    institution: str
    reason: str


@dataclass(frozen=True, slots=True)
class CredentialReinstated:
    """A suspended credential counts again."""

    learner_id: UUID
    credential_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class CredentialOutdated:
    """A credential does not say any more what is on record; `corrected` means that its ground is another grade."""

    learner_id: UUID
    credential_id: UUID
    reason: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class ControllerChanged:
    """The keys that an institution publishes changed since it issued last."""

    institution: str
    title: str


@dataclass(frozen=True, slots=True)
class ControllerForged:
    """What is served as an institution's controller document is not the one that it keeps."""

    institution: str
    title: str
