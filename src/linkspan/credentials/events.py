"""What happened to credentials."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CredentialIssued:
    """A program credential was issued."""

    learner_id: UUID
    credential_id: UUID
    program_key: str
    program_title: str


@dataclass(frozen=True, slots=True)
class CredentialRevoked:
    """A credential was revoked; schools that relied on it open a case."""

    learner_id: UUID
    credential_id: UUID
    program_key: str
    reason: str
