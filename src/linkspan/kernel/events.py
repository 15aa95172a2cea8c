"""What happened to deliveries."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DeliveryGivenUp:
    """A delivery failed at its last try: an operator sends it again or sets it aside."""

    delivery_id: UUID
    event: str
    subscriber: str
    reason: str
