"""Reactions of this domain."""

from linkspan.institutions.events import InstitutionJoined
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.things import About, Thing
from linkspan.messages.tasks import tell


def on_joined(delivered: Delivered[InstitutionJoined]) -> None:
    """Tell who registered the institution what was decided."""
    tell(delivered, f"joining_{delivered.event.state}", About.of(Thing.REGISTRATION, delivered.event.registration_id))


SUBSCRIPTIONS = (Subscription(InstitutionJoined, on_joined),)
