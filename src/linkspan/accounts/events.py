"""What happened to people."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class IdentityChecked:
    """Staff accepted or refused evidence of a legal name."""

    learner_id: UUID
    legal_name: str
    state: str
    reason: str
