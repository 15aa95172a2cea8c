"""Refunds, in full or in part, through the provider that took the money."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.ledger import close_charge, due, locked, post
from linkspan.finance.actions.providers import refunding_provider
from linkspan.finance.events import RefundDue
from linkspan.finance.models import ChargeRow, RefundRow
from linkspan.finance.rules import ChargeState, may_refund
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.money import Money


@transaction.atomic
def refund(*, actor: Actor, charge_id: UUID, reason: str, now: datetime, amount: Money | None = None) -> None:
    """Give money of a paid charge back, all that is left if no amount is named, or cancel an open one.

    A charge of which all has gone back is refunded; until then it stays paid. A second full refund changes nothing.
    Unusable for an amount that is not above zero or more than is left.
    """
    row = locked(charge_id)
    permit(may_refund(actor, row.institution), "refund this charge")
    if row.state == ChargeState.OPEN and amount is None:
        close_charge(actor, row, ChargeState.CANCELLED, reason, now)
    elif row.state == ChargeState.PAID:
        _give_back(actor, row, _checked(row, amount), reason, now)
    elif amount is not None:
        raise Refused("charge_not_paid", "This charge is {state}: nothing of it can go back.", state=row.state)


def _checked(row: ChargeRow, amount: Money | None) -> Money:
    left = due(row) - Money(row.refunded_minor, row.currency)
    if amount is None:
        return left
    if amount.currency != row.currency or not 0 < amount.minor <= left.minor:
        raise Unusable("refund_unusable", "Between the smallest amount and {left} can go back.", left=left.in_words())
    return amount


def _give_back(actor: Actor, row: ChargeRow, amount: Money, reason: str, now: datetime) -> None:
    row.refunded_minor += amount.minor
    row.save(update_fields=["refunded_minor"])
    if amount.minor:
        post_key = f"{row.id}:{row.refunded_minor}"
        post(f"refund-due:{post_key}", row.learner_id, row.subject, rules.for_refund_due(amount), now)
        send_back(row, amount, row.provider, row.provider_reference, reason, now)
        after = {"amount": amount}
        audit.record(actor=actor, verb="refund", subject=f"finance.charge:{row.id}", now=now, after=after, why=reason)
    if row.refunded_minor == due(row).minor:
        close_charge(actor, row, ChargeState.REFUNDED, reason, now)


def send_back(row: ChargeRow, amount: Money, provider: str, reference: str, reason: str, now: datetime) -> None:
    """Have money that is owed to the learner sent: at once if people do it, else by the worker."""
    made = RefundRow.objects.create(
        charge=row,
        minor=amount.minor,
        provider=provider,
        payment_reference=reference,
        reason=reason,
        asked_at=now,
    )
    if refunding_provider(provider) is None:
        _made(made, "", now)
    else:
        outbox.publish(RefundDue(row.learner_id, made.id), now=now)


def make_refund(*, actor: Actor, refund_id: UUID, now: datetime) -> None:
    """Have the provider send a refund; a second time changes nothing, there or here.

    The provider is asked outside of any transaction, under the refund's own key at each try.
    """
    permit(actor.is_system, "make refunds")
    row = RefundRow.objects.select_related("charge").filter(id=refund_id).first()
    if row is None:
        raise NotFound("refund_unknown", "There is no such refund.")
    provider = refunding_provider(row.provider)
    if row.made_at is not None or provider is None:
        return
    amount = Money(row.minor, row.charge.currency)
    again = now - row.asked_at > provider.forgets_keys_after
    reference = provider.refund(row.payment_reference, amount, key=f"refund:{row.id}", look_first=again)
    with transaction.atomic():
        row = RefundRow.objects.select_for_update(of=("self",)).select_related("charge").get(id=refund_id)
        if row.made_at is None:
            _made(row, reference, now)


def _made(row: RefundRow, reference: str, now: datetime) -> None:
    row.made_at, row.provider_reference = now, reference
    row.save(update_fields=["made_at", "provider_reference"])
    amount = Money(row.minor, row.charge.currency)
    post(f"refund-made:{row.id}", row.charge.learner_id, row.charge.subject, rules.for_refund_made(amount), now)
