"""Reactions of this domain."""

from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.tasks import tell


def on_joined(delivered: Delivered) -> None:
    """Tell who registered the institution what was decided."""
    tell(delivered, f"joining_{delivered.payload['state']}", f"/join/{delivered.payload['registration_id']}/")


SUBSCRIPTIONS: dict[str, Subscriber] = {"InstitutionJoined": on_joined}
