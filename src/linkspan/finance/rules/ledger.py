"""Charges, and journal entries that balance."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money


class Account(StrEnum):
    """Accounts of the ledger; debits are positive, credits negative."""

    RECEIVABLE = "receivable"
    CASH = "cash"
    TUITION = "tuition"
    TUITION_FORGONE = "tuition_forgone"
    WAIVERS_GIVEN = "waivers_given"
    DISCOUNTS = "discounts"
    REFUNDS_PAYABLE = "refunds_payable"
    UNAPPLIED = "unapplied"
    UNCLAIMED = "unclaimed"


class ChargeState(StrEnum):
    """Where a charge stands."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a journal entry: a debit if `amount` is positive, a credit if it is negative."""

    account: Account
    amount: Money


@dataclass(frozen=True, slots=True)
class Charge:
    """What a learner owes or has paid to an institution for a subject (`course-run:RUN`, `exam:CODE`).

    `amount` is what is to be paid: the price less `discount`; `part` is what came of it while it is open, `refunded`
    what has gone back of it.
    """

    id: UUID
    learner_id: UUID
    subject: str
    amount: Money
    state: ChargeState
    at: datetime
    institution: str = ""
    reported: str = ""
    discount: Money | None = None
    refunded: Money | None = None
    part: Money | None = None

    @property
    def rest(self) -> Money:
        """What is still to be paid."""
        return self.amount - self.part if self.part else self.amount


@dataclass(frozen=True, slots=True)
class Received:
    """A payment that was confirmed, all of a charge or a part; `bounced_at` once the bank took it back."""

    id: UUID
    amount: Money
    reference: str
    at: datetime
    bounced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Forgone:
    """Tuition forgone for one learner of a cohort under an agreement."""

    agreement_id: str
    cohort: str
    learner_id: UUID
    amount: Money


class PaymentProvider(Protocol):
    """Takes money outside; returns a reference under which it can be found again."""

    name: str

    def settle(self, charge: Charge, reference: str) -> str:
        """Take the charge's amount and return the provider's reference; Unusable if it was not paid."""
        ...


class ManualProvider:
    """Payment by invoice: the learner reports a reference, staff confirm that the money came under it."""

    name = "manual"

    def settle(self, charge: Charge, reference: str) -> str:
        """The reference as entered; Unusable if there is none."""
        if not reference.strip():
            raise Unusable("reference_missing", "Enter the reference of the payment.")
        return reference.strip()[:200]


def balanced(postings: tuple[Posting, ...]) -> tuple[Posting, ...]:
    """The postings, if in each currency debits equal credits; ValueError otherwise (double entry)."""
    totals: dict[str, int] = {}
    for posting in postings:
        totals[posting.amount.currency] = totals.get(posting.amount.currency, 0) + posting.amount.minor
    if any(totals.values()) or not postings:
        raise ValueError(f"the entry does not balance: {totals}")
    return postings


def for_charge(amount: Money) -> tuple[Posting, ...]:
    """A charge: the learner owes, tuition is earned."""
    return balanced((Posting(Account.RECEIVABLE, amount), Posting(Account.TUITION, -amount)))


def for_payment(amount: Money) -> tuple[Posting, ...]:
    """A payment: cash comes, the debt goes."""
    return balanced((Posting(Account.CASH, amount), Posting(Account.RECEIVABLE, -amount)))


def for_bounced(amount: Money) -> tuple[Posting, ...]:
    """A payment that the bank took back: the cash is gone, the debt stands again."""
    return balanced((Posting(Account.RECEIVABLE, amount), Posting(Account.CASH, -amount)))


def for_refund(amount: Money) -> tuple[Posting, ...]:
    """A refund: cash goes, tuition is no longer earned."""
    return balanced((Posting(Account.TUITION, amount), Posting(Account.CASH, -amount)))


def for_cancellation(amount: Money) -> tuple[Posting, ...]:
    """A cancelled charge: nothing is owed any more."""
    return balanced((Posting(Account.TUITION, amount), Posting(Account.RECEIVABLE, -amount)))


def for_discount(amount: Money) -> tuple[Posting, ...]:
    """A discount on a charge: less is owed; taken back if the amount is negative."""
    return balanced((Posting(Account.DISCOUNTS, amount), Posting(Account.RECEIVABLE, -amount)))


def for_discount_ended(amount: Money) -> tuple[Posting, ...]:
    """The discount of a charge that is refunded in full: neither the tuition nor its discount stands any more."""
    return balanced((Posting(Account.TUITION, amount), Posting(Account.DISCOUNTS, -amount)))


def for_refund_due(amount: Money) -> tuple[Posting, ...]:
    """A refund that a provider is yet to make: tuition is no longer earned, the money is owed to the learner."""
    return balanced((Posting(Account.TUITION, amount), Posting(Account.REFUNDS_PAYABLE, -amount)))


def for_refund_made(amount: Money) -> tuple[Posting, ...]:
    """A refund that the provider has made."""
    return balanced((Posting(Account.REFUNDS_PAYABLE, amount), Posting(Account.CASH, -amount)))


def for_unapplied(amount: Money) -> tuple[Posting, ...]:
    """Money for a charge that takes none (closed, or paid already): it is the learner's until it goes back."""
    return balanced((Posting(Account.CASH, amount), Posting(Account.UNAPPLIED, -amount)))


def for_unapplied_due(amount: Money) -> tuple[Posting, ...]:
    """Money that was not applied is sent back."""
    return balanced((Posting(Account.UNAPPLIED, amount), Posting(Account.REFUNDS_PAYABLE, -amount)))


def for_forgone(amount: Money) -> tuple[Posting, ...]:
    """Tuition that a waiver forgoes, shown against the waivers given."""
    return balanced((Posting(Account.TUITION_FORGONE, amount), Posting(Account.WAIVERS_GIVEN, -amount)))


def may_see_charges(actor: Actor, learner_id: UUID) -> bool:
    """Who sees every charge, and program staff and deans, who see those of their institutions."""
    staff = actor.institutions_as("program_staff") | actor.institutions_as("dean")
    return sees_all_charges(actor, learner_id) or bool(staff)


def may_see_forgone(actor: Actor) -> bool:
    """Auditors and the system, who say it on to the deans of an agreement's parties."""
    return actor.is_system or actor.has_role("auditor")


def may_see_takings(actor: Actor, institution: str) -> bool:
    """Deans of the institution, auditors and the system."""
    return actor.is_system or actor.has_role("auditor") or actor.has_role("dean", institution)


def may_charge(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """A learner by their own choice (an enrolment), the institution's staff, or the system."""
    return actor.is_system or actor.is_person(learner_id) or may_refund(actor, institution)


def may_confirm_payment(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """Who sees that the money came: the institution's staff, never for themselves, and the system."""
    return may_refund(actor, institution) and not actor.is_person(learner_id)


def may_refund(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution that was paid, and the system."""
    roles = ("program_staff", "registrar")
    return actor.is_system or any(actor.has_role(role, institution) for role in roles)


def sees_all_charges(actor: Actor, learner_id: UUID) -> bool:
    """The learner, the system and auditors see every charge; staff and deans those of their institutions."""
    return actor.is_system or actor.is_person(learner_id) or actor.has_role("auditor")
