"""Reads of what goes back: the list, what a refund would do, what waits for a second person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from linkspan.accounts.queries import called, name_of
from linkspan.finance.models import ChargeRow, RefundAskRow, RefundRow
from linkspan.finance.queries.charges import subject_titles
from linkspan.finance.queries.payees import payee
from linkspan.finance.rules import (
    AskState,
    ChargeState,
    Refund,
    RefundAsk,
    RefundPreview,
    RefundState,
    RefundWay,
    may_give_back,
    may_refund,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.lists import Ask, Shape, found, numbered
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page

#: How many refunds that wait for a second person are shown at once.
MOST_ASKS = 200
_UNDELIVERED = Q(written_off_at=None) & ~Q(failed_at=None)


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A refund in a list."""

    id: UUID
    charge_id: UUID
    learner_id: UUID
    title: str
    amount: Money
    state: RefundState
    way: RefundWay
    reason: str
    reference: str
    at: datetime


def _search(text: str) -> Q:
    named = called(text, "charge__learner_id") | numbered(text, "charge_id") | numbered(text)
    return named | Q(reason__icontains=text) | Q(provider_reference__iexact=text) | Q(charge__subject__icontains=text)


REFUNDS = Shape(
    search=_search,
    filters={
        "state": {
            RefundState.UNDELIVERED.value: _UNDELIVERED,
            RefundState.UNDER_WAY.value: Q(made_at=None, failed_at=None, written_off_at=None),
            RefundState.MADE.value: ~Q(made_at=None),
            RefundState.WRITTEN_OFF.value: ~Q(written_off_at=None),
        }
    },
    sorts={"name": (name_of("charge__learner_id"),), "amount": ("minor",), "at": ("asked_at",)},
    first="-at",
    day="asked_at",
)


def refunds_at(actor: Actor, ask: Ask) -> Page[RefundLine]:
    """What goes or went back from the institutions whose office the actor is, and what did not arrive."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "see refunds here")
    rows = RefundRow.objects.filter(charge__institution__in=mine).select_related("charge")
    page = found(rows, ask, REFUNDS, lambda row: row)
    titles = subject_titles({row.charge.subject for row in page.rows})
    return Page(tuple(_line(row, titles) for row in page.rows), page.number, page.size, page.total)


def undelivered_refunds(actor: Actor) -> int:
    """How many refunds wait for the actor's office: not delivered, or for a second person."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    rows = RefundRow.objects.filter(_UNDELIVERED, charge__institution__in=mine)
    asked = RefundAskRow.objects.filter(charge__institution__in=mine, state=AskState.WAITING)
    return rows.order_by().values("id").union(asked.order_by().values("id"), all=True).count()


def refund_preview(actor: Actor, charge_id: UUID, amount: Money | None = None) -> RefundPreview:
    """What a refund would do, as `refund` does it; the same refusals, and nothing is changed."""
    row = ChargeRow.objects.filter(id=charge_id).first()
    if row is None or not may_refund(actor, row.institution):
        raise NotFound("charge_unknown", "There is no such charge.")
    permit(may_give_back(actor, row.learner_id, row.institution), "refund this charge")
    due = Money(row.minor - row.discount_minor, row.currency)
    if row.state == ChargeState.OPEN and amount is None:
        return RefundPreview(due, Money.zero(row.currency), RefundWay.NOTHING, True, True, False)
    if row.state != ChargeState.PAID:
        raise Refused("charge_not_paid", "This charge is {state}: nothing of it can go back.", state=row.state)
    left = due - Money(row.refunded_minor, row.currency)
    back = left if amount is None else amount
    if back.currency != row.currency or not (0 < back.minor <= left.minor or amount is None):
        raise Unusable("refund_unusable", "Between the smallest amount and {left} can go back.", left=left.in_words())
    second = bool(back.minor) and payee(row.institution).second_person
    return RefundPreview(back, left - back, way_of(row.provider), False, back == left, second)


def asks_of(actor: Actor, charge_ids: Collection[UUID] | None = None) -> tuple[RefundAsk, ...]:
    """What waits for a second person at the actor's institutions, oldest first: of those charges, or of all."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    rows = RefundAskRow.objects.filter(charge__institution__in=mine, state=AskState.WAITING).select_related("charge")
    if charge_ids is not None:
        rows = rows.filter(charge_id__in=list(charge_ids))
    listed = list(rows.order_by("asked_at", "id")[:MOST_ASKS])
    titles = subject_titles({row.charge.subject for row in listed})
    return tuple(
        RefundAsk(
            row.id,
            row.charge_id,
            row.charge.learner_id,
            Money(row.minor, row.charge.currency),
            row.reason,
            row.asked_at,
            titles[row.charge.subject],
            row.asked_by != actor.person_id and not actor.is_person(row.charge.learner_id),
        )
        for row in listed
    )


def refunds_of(actor: Actor, charge: ChargeRow) -> tuple[Refund, ...]:
    """The refunds of a charge, oldest first, for queries that have decided who may ask."""
    return tuple(
        Refund(
            row.id,
            charge.id,
            Money(row.minor, charge.currency),
            state_of(row),
            way_of(row.provider),
            row.reason,
            row.provider_reference,
            row.asked_at,
            row.failure,
            row.write_off_reason,
            row.write_off_asked_by is not None and row.write_off_asked_by != actor.person_id,
        )
        for row in RefundRow.objects.filter(charge=charge).order_by("asked_at", "id")
    )


def state_of(row: RefundRow) -> RefundState:
    """Where a refund stands."""
    if row.written_off_at is not None:
        return RefundState.WRITTEN_OFF
    if row.failed_at is not None:
        return RefundState.UNDELIVERED
    return RefundState.UNDER_WAY if row.made_at is None else RefundState.MADE


def way_of(provider: str) -> RefundWay:
    """By which way money goes back that came by that provider."""
    return RefundWay.CARD if provider == "stripe" else RefundWay.OFFICE


def _line(row: RefundRow, titles: dict[str, str]) -> RefundLine:
    return RefundLine(
        row.id,
        row.charge_id,
        row.charge.learner_id,
        titles[row.charge.subject],
        Money(row.minor, row.charge.currency),
        state_of(row),
        way_of(row.provider),
        row.reason,
        row.provider_reference,
        row.asked_at,
    )
