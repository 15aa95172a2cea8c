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


@dataclass(frozen=True, slots=True)
class ChargeClosed:
    """A charge was refunded or cancelled (`state`): what it paid for is no longer the learner's."""

    learner_id: UUID
    charge_id: UUID
    subject: str
    minor: int
    currency: str
    state: str


@dataclass(frozen=True, slots=True)
class PaymentReported:
    """A learner says that a charge is paid; staff confirm it."""

    learner_id: UUID
    charge_id: UUID
    subject: str
    institution: str
