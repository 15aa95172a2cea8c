"""The lists of the money desk, and a charge with all that happened to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from uuid import UUID

from django.db.models import F, Q, QuerySet

from linkspan.accounts.queries import called, name_of
from linkspan.finance.models import ChargeRow, JournalEntryRow, PostingRow, ProviderEventRow, RefundRow
from linkspan.finance.queries.charges import charge as as_charge
from linkspan.finance.queries.charges import received, subject_titles
from linkspan.finance.queries.payees import payment_of
from linkspan.finance.queries.refunds import asks_of, refunds_of
from linkspan.finance.rules import (
    Account,
    Charge,
    ChargeState,
    Happened,
    LedgerLine,
    Payment,
    Received,
    Refund,
    RefundAsk,
    Turn,
    may_give_back,
    may_refund,
    turn_at,
    turn_of_refunds,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.audit import Entry
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.lists import Ask, Shape, any_of, found, numbered, values_of
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page
from linkspan.kernel.readers import granted

#: A reference or subject is searched for from so many characters on.
SHORTEST = 3
REPORTED, WAITS_FOR_LEARNER = "reported", "open"
#: The way in which money came, by its provider.
WAYS = {"stripe": "card", "manual": "invoice", "none": "nothing_to_pay"}


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A charge in a list: `state` is `reported` where the learner says that it is paid."""

    id: UUID
    learner_id: UUID
    title: str
    amount: Money
    state: str
    at: datetime
    paid_at: datetime | None
    way: str
    reference: str


@dataclass(frozen=True, slots=True)
class ChargeFile:
    """A charge for its office: what it is for, how it is paid, whose turn it is, what was done, its ledger lines."""

    charge: Charge
    title: str
    payment: Payment
    turn: Turn
    may_confirm: bool
    may_refund: bool
    received: tuple[Received, ...]
    refunds: tuple[Refund, ...]
    asks: tuple[RefundAsk, ...]
    happened: tuple[Happened, ...]
    lines: tuple[LedgerLine, ...]


def currencies() -> tuple[str, ...]:
    """The currencies in which anything was charged, each found by one step in the index."""
    held: list[str] = []
    rows = ChargeRow.objects.order_by("currency").values_list("currency", flat=True)
    while (after := rows.filter(currency__gt=held[-1] if held else "").first()) is not None:
        held.append(after)
    return tuple(held)


@granted
def charges_shape() -> Shape:
    """What the list of charges can do."""
    open_ = Q(state=ChargeState.OPEN)
    states = {WAITS_FOR_LEARNER: open_ & Q(reported_reference=""), REPORTED: open_ & ~Q(reported_reference="")}
    states |= values_of((ChargeState.PAID, ChargeState.REFUNDED, ChargeState.CANCELLED), "state")
    return Shape(
        search=_search,
        filters={"state": states, "currency": values_of(currencies(), "currency")},
        sorts={"name": (name_of(),), "amount": ("minor",), "at": ("at",), "title": ("subject",)},
        first="-at",
        day="at",
    )


@granted
def payments_shape() -> Shape:
    """What the list of payments can do."""
    ways = {way: Q(provider=provider) for provider, way in WAYS.items()}
    return Shape(
        search=_search,
        filters={"way": ways, "currency": values_of(currencies(), "currency")},
        sorts={"name": (name_of(),), "amount": ("minor",), "paid": ("paid_at",), "title": ("subject",)},
        first="-paid",
        day="paid_at",
    )


def charges_at(actor: Actor, ask: Ask, shape: Shape | None = None) -> Page[ChargeLine]:
    """What the institutions whose office the actor is charged: by person, number, amount, subject and reference."""
    return _presented(found(_mine(actor), ask, shape or charges_shape(), lambda row: row))


def payments_at(actor: Actor, ask: Ask, shape: Shape | None = None) -> Page[ChargeLine]:
    """What was paid to the institutions whose office the actor is."""
    rows = _mine(actor).exclude(paid_at=None)
    return _presented(found(rows, ask, shape or payments_shape(), lambda row: row))


def charge_file(actor: Actor, charge_id: UUID) -> ChargeFile:
    """One charge for the office of its institution; NotFound for everybody else."""
    row = ChargeRow.objects.filter(id=charge_id).first()
    if row is None or not may_refund(actor, row.institution):
        raise NotFound("charge_unknown", "There is no such charge.")
    one, back = as_charge(row), refunds_of(actor, row)
    asks = asks_of(actor, [row.id])
    entries = audit.trail_of(f"finance.charge:{row.id}")
    return ChargeFile(
        charge=one,
        title=subject_titles([row.subject])[row.subject],
        payment=payment_of(one),
        turn=turn_of_refunds(back, asks) or turn_at(one),
        may_refund=may_give_back(actor, row.learner_id, row.institution) and row.state in ("open", "paid"),
        received=received(row.id),
        refunds=back,
        asks=asks,
        may_confirm=row.state == ChargeState.OPEN and not actor.is_person(row.learner_id),
        happened=tuple(_happened(entry) for entry in entries),
        lines=tuple(_lines(row)),
    )


def _mine(actor: Actor) -> QuerySet[ChargeRow]:
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "see charges here")
    return ChargeRow.objects.filter(institution__in=mine)


def _search(text: str) -> Q:
    """By person, number, amount, and the words of what it is for or of a reference."""
    words = any_of(
        Q(**{f"{name}__icontains": text})
        for name in ("subject", "reported_reference", "provider_reference")
        if len(text) >= SHORTEST
    )
    return called(text) | numbered(text) | words | of_amount(text)


def of_amount(text: str) -> Q:
    """Charges of which so much is to be paid, whatever the currency; none if the text is no amount."""
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return Q(pk__in=())
    if not value.is_finite() or not 0 <= value < 10**12:
        return Q(pk__in=())
    return any_of(
        Q(currency__in=of_digits, minor=F("discount_minor") + int(value.scaleb(digits)))
        for digits, of_digits in _by_digits().items()
        if value.scaleb(digits) == int(value.scaleb(digits))
    )


@cache
def _by_digits() -> dict[int, tuple[str, ...]]:
    """The currencies by how many minor digits they have (CLDR)."""
    from babel.numbers import get_currency_precision, list_currencies

    found: dict[int, tuple[str, ...]] = {}
    for one in sorted(list_currencies()):
        digits = get_currency_precision(one)
        found[digits] = (*found.get(digits, ()), one)
    return found


def _presented(page: Page[ChargeRow]) -> Page[ChargeLine]:
    titles = subject_titles({row.subject for row in page.rows})
    return Page(tuple(_line(row, titles) for row in page.rows), page.number, page.size, page.total)


def _line(row: ChargeRow, titles: Mapping[str, str]) -> ChargeLine:
    one = as_charge(row)
    state = REPORTED if one.state == ChargeState.OPEN and one.reported else one.state.value
    way = WAYS.get(row.provider, row.provider)
    return ChargeLine(
        row.id,
        row.learner_id,
        titles[row.subject],
        one.amount,
        state,
        row.at,
        row.paid_at,
        way,
        row.provider_reference or row.reported_reference,
    )


def _happened(entry: Entry) -> Happened:
    told = entry.after or {}
    amount = told.get("amount") if isinstance(told, Mapping) else None
    said = str(told.get("reference") or told.get("coupon") or "") if isinstance(told, Mapping) else ""
    return Happened(entry.at, entry.verb, entry.actor_name, entry.why, said, Money(**amount) if amount else None)


def _lines(row: ChargeRow) -> Iterable[LedgerLine]:
    """The lines of every entry whose reference names the charge, a refund of it, or an event about it."""
    keys = [str(row.id), *map(str, RefundRow.objects.filter(charge=row).values_list("id", flat=True))]
    keys += ProviderEventRow.objects.filter(charge_id=row.id).values_list("id", flat=True)
    entries = JournalEntryRow.objects.filter(any_of(Q(reference__contains=key) for key in keys))
    rows = PostingRow.objects.filter(entry__in=entries.filter(learner_id=row.learner_id)).select_related("entry")
    for one in rows.order_by("entry__at", "entry_id", "-minor"):
        yield LedgerLine(one.entry.at, Account(one.account), Money(one.minor, one.currency))
