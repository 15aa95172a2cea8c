"""Payment by card: the learner goes to the provider, the provider tells us by a signed event."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.ledger import due, locked, post, settle
from linkspan.finance.actions.providers import card_provider
from linkspan.finance.actions.refunds import refund_came_back, send_back
from linkspan.finance.engines.stripe import Checkout, StripeProvider, Told
from linkspan.finance.models import ChargeRow, ProviderEventRow
from linkspan.finance.rules import ChargeState
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.money import Money
from linkspan.kernel.things import About, Thing, address_of

SYSTEM = system_actor("payments")


def start_checkout(*, actor: Actor, charge_id: UUID, title: str, now: datetime) -> Checkout:
    """Open the provider's page for an open charge of one's own; asked again, it is the same page."""
    row = ChargeRow.objects.filter(id=charge_id).first() or locked(charge_id)
    permit(actor.is_person(row.learner_id), "pay this charge")
    provider = card_provider()
    if provider is None:
        raise Refused("no_card_provider", "Cards are not taken here. Pay by invoice.")
    if row.state != ChargeState.OPEN:
        raise Refused("charge_closed", "This charge is {state}.", state=row.state)
    if row.part_minor:
        raise Refused("part_paid", "Part of this charge is paid already. Pay the rest in the same way.")
    made = provider.checkout(row.id, title, due(row), settings.BASE_URL + address_of(About.of(Thing.CHARGE, row.id)))
    with transaction.atomic():
        row = locked(charge_id)
        row.checkout = made.id
        row.save(update_fields=["checkout"])
        after = {"checkout": made.id}
        audit.record(actor=actor, verb="start_checkout", subject=f"finance.charge:{row.id}", now=now, after=after)
    return made


@transaction.atomic
def take_provider_event(*, payload: bytes, signature: str, now: datetime) -> str:
    """Take in one event of the provider: `paid`, `sent_back`, `refund_failed`, `ignored`, or `seen`.

    Unusable unless the provider signed it. Money for a charge that is paid, closed or of another amount is not
    applied: it is posted as the learner's and sent back.
    """
    provider = card_provider()
    if provider is None:
        raise Refused("no_card_provider", "Cards are not taken here.")
    told = provider.told(payload, signature)
    row, created = ProviderEventRow.objects.get_or_create(
        id=told.id, defaults={"kind": told.kind, "charge_id": told.charge_id, "outcome": "ignored", "at": now}
    )
    if not created:
        return "seen"
    if told.failed_refund:
        row.outcome = "refund_failed" if refund_came_back(told.failed_refund, told.failure, now) else "ignored"
        row.save(update_fields=["outcome"])
    if told.paid is not None and told.charge_id is not None:
        row.outcome = _apply(told, told.charge_id, told.paid, now)
        row.save(update_fields=["outcome"])
    return row.outcome


def _apply(told: Told, charge_id: UUID, paid: Money, now: datetime) -> str:
    row = ChargeRow.objects.select_for_update().filter(id=charge_id).first()
    if row is None:
        return "ignored"
    if (row.state, row.provider_reference) == (ChargeState.PAID, told.reference):
        return "seen"
    if row.state == ChargeState.OPEN and paid == due(row) and not row.part_minor:
        settle(SYSTEM, row, StripeProvider.name, told.reference, now)
        return "paid"
    if paid.currency != row.currency:
        return "ignored"
    post(f"unapplied:{told.id}", row.learner_id, row.subject, rules.for_unapplied(paid), now)
    post(f"unapplied-due:{told.id}", row.learner_id, row.subject, rules.for_unapplied_due(paid), now)
    send_back(row, paid, StripeProvider.name, told.reference, "This payment could not be applied.", now)
    return "sent_back"
