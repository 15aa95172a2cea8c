"""What a bank says that came, and the charge for which it came: matched by reference and amount, decided by people."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from linkspan.finance.rules.ledger import Charge, ChargeState
from linkspan.kernel.ids import DIGITS, number_of
from linkspan.kernel.money import Money

#: Eight digits of a charge's number, however a bank writes them; letters that are misread are taken too.
NUMBER = re.compile(rf"(?<![0-9A-Z])(?=([{DIGITS}OIL]{{4}})[- ]?([{DIGITS}OIL]{{4}})(?![0-9A-Z]))")
#: Letters and digits that a reported reference needs, so that it is looked for in what the bank tells.
SHORTEST = 6
#: Numbers that are looked for in one entry.
MOST_NUMBERS = 20


class BankOutcome(StrEnum):
    """What an entry of a bank file is to us."""

    MATCHED = "matched"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    OTHER_CURRENCY = "other_currency"
    PAID_ALREADY = "paid_already"
    CLOSED = "charge_closed"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unmatched"
    REVERSED = "reversed"
    OUTGOING = "outgoing"
    OWN = "own_payment"


class EntryState(StrEnum):
    """Where an entry stands: it waits for a person, paid a charge, is to be sent back, or was set aside."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    SENT_BACK = "sent_back"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class BankEntry:
    """A booked entry of a statement: `key` is the same in each file; `reversal` takes an earlier one back."""

    key: str
    booked_on: date
    amount: Money
    reference: str
    payer: str
    reversal: bool


@dataclass(frozen=True, slots=True)
class Matched:
    """An entry, what it is to us, and the one charge that it names, if it is one."""

    entry: BankEntry
    outcome: BankOutcome
    charge_id: UUID | None
    due: Money | None
    number: str


@dataclass(frozen=True, slots=True)
class BankReport:
    """What a bank file says: new entries by outcome, and how many are known from an earlier file."""

    institution: str
    entries: tuple[Matched, ...]
    known: int
    skipped: int
    counts: Mapping[str, int]


def numbers_in(text: str) -> tuple[str, ...]:
    """What could be numbers of charges in a text, each once."""
    found = ("".join(one) for one in NUMBER.findall(text.upper()))
    return tuple(dict.fromkeys(found))[:MOST_NUMBERS]


def plain(text: str) -> str:
    """The letters and digits of a reference, as banks leave them."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def matched(entry: BankEntry, charges: Sequence[Charge], own: Collection[UUID]) -> Matched:
    """What an entry is to us, from the charges that it may name; `own` are charges of whoever hands the file in."""
    if entry.amount.minor <= 0 or entry.reversal:
        outcome = BankOutcome.REVERSED if entry.reversal else BankOutcome.OUTGOING
        charge = charges[0] if len(charges) == 1 else None
        return _told(entry, outcome, charge)
    if len(charges) != 1:
        return _told(entry, BankOutcome.AMBIGUOUS if charges else BankOutcome.UNKNOWN, None)
    (charge,) = charges
    return _told(entry, BankOutcome.OWN if charge.id in own else compared(entry.amount, charge), charge)


def compared(amount: Money, charge: Charge) -> BankOutcome:
    """What an amount is to a charge."""
    if charge.state != ChargeState.OPEN:
        return BankOutcome.PAID_ALREADY if charge.state == ChargeState.PAID else BankOutcome.CLOSED
    if amount.currency != charge.amount.currency:
        return BankOutcome.OTHER_CURRENCY
    if amount.minor == charge.rest.minor:
        return BankOutcome.MATCHED
    return BankOutcome.UNDERPAID if amount.minor < charge.rest.minor else BankOutcome.OVERPAID


def _told(entry: BankEntry, outcome: BankOutcome, charge: Charge | None) -> Matched:
    if charge is None:
        return Matched(entry, outcome, None, None, "")
    return Matched(entry, outcome, charge.id, charge.rest, number_of(charge.id))
