"""Invoices, receipts and credit notes: what they say, frozen when they are issued."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from linkspan.finance.rules.ledger import Charge, ChargeState, may_refund
from linkspan.kernel.actor import Actor
from linkspan.kernel.money import Money

#: Beyond so many digits a number is longer.
DIGITS = 6


class DocumentKind(StrEnum):
    """The kinds; each has a sequence of numbers of its own at each institution."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"


MARKS = {DocumentKind.INVOICE: "I", DocumentKind.RECEIPT: "R", DocumentKind.CREDIT_NOTE: "C"}


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a document."""

    title: str
    amount: Money


@dataclass(frozen=True, slots=True)
class MoneyDocument:
    """A document as it was issued: who issued it, to whom, its lines and their total, what it corrects.

    `due` is the last day of an invoice, `paid_on` the day of a receipt; `language` is in which it was issued.
    """

    id: UUID
    kind: DocumentKind
    number: str
    issued_on: date
    institution: str
    issuer: str
    issuer_address: str
    account: str
    bank: str
    instructions: str
    payer: str
    lines: tuple[DocumentLine, ...]
    total: Money
    reference: str
    due: date | None
    paid_on: date | None
    corrects: str
    reason: str
    language: str


def number_text(institution: str, kind: DocumentKind, number: int) -> str:
    """The number as it is printed, such as `MITx-I-000001`."""
    return f"{institution}-{MARKS[kind]}-{number:0{DIGITS}}"


def issuable(charge: Charge, documents: Collection[MoneyDocument]) -> bool:
    """Whether somebody can issue an invoice or a receipt that there is not yet."""
    kind = DocumentKind.INVOICE if charge.state == ChargeState.OPEN else DocumentKind.RECEIPT
    paid = charge.state in (ChargeState.PAID, ChargeState.REFUNDED) or kind is DocumentKind.INVOICE
    return paid and bool(charge.amount.minor) and kind not in {one.kind for one in documents}


def may_see_documents(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, the office that is paid, auditors, and the system."""
    return actor.is_person(learner_id) or may_refund(actor, institution) or actor.has_role("auditor")
