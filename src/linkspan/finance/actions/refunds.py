"""Refunds, in full or in part, through the provider that took the money, by a second person where that is asked for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.documents import keep_documents
from linkspan.finance.actions.ledger import close_charge, due, locked, post
from linkspan.finance.actions.providers import refunding_provider
from linkspan.finance.engines.stripe import Undeliverable
from linkspan.finance.events import RefundDue, RefundTold, RefundWaits
from linkspan.finance.models import ChargeRow, RefundAskRow, RefundRow
from linkspan.finance.queries import payee
from linkspan.finance.rules import AskState, ChargeState, RefundOutcome, check_second, may_give_back
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.money import Money

SYSTEM = system_actor("payments")


@transaction.atomic
def refund(*, actor: Actor, charge_id: UUID, reason: str, now: datetime, amount: Money | None = None) -> RefundOutcome:
    """Give money of a paid charge back, all that is left if no amount is named, or cancel an open one.

    A charge of which all has gone back is refunded; until then it stays paid. A second full refund changes nothing.
    Where the institution asks for a second person, a person's wish waits for `decide_refund`.
    Unusable for an amount that is not above zero or more than is left.
    """
    row = locked(charge_id)
    permit(may_give_back(actor, row.learner_id, row.institution), "refund this charge")
    if row.state == ChargeState.OPEN and amount is None:
        close_charge(actor, row, ChargeState.CANCELLED, reason, now)
        return RefundOutcome.CANCELLED
    if row.state == ChargeState.PAID:
        back = _checked(row, amount)
        if back.minor and actor.person_id is not None and payee(row.institution).second_person:
            _ask(actor, row, back, reason, now)
            return RefundOutcome.WAITS
        _give_back(actor, row, back, reason, now)
    elif amount is not None:
        raise Refused("charge_not_paid", "This charge is {state}: nothing of it can go back.", state=row.state)
    return RefundOutcome.DONE


@transaction.atomic
def decide_refund(*, actor: Actor, ask_id: UUID, approve: bool, now: datetime, reason: str = "") -> None:
    """A second person gives back what another asked for, or refuses with a reason; decided, it is Refused."""
    found = RefundAskRow.objects.filter(id=ask_id).first()
    row = locked(found.charge_id) if found else None
    ask = RefundAskRow.objects.select_for_update().filter(id=ask_id).first()
    if row is None or ask is None or not rules.may_refund(actor, row.institution):
        raise NotFound("refund_unknown", "There is no such refund.")
    permit(may_give_back(actor, row.learner_id, row.institution), "decide this refund")
    check_second(actor, ask.asked_by)
    if ask.state != AskState.WAITING:
        raise Refused("refund_decided", "This refund is {state} already.", state=ask.state)
    if not approve and not reason.strip():
        raise Unusable("reason_missing", "Say why: whoever asked reads it.")
    ask.state = AskState.APPROVED if approve else AskState.REFUSED
    ask.decided_by, ask.decided_at = actor.person_id, now
    ask.save(update_fields=["state", "decided_by", "decided_at"])
    amount, subject = Money(ask.minor, row.currency), f"finance.charge:{row.id}"
    if approve:
        _give_back(actor, row, _checked(row, amount), ask.reason, now)
        return
    audit.record(
        actor=actor, verb="refuse_refund", subject=subject, now=now, after={"amount": amount}, why=reason.strip()[:2000]
    )


def _ask(actor: Actor, row: ChargeRow, amount: Money, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the money goes back: the second person reads it.")
    if RefundAskRow.objects.filter(charge=row, state=AskState.WAITING).exists():
        raise Refused("refund_waits", "A refund of this charge waits for a second person already.")
    made = RefundAskRow.objects.create(
        charge=row, minor=amount.minor, reason=reason, state=AskState.WAITING, asked_by=actor.own_id, asked_at=now
    )
    subject = f"finance.charge:{row.id}"
    audit.record(actor=actor, verb="ask_refund", subject=subject, now=now, after={"amount": amount}, why=reason)
    outbox.publish(RefundWaits(row.id, row.institution, row.subject, "asked", actor.person_id, made.id), now=now)


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
    else:
        tell_learner(row, amount, "partly", reason, now)
        keep_documents(actor, row, now)


def send_back(row: ChargeRow, amount: Money, provider: str, reference: str, reason: str, now: datetime) -> None:
    """Have money that is owed to the learner sent: at once if people do it, else by the worker."""
    sent = RefundRow.objects.create(
        charge=row,
        minor=amount.minor,
        provider=provider,
        payment_reference=reference,
        reason=reason,
        asked_at=now,
    )
    if refunding_provider(provider) is None:
        made(sent, row, "", now)
    else:
        outbox.publish(RefundDue(row.learner_id, sent.id), now=now)


def make_refund(*, actor: Actor, refund_id: UUID, now: datetime) -> None:
    """Have the provider send a refund; a second time changes nothing, there or here.

    The provider is asked outside of any transaction, under the refund's own key at each try.
    """
    permit(actor.is_system, "make refunds")
    row = RefundRow.objects.select_related("charge").filter(id=refund_id).first()
    if row is None:
        raise NotFound("refund_unknown", "There is no such refund.")
    provider = refunding_provider(row.provider)
    if row.made_at is not None or row.failed_at is not None or provider is None:
        return
    amount, key = Money(row.minor, row.charge.currency), _key(row)
    again = now - row.asked_at > provider.forgets_keys_after
    failure, reference = "", ""
    try:
        reference = provider.refund(row.payment_reference, amount, key=key, look_first=again)
    except Undeliverable as error:
        failure = error.failure
    with transaction.atomic():
        charge = locked(row.charge_id)
        row = locked_refund(refund_id)
        if row.made_at is not None or row.failed_at is not None or _key(row) != key:
            return
        if failure:
            _failed(row, charge, failure, now)
        else:
            made(row, charge, reference, now)


def refund_came_back(key: str, failure: str, now: datetime) -> bool:
    """Note that the provider could not deliver a refund, whether or not it had said that it did; once a try."""
    try:
        refund_id = UUID(key.removeprefix("refund:").partition(":")[0])
    except ValueError:
        return False
    found = RefundRow.objects.filter(id=refund_id).first()
    if found is None:
        return False
    charge = locked(found.charge_id)
    row = locked_refund(refund_id)
    if _key(row) != key or row.failed_at is not None or refunding_provider(row.provider) is None:
        return False
    if row.made_at is not None:
        back = rules.for_refund_failed(Money(row.minor, charge.currency))
        post(f"refund-failed:{row.id}:{row.tries}", charge.learner_id, charge.subject, back, now)
        row.made_at = None
    _failed(row, charge, failure[:60], now)
    return True


def locked_refund(refund_id: UUID) -> RefundRow:
    """A refund, for update, after its charge; NotFound if there is none."""
    row = RefundRow.objects.select_for_update().filter(id=refund_id).first()
    if row is None:
        raise NotFound("refund_unknown", "There is no such refund.")
    return row


def made(row: RefundRow, charge: ChargeRow, reference: str, now: datetime) -> None:
    """Note that the money left. Callers have permitted."""
    row.made_at, row.provider_reference, row.failed_at = now, reference, None
    row.save()
    amount = rules.for_refund_made(Money(row.minor, charge.currency))
    key = f"refund-made:{row.id}" + (f":{row.tries}" if row.tries else "")
    post(key, charge.learner_id, charge.subject, amount, now)


def tell_learner(charge: ChargeRow, amount: Money, what: str, reason: str, now: datetime) -> None:
    """Have the learner hear of a refund."""
    paid = (charge.learner_id, charge.id, charge.subject, amount.minor, amount.currency)
    outbox.publish(RefundTold(*paid, what, charge.institution, reason), now=now)


def _key(row: RefundRow) -> str:
    """The provider's key of a try."""
    return f"refund:{row.id}" + (f":{row.tries}" if row.tries else "")


def _failed(row: RefundRow, charge: ChargeRow, failure: str, now: datetime) -> None:
    row.failed_at, row.failure = now, failure
    row.save()
    audit.record(
        actor=SYSTEM,
        verb="refund_undelivered",
        subject=f"finance.charge:{charge.id}",
        now=now,
        after={"amount": Money(row.minor, charge.currency), "reference": failure},
        institution=charge.institution,
    )
    tell_learner(charge, Money(row.minor, charge.currency), "undelivered", failure, now)
    outbox.publish(RefundWaits(charge.id, charge.institution, charge.subject, "undelivered", None, row.id), now=now)
