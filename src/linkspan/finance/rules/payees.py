"""To whom learners pay, and whose turn it is at a charge."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from linkspan.finance.rules.ledger import Account, Charge, ChargeState
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money

#: Days from a charge to the last day of payment, where the institution says nothing else; and the most it may say.
DAYS_TO_PAY, MOST_DAYS = 14, 365
#: Characters of the name and of the bank's texts, and of an address or instructions.
SHORT, LONG = 140, 1000


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid at an institution, and how; `second_person`: another confirms what goes back or is written off."""

    institution: str
    name: str
    address: str = ""
    account: str = ""
    bank: str = ""
    instructions: str = ""
    days_to_pay: int = DAYS_TO_PAY
    second_person: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """How a charge is paid: to whom, under which reference, by which day."""

    to: Payee
    reference: str
    by: date


class Turn(StrEnum):
    """Who acts next on a charge."""

    LEARNER_PAYS = "learner_pays"
    OFFICE_CONFIRMS = "office_confirms"
    SECOND_PERSON = "second_person"
    REFUND_UNDER_WAY = "refund_under_way"
    REFUND_UNDELIVERED = "refund_undelivered"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Happened:
    """What was done to a charge: by whom, and how it was put."""

    at: datetime
    verb: str
    who: str
    why: str
    reference: str
    amount: Money | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the ledger about a charge: a debit if `amount` is positive, a credit if it is negative."""

    at: datetime
    account: Account
    amount: Money

    @property
    def credit(self) -> Money:
        """The amount of a credit."""
        return -self.amount


def may_set_payee(actor: Actor, institution: str) -> bool:
    """Registrars of the institution, and the system."""
    return actor.is_system or actor.has_role("registrar", institution)


def checked_payee(given: Payee) -> Payee:
    """The payee; Unusable without a name, or with texts or days beyond what an invoice has."""
    if not given.name.strip():
        raise Unusable("payee_unnamed", "Enter the name of who is paid.")
    short, long = (given.name, given.account, given.bank), (given.address, given.instructions)
    if any(len(one) > SHORT for one in short) or any(len(one) > LONG for one in long):
        raise Unusable(
            "payee_too_long", "Enter at most {short} characters a line, {long} in a box.", short=SHORT, long=LONG
        )
    if not 1 <= given.days_to_pay <= MOST_DAYS:
        raise Unusable("payee_days", "Days to pay: enter 1 to {most}.", most=MOST_DAYS)
    return given


def turn_at(charge: Charge) -> Turn:
    """Who acts next, as far as the charge itself says."""
    if charge.state != ChargeState.OPEN:
        return Turn.NOBODY
    return Turn.OFFICE_CONFIRMS if charge.reported else Turn.LEARNER_PAYS
