"""Reactions of this domain."""

from datetime import datetime

from linkspan.accounts.queries import people_with_role
from linkspan.admissions.actions import lapse_offers
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell


def on_submitted(delivered: Delivered) -> None:
    """Tell the applicant that the application is in."""
    tell(delivered, "application_received", f"/applications/{delivered.payload['application_id']}/")


def on_decided(delivered: Delivered) -> None:
    """Tell the applicant of the decision."""
    tell(
        delivered, f"application_{delivered.payload['state']}", f"/applications/{delivered.payload['application_id']}/"
    )


def on_consent_signed(delivered: Delivered) -> None:
    """Tell the admissions staff of the institution that a record can be read, never whose: that is in the inbox."""
    institution = str(delivered.payload["institution"])
    for staff in people_with_role("admissions", institution):
        notify(
            recipient_id=staff,
            kind="record_shared",
            context={"kind": str(delivered.payload["purpose"]).replace("_", " ")},
            link=f"/desk/inbox/{institution}/",
            key=f"record_shared:{delivered.id}",
            now=delivered.at,
        )


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "ApplicationSubmitted": on_submitted,
    "ApplicationDecided": on_decided,
    "ConsentSigned": on_consent_signed,
}


def lapse(now: datetime) -> None:
    """Let offers lapse that nobody answered in time."""
    lapse_offers(actor=system_actor("admissions"), now=now)


TICKS = (lapse,)
