"""What happened to institutions."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class InstitutionJoined:
    """A registration was reviewed: admitted or refused. `learner_id` is the person who registered it."""

    registration_id: UUID
    learner_id: UUID
    code: str
    title: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrustMoved:
    """Issuers on whom an institution relies went from their registry, or show another key; `title` names the source."""

    source_id: UUID
    institution: str
    title: str
    gone: int
    key_changed: int
