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
class PartPaid:
    """A part of an open charge came; `rest_minor` is still due."""

    learner_id: UUID
    charge_id: UUID
    subject: str
    minor: int
    currency: str
    rest_minor: int


@dataclass(frozen=True, slots=True)
class ChargeReopened:
    """The bank took a payment back: the charge is open again, and what it paid for waits for the rest."""

    learner_id: UUID
    charge_id: UUID
    subject: str
    minor: int
    currency: str
    rest_minor: int
    reason: str


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


@dataclass(frozen=True, slots=True)
class RefundDue:
    """Money is to be sent back by the provider that took it."""

    learner_id: UUID
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class RefundTold:
    """What the learner hears of a refund: `what` is `partly`, `undelivered`, `sent_otherwise` or `written_off`."""

    learner_id: UUID
    charge_id: UUID
    subject: str
    minor: int
    currency: str
    what: str
    institution: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundWaits:
    """A refund waits for the office: `what` is `asked` (a second person decides), `undelivered` or `write_off`."""

    charge_id: UUID
    institution: str
    subject: str
    what: str
    but_not: UUID | None
    wait_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NeedDecided:
    """Staff decided a request for a price by need."""

    learner_id: UUID
    institution: str
    state: str
    percent: str
    reason: str
