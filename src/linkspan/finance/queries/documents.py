"""Reads of invoices, receipts and credit notes."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from linkspan.finance.models import ChargeRow, MoneyDocumentRow
from linkspan.finance.rules import DocumentKind, DocumentLine, MoneyDocument, may_see_documents, number_text
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.money import Money


def documents_of(actor: Actor, charge_id: UUID) -> tuple[MoneyDocument, ...]:
    """The documents of a charge, oldest first, for its learner and office; NotFound for everybody else."""
    row = ChargeRow.objects.filter(id=charge_id).first()
    if row is None or not may_see_documents(actor, row.learner_id, row.institution):
        raise NotFound("charge_unknown", "There is no such charge.")
    return tuple(as_document(one) for one in MoneyDocumentRow.objects.filter(charge=row).order_by("at", "id"))


def money_document(actor: Actor, document_id: UUID) -> MoneyDocument:
    """One document as it was issued."""
    row = MoneyDocumentRow.objects.select_related("charge").filter(id=document_id).first()
    if row is None or not may_see_documents(actor, row.charge.learner_id, row.institution):
        raise NotFound("document_unknown", "There is no such document.")
    return as_document(row)


def as_document(row: MoneyDocumentRow) -> MoneyDocument:
    """A row as a value."""
    told: Mapping[str, Any] = row.told
    kind = DocumentKind(row.kind)
    return MoneyDocument(
        row.id,
        kind,
        number_text(row.institution, kind, row.number),
        date.fromisoformat(told["issued_on"]),
        row.institution,
        told["issuer"],
        told["issuer_address"],
        told["account"],
        told["bank"],
        told["instructions"],
        told["payer"],
        tuple(DocumentLine(one["title"], Money(**one["amount"])) for one in told["lines"]),
        Money(**told["total"]),
        told["reference"],
        _day(told["due"]),
        _day(told["paid_on"]),
        told["corrects"],
        told["reason"],
        told["language"],
    )


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None
