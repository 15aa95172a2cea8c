"""What the other actions share: entries posted once, a charge locked, settled, closed. Callers have permitted."""

from datetime import datetime
from uuid import UUID

from linkspan.finance import rules
from linkspan.finance.actions.documents import keep_documents
from linkspan.finance.events import ChargeClosed, ChargePaid, RefundWaits
from linkspan.finance.models import ChargeRow, JournalEntryRow, PaymentRow, PostingRow, RefundRow
from linkspan.finance.rules import ChargeState, Posting
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.money import Money

#: The provider of a charge of which nothing is left to pay.
NOTHING_TO_PAY = "none"
#: Why money goes back of a charge that ended before all of it had come.
PART = "part_paid"


def locked(charge_id: UUID) -> ChargeRow:
    """The charge, for update; NotFound if there is none."""
    row = ChargeRow.objects.select_for_update().filter(id=charge_id).first()
    if row is None:
        raise NotFound("charge_unknown", "There is no such charge.")
    return row


def due(row: ChargeRow) -> Money:
    """The price less the discount."""
    return Money(row.minor - row.discount_minor, row.currency)


def rest(row: ChargeRow) -> Money:
    """What of that has not come yet."""
    return due(row) - Money(row.part_minor, row.currency)


def settle(actor: Actor, row: ChargeRow, provider: str, reference: str, now: datetime) -> None:
    """Mark a charge as paid under the provider's reference, by all that is left of it."""
    amount = rest(row)
    row.provider, row.provider_reference, row.state, row.paid_at = provider, reference, ChargeState.PAID, now
    row.part_minor = 0
    row.save()
    if provider == rules.ManualProvider.name and amount.minor:
        receive(row, amount, reference, now)
    else:
        post(f"payment:{row.id}:{reference}"[:255], row.learner_id, row.subject, rules.for_payment(amount), now)
    subject = f"finance.charge:{row.id}"
    audit.record(actor=actor, verb="pay", subject=subject, now=now, after={"reference": reference})
    outbox.publish(ChargePaid(row.learner_id, row.id, row.subject, amount.minor, row.currency), now=now)
    keep_documents(actor, row, now)


def receive(row: ChargeRow, amount: Money, reference: str, now: datetime) -> PaymentRow:
    """Keep a payment by itself, and post it."""
    made = PaymentRow(charge=row, minor=amount.minor, reference=reference[:200], at=now)
    made.key = f"receipt:{made.id}"
    made.save()
    post(f"payment:{row.id}:{made.id}", row.learner_id, row.subject, rules.for_payment(amount), now)
    return made


def give_parts_back(row: ChargeRow, now: datetime) -> None:
    """What came of a charge that ends is the learner's: it stands with what did not arrive until it is sent."""
    for one in row.payments.filter(bounced_at=None) if row.part_minor else ():
        amount = Money(one.minor, row.currency)
        post(f"part-due:{row.id}:{one.id}", row.learner_id, row.subject, rules.for_refund_due(amount), now)
        sent = RefundRow.objects.create(
            charge=row,
            minor=one.minor,
            provider=rules.ManualProvider.name,
            payment_reference=one.reference,
            reason=PART,
            asked_at=now,
            failed_at=now,
            failure=PART,
        )
        outbox.publish(RefundWaits(row.id, row.institution, row.subject, "undelivered", None, sent.id), now=now)
    row.part_minor = 0


def settle_if_free(actor: Actor, row: ChargeRow, now: datetime) -> None:
    """A charge of which discounts leave nothing is paid."""
    if row.state == ChargeState.OPEN and row.discount_minor and due(row).minor == 0:
        settle(actor, row, NOTHING_TO_PAY, "", now)


def close_charge(actor: Actor, row: ChargeRow, to: ChargeState, reason: str, now: datetime) -> None:
    """End a charge: cancelled if it was open, refunded if all of it has gone back."""
    discount = Money(row.discount_minor, row.currency)
    if to == ChargeState.CANCELLED:
        post(f"{to}:{row.id}", row.learner_id, row.subject, rules.for_cancellation(rest(row)), now)
        give_parts_back(row, now)
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
