"""What goes back: by which way, whether it arrived, and what is done where it did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.finance.rules.ledger import Account, Posting, balanced, may_refund
from linkspan.finance.rules.payees import Turn
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused
from linkspan.kernel.money import Money


class RefundOutcome(StrEnum):
    """What became of the wish to give money back."""

    DONE = "done"
    CANCELLED = "cancelled"
    WAITS = "waits"


class RefundWay(StrEnum):
    """How money goes back."""

    CARD = "card"
    OFFICE = "office"
    NOTHING = "nothing"


class RefundState(StrEnum):
    """Where a refund stands."""

    UNDER_WAY = "under_way"
    MADE = "made"
    UNDELIVERED = "undelivered"
    WRITTEN_OFF = "written_off"


class AskState(StrEnum):
    """Where the wish to refund stands that a second person decides."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What a refund would do: `cancels` an open charge, or gives `amount` back, after which `left` is kept.

    `closes`: all has gone back, and what was paid for ends. `second_person`: another decides first.
    """

    amount: Money
    left: Money
    way: RefundWay
    cancels: bool
    closes: bool
    second_person: bool


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes or went back; `failure` is the provider's code for why it did not arrive."""

    id: UUID
    charge_id: UUID
    amount: Money
    state: RefundState
    way: RefundWay
    reason: str
    reference: str
    asked_at: datetime
    failure: str
    write_off_reason: str
    may_decide_write_off: bool


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """A refund that a second person decides."""

    id: UUID
    charge_id: UUID
    learner_id: UUID
    amount: Money
    reason: str
    asked_at: datetime
    title: str
    may_decide: bool


def turn_of_refunds(refunds: Sequence[Refund], asks: Sequence[RefundAsk]) -> Turn | None:
    """Who acts next on what goes back; None where nothing does."""
    states = {one.state for one in refunds}
    if RefundState.UNDELIVERED in states:
        return Turn.REFUND_UNDELIVERED
    if asks:
        return Turn.SECOND_PERSON
    return Turn.REFUND_UNDER_WAY if RefundState.UNDER_WAY in states else None


def may_give_back(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The office that was paid, never to themselves, and the system."""
    return may_refund(actor, institution) and not actor.is_person(learner_id)


def check_second(actor: Actor, first: UUID | None) -> None:
    """Refused to the person who asked."""
    if not actor.is_system and actor.person_id == first:
        raise Refused("second_person", "You asked for this. Another person of your office decides.")


def for_refund_failed(amount: Money) -> tuple[Posting, ...]:
    """A refund that came back: the money is here, and owed to the learner as before."""
    return balanced((Posting(Account.CASH, amount), Posting(Account.REFUNDS_PAYABLE, -amount)))


def for_written_off(amount: Money) -> tuple[Posting, ...]:
    """A refund that cannot be delivered: it is no longer owed, and stands as unclaimed."""
    return balanced((Posting(Account.REFUNDS_PAYABLE, amount), Posting(Account.UNCLAIMED, -amount)))
