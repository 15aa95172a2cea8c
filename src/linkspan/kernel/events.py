"""What happened to deliveries, and to acts that were confirmed."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DeliveryGivenUp:
    """A delivery failed at its last try: an operator sends it again or sets it aside."""

    delivery_id: UUID
    event: str
    subscriber: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActLapsed:
    """An act that was confirmed did not take effect: what was seen had changed, or its person may not any more."""

    person_id: UUID
    planned_id: UUID
    act: str
    reason: str
