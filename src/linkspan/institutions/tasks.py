"""Reactions of this domain."""

from datetime import datetime

from linkspan.accounts.queries import people_with_role
from linkspan.institutions.actions import refresh_trust
from linkspan.institutions.events import InstitutionJoined, TrustMoved
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.things import About, Thing
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell


def on_joined(delivered: Delivered[InstitutionJoined]) -> None:
    """Tell who registered the institution what was decided."""
    tell(delivered, f"joining_{delivered.event.state}", About.of(Thing.REGISTRATION, delivered.event.registration_id))


def on_trust_moved(delivered: Delivered[TrustMoved]) -> None:
    """Tell the registrars who decide whom their institution relies on."""
    event = delivered.event
    told = {"title": event.title, "gone": str(event.gone), "key_changed": str(event.key_changed)}
    about = About.of(Thing.TRUST, event.institution, event.source_id)
    for person_id in sorted(people_with_role("registrar", event.institution)):
        key = f"trust_moved:{delivered.id}"
        notify(recipient_id=person_id, kind="trust_moved", context=told, about=about, key=key, now=delivered.at)


def ask_registries(now: datetime) -> None:
    """Ask each registry on which somebody relies, once a day and when a registrar asks for it."""
    refresh_trust(now)


SUBSCRIPTIONS = (Subscription(InstitutionJoined, on_joined), Subscription(TrustMoved, on_trust_moved))
CALLS = (ask_registries,)
