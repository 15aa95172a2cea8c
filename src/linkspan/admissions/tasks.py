"""Reactions of this domain."""

from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.tasks import tell


def on_submitted(delivered: Delivered) -> None:
    """Tell the applicant that the application is in."""
    tell(delivered, "application_received", f"/applications/{delivered.payload['application_id']}/")


def on_decided(delivered: Delivered) -> None:
    """Tell the applicant of the decision."""
    tell(
        delivered, f"application_{delivered.payload['state']}", f"/applications/{delivered.payload['application_id']}/"
    )


SUBSCRIPTIONS: dict[str, Subscriber] = {"ApplicationSubmitted": on_submitted, "ApplicationDecided": on_decided}
