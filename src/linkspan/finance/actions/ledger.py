"""What the other actions share: entries posted once, a charge locked, settled, closed. Callers have permitted."""

from datetime import datetime
from uuid import UUID

from linkspan.finance import rules
from linkspan.finance.actions.documents import keep_documents
from linkspan.finance.events import ChargeClosed, ChargePaid
from linkspan.finance.models import ChargeRow, JournalEntryRow, PostingRow
from linkspan.finance.rules import ChargeState, Posting
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.money import Money

#: The provider of a charge of which nothing is left to pay.
NOTHING_TO_PAY = "none"


def locked(charge_id: UUID) -> ChargeRow:
    """The charge, for update; NotFound if there is none."""
    row = ChargeRow.objects.select_for_update().filter(id=charge_id).first()
    if row is None:
        raise NotFound("charge_unknown", "There is no such charge.")
    return row


def due(row: ChargeRow) -> Money:
    """The price less the discount."""
    return Money(row.minor - row.discount_minor, row.currency)


def settle(actor: Actor, row: ChargeRow, provider: str, reference: str, now: datetime) -> None:
    """Mark a charge as paid under the provider's reference."""
    row.provider, row.provider_reference, row.state, row.paid_at = provider, reference, ChargeState.PAID, now
    row.save()
    post(f"payment:{row.id}", row.learner_id, row.subject, rules.for_payment(due(row)), now)
    subject = f"finance.charge:{row.id}"
    audit.record(actor=actor, verb="pay", subject=subject, now=now, after={"reference": reference})
    outbox.publish(ChargePaid(row.learner_id, row.id, row.subject, due(row).minor, row.currency), now=now)
    keep_documents(actor, row, now)


def settle_if_free(actor: Actor, row: ChargeRow, now: datetime) -> None:
    """A charge of which discounts leave nothing is paid."""
    if row.state == ChargeState.OPEN and row.discount_minor and due(row).minor == 0:
        settle(actor, row, NOTHING_TO_PAY, "", now)


def close_charge(actor: Actor, row: ChargeRow, to: ChargeState, reason: str, now: datetime) -> None:
    """End a charge: cancelled if it was open, refunded if all of it has gone back."""
    discount = Money(row.discount_minor, row.currency)
    if to == ChargeState.CANCELLED:
        post(f"{to}:{row.id}", row.learner_id, row.subject, rules.for_cancellation(due(row)), now)
    if row.discount_minor:
        post(f"discount-ended:{row.id}", row.learner_id, row.subject, rules.for_discount_ended(discount), now)
    row.state = to
    row.save()
    audit.record(actor=actor, verb=to, subject=f"finance.charge:{row.id}", now=now, why=reason)
    outbox.publish(ChargeClosed(row.learner_id, row.id, row.subject, due(row).minor, row.currency, to), now=now)
    keep_documents(actor, row, now)


def post(
    reference: str, learner_id: UUID, subject: str, postings: tuple[Posting, ...], now: datetime, cohort: str = ""
) -> None:
    """Post a balanced entry, once per reference."""
    entry, created = JournalEntryRow.objects.get_or_create(
        reference=reference, defaults={"learner_id": learner_id, "subject": subject, "cohort": cohort, "at": now}
    )
    if created:
        PostingRow.objects.bulk_create(
            PostingRow(entry=entry, account=p.account, minor=p.amount.minor, currency=p.amount.currency)
            for p in rules.balanced(postings)
        )
