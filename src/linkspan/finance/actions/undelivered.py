"""Refunds that did not arrive: tried again, sent in another way, or written off by two people."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.ledger import locked, post
from linkspan.finance.actions.providers import refunding_provider
from linkspan.finance.actions.refunds import locked_refund, made, tell_learner
from linkspan.finance.events import RefundDue, RefundWaits
from linkspan.finance.models import ChargeRow, RefundRow
from linkspan.finance.rules import ManualProvider, check_second, may_give_back, may_refund
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.money import Money


@transaction.atomic
def retry_refund(*, actor: Actor, refund_id: UUID, now: datetime) -> None:
    """Have the provider try a refund again that did not arrive; one that is under way is Refused."""
    row, charge = _undelivered(actor, refund_id)
    if refunding_provider(row.provider) is None:
        raise Refused("refund_by_hand", "No provider sends this. Send it by bank, and enter the reference.")
    row.tries += 1
    row.failed_at, row.failure, row.asked_at = None, "", now
    row.write_off_asked_by, row.write_off_reason = None, ""
    row.save()
    _record(actor, "retry_refund", row, charge, now)
    outbox.publish(RefundDue(charge.learner_id, row.id), now=now)


@transaction.atomic
def send_refund_otherwise(*, actor: Actor, refund_id: UUID, reference: str, now: datetime) -> None:
    """Note that a refund that did not arrive was sent in another way, by its reference; the learner is told."""
    row, charge = _undelivered(actor, refund_id)
    said = reference.strip()[:200]
    if not said:
        raise Unusable("reference_missing", "Enter the reference under which the bank sent it.")
    row.provider = ManualProvider.name
    row.tries += 1
    made(row, charge, said, now)
    _record(actor, "send_refund_otherwise", row, charge, now, reference=said)
    tell_learner(charge, Money(row.minor, charge.currency), "sent_otherwise", said, now)


@transaction.atomic
def ask_write_off(*, actor: Actor, refund_id: UUID, reason: str, now: datetime) -> None:
    """Propose that a refund that cannot be delivered is no longer owed; a second person decides."""
    row, charge = _undelivered(actor, refund_id)
    if not reason.strip():
        raise Unusable("reason_missing", "Say why it cannot be delivered: the learner reads it.")
    if row.write_off_asked_by is not None:
        raise Refused("write_off_asked", "Somebody proposed this already. A second person decides.")
    row.write_off_asked_by, row.write_off_reason = actor.own_id, reason.strip()[:2000]
    row.save()
    _record(actor, "ask_write_off", row, charge, now, why=row.write_off_reason)
    outbox.publish(RefundWaits(charge.id, charge.institution, charge.subject, "write_off", actor.person_id), now=now)


@transaction.atomic
def decide_write_off(*, actor: Actor, refund_id: UUID, approve: bool, now: datetime) -> None:
    """A second person writes a refund off, and the learner is told; or it stays owed."""
    row, charge = _undelivered(actor, refund_id)
    if row.write_off_asked_by is None:
        raise Refused("write_off_not_asked", "Nobody proposed to write this off.")
    check_second(actor, row.write_off_asked_by)
    reason = row.write_off_reason
    if not approve:
        row.write_off_asked_by, row.write_off_reason = None, ""
        row.save()
        _record(actor, "keep_refund_owed", row, charge, now)
        return
    row.written_off_at = now
    row.save()
    amount = Money(row.minor, charge.currency)
    post(f"written-off:{row.id}", charge.learner_id, charge.subject, rules.for_written_off(amount), now)
    _record(actor, "write_off_refund", row, charge, now, why=reason)
    tell_learner(charge, amount, "written_off", reason, now)


def _undelivered(actor: Actor, refund_id: UUID) -> tuple[RefundRow, ChargeRow]:
    """A refund that did not arrive with its charge, for its office; NotFound for everybody else."""
    found = RefundRow.objects.filter(id=refund_id).first()
    charge = locked(found.charge_id) if found else None
    if charge is None or not may_refund(actor, charge.institution):
        raise NotFound("refund_unknown", "There is no such refund.")
    permit(may_give_back(actor, charge.learner_id, charge.institution), "decide about this refund")
    row = locked_refund(refund_id)
    if row.failed_at is None or row.written_off_at is not None:
        raise Refused("refund_not_undelivered", "This refund is not undelivered: nothing is to be decided.")
    return row, charge


def _record(
    actor: Actor, verb: str, row: RefundRow, charge: ChargeRow, now: datetime, reference: str = "", why: str = ""
) -> None:
    after = {"amount": Money(row.minor, charge.currency), "reference": reference}
    audit.record(actor=actor, verb=verb, subject=f"finance.charge:{charge.id}", now=now, after=after, why=why)
