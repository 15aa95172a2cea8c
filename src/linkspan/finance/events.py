"""What happened to money."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ChargePaid:
    """A charge was paid in full."""

    learner_id: UUID
    charge_id: UUID
    subject: str
    minor: int
    currency: str
