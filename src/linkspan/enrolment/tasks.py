"""Reactions to lower domains."""

from uuid import UUID

from linkspan.enrolment.actions import confirm_payment
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered


def on_charge_paid(delivered: Delivered) -> None:
    """A paid charge opens the verified track."""
    charge_id = UUID(delivered.payload["charge_id"])
    confirm_payment(actor=system_actor("enrolment"), charge_id=charge_id, now=delivered.at)


SUBSCRIPTIONS = {"ChargePaid": on_charge_paid}
