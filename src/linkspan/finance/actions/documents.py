"""Issue invoices, receipts and credit notes, numbered without gaps; what is issued never changes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import people_by_id
from linkspan.finance.models import ChargeRow, MoneyDocumentRow, NumberSeriesRow, RefundRow
from linkspan.finance.queries import as_document, payment_of, subject_title
from linkspan.finance.queries.charges import charge as as_charge
from linkspan.finance.rules import ChargeState, DocumentKind, MoneyDocument, may_see_documents, number_text
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.money import Money

#: What a document was issued for.
INVOICED, PAID, CANCELLED, DISCOUNT, REFUND = "invoice", "receipt", "cancelled", "discount:", "refund:"
BOUNCED = "bounced:"


@transaction.atomic
def issue_documents(*, actor: Actor, charge_id: UUID, now: datetime) -> tuple[MoneyDocument, ...]:
    """Issue what a charge has none of yet: an invoice while it is open, a receipt once it is paid, credit notes.

    For its learner and the office. Asked again, the same documents come back. Refused where nothing is to be issued.
    """
    found = ChargeRow.objects.filter(id=charge_id).first()
    if found is None or not may_see_documents(actor, found.learner_id, found.institution):
        raise NotFound("charge_unknown", "There is no such charge.")
    row = ChargeRow.objects.select_for_update().get(id=charge_id)
    _issue_due(actor, row, now)
    rows = MoneyDocumentRow.objects.filter(charge=row).order_by("at", "id")
    if not rows:
        raise Refused("no_document", "Nothing was paid or invoiced: there is no document.")
    return tuple(as_document(one) for one in rows)


def keep_documents(actor: Actor, row: ChargeRow, now: datetime) -> None:
    """Issue what follows from a change to a charge of which a document was issued. Callers hold it, and permitted."""
    if MoneyDocumentRow.objects.filter(charge=row).exists():
        _issue_due(actor, row, now)


def _issue_due(actor: Actor, row: ChargeRow, now: datetime) -> None:
    held = {one.key: one for one in MoneyDocumentRow.objects.filter(charge=row)}
    amount = _due(row)
    if row.state == ChargeState.OPEN and INVOICED not in held and amount.minor:
        held[INVOICED] = _issue(actor, row, DocumentKind.INVOICE, INVOICED, amount, now)
    receipts = _receipts(actor, row, held, now)
    invoice = held.get(INVOICED)
    if invoice is not None:
        _correct_invoice(actor, row, invoice, list(held.values()), now)
    for one in RefundRow.objects.filter(charge=row, payment_reference__in=receipts).order_by("asked_at"):
        if (key := f"{REFUND}{one.id}") not in held:
            receipt, back = receipts[one.payment_reference], Money(one.minor, row.currency)
            _issue(actor, row, DocumentKind.CREDIT_NOTE, key, back, now, receipt, one.reason)


def _receipts(
    actor: Actor, row: ChargeRow, held: dict[str, MoneyDocumentRow], now: datetime
) -> dict[str, MoneyDocumentRow]:
    """The receipts of a charge by the reference of their payment, one for each; what bounced is taken off again."""
    found: dict[str, MoneyDocumentRow] = {}
    payments, amount = list(row.payments.order_by("at", "id")), _due(row)
    for one in payments:
        if one.key not in held and one.bounced_at is None:
            paid = Money(one.minor, row.currency)
            held[one.key] = _issue(actor, row, DocumentKind.RECEIPT, one.key, paid, now, paid_on=one.at)
        bounced = f"{BOUNCED}{one.id}"
        if one.key in held and one.bounced_at is not None and bounced not in held:
            back, receipt = Money(one.minor, row.currency), held[one.key]
            held[bounced] = _issue(actor, row, DocumentKind.CREDIT_NOTE, bounced, back, now, receipt, one.why)
        if one.key in held:
            found[one.reference] = held[one.key]
    if not payments and row.paid_at is not None and PAID not in held and amount.minor:
        held[PAID] = _issue(actor, row, DocumentKind.RECEIPT, PAID, amount, now, paid_on=row.paid_at)
    if not payments and PAID in held:
        found[row.provider_reference] = held[PAID]
    return found


def _correct_invoice(
    actor: Actor, row: ChargeRow, invoice: MoneyDocumentRow, held: Sequence[MoneyDocumentRow], now: datetime
) -> None:
    """What an invoice asks for and is no longer owed is taken off by a credit note."""
    off = sum(one.minor for one in held if one.key.startswith(DISCOUNT) or one.key == CANCELLED)
    asked = invoice.minor - off
    if row.state == ChargeState.CANCELLED:
        if asked > 0:
            _issue(actor, row, DocumentKind.CREDIT_NOTE, CANCELLED, Money(asked, row.currency), now, invoice)
        return
    less = asked - _due(row).minor
    if less > 0:
        key, amount = f"{DISCOUNT}{row.discount_minor}", Money(less, row.currency)
        _issue(actor, row, DocumentKind.CREDIT_NOTE, key, amount, now, invoice)


def _issue(
    actor: Actor,
    row: ChargeRow,
    kind: DocumentKind,
    key: str,
    amount: Money,
    now: datetime,
    corrects: MoneyDocumentRow | None = None,
    reason: str = "",
    paid_on: datetime | None = None,
) -> MoneyDocumentRow:
    payment = payment_of(as_charge(row))
    payer = people_by_id([row.learner_id]).get(row.learner_id)
    told = {
        "issued_on": now.date(),
        "issuer": payment.to.name,
        "issuer_address": payment.to.address,
        "account": payment.to.account,
        "bank": payment.to.bank,
        "instructions": payment.to.instructions,
        "payer": (payer.legal_name or payer.name) if payer else "",
        "lines": [{"title": subject_title(row.subject), "amount": amount}],
        "total": amount,
        "reference": payment.reference,
        "due": payment.by if kind is DocumentKind.INVOICE else None,
        "paid_on": paid_on.date() if paid_on else None,
        "corrects": _number(corrects) if corrects else "",
        "reason": reason,
        "language": payer.locale if payer else "en",
    }
    made = MoneyDocumentRow.objects.create(
        charge=row,
        institution=row.institution,
        kind=kind,
        number=_next(row.institution, kind),
        key=key,
        minor=amount.minor,
        told=jsonable(told),
        at=now,
    )
    after = {"amount": amount, "reference": _number(made)}
    subject = f"finance.charge:{row.id}"
    audit.record(actor=actor, verb=f"issue_{kind}", subject=subject, now=now, after=after)
    return made


def _due(row: ChargeRow) -> Money:
    return Money(row.minor - row.discount_minor, row.currency)


def _next(institution: str, kind: DocumentKind) -> int:
    """The next number, held until the transaction ends: whoever else asks waits, and none is lost."""
    NumberSeriesRow.objects.get_or_create(institution=institution, kind=kind)
    series = NumberSeriesRow.objects.select_for_update().get(institution=institution, kind=kind)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last


def _number(row: MoneyDocumentRow) -> str:
    return number_text(row.institution, DocumentKind(row.kind), row.number)
