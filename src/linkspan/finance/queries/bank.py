"""Reads of what banks say that came."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from linkspan.finance.engines.bank_files import read_bank_file
from linkspan.finance.models import BankEntryRow, ChargeRow
from linkspan.finance.queries.charges import charge as as_charge
from linkspan.finance.rules import Charge, ChargeState, may_refund
from linkspan.finance.rules.bank import (
    SHORTEST,
    BankEntry,
    BankOutcome,
    BankReport,
    EntryState,
    Matched,
    matched,
    numbers_in,
    plain,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.ids import ending_of, number_of
from linkspan.kernel.lists import Ask, Shape, any_of, found, numbered, values_of
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page

#: Ids and keys that one question asks for.
AT_ONCE = 500
#: Charges whose reported reference is looked for in each entry.
MOST_REPORTED = 5_000


@dataclass(frozen=True, slots=True)
class BankLine:
    """An entry as the office sees it; `number` is of the charge that it names or paid."""

    id: UUID
    institution: str
    booked_on: date
    amount: Money
    reference: str
    payer: str
    outcome: BankOutcome
    state: EntryState
    charge_id: UUID | None
    learner_id: UUID | None
    number: str
    due: Money | None
    note: str


def _search(text: str) -> Q:
    named = Q(reference__icontains=text) | Q(payer__icontains=text) | numbered(text, "charge_id")
    return named | numbered(text)


BANK = Shape(
    search=_search,
    filters={"state": values_of(EntryState, "state"), "kind": values_of(BankOutcome, "outcome")},
    sorts={"booked": ("booked_on",), "amount": ("minor",)},
    first="-booked",
)


def bank_entries_at(actor: Actor, ask: Ask) -> Page[BankLine]:
    """What banks say that came to the institutions whose office the actor is."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "see entries of bank files")
    rows = BankEntryRow.objects.filter(institution__in=mine).select_related("charge")
    return found(rows, ask, BANK, _line)


def bank_entry(actor: Actor, entry_id: UUID) -> BankLine:
    """One entry for its office; NotFound for everybody else."""
    row = BankEntryRow.objects.select_related("charge").filter(id=entry_id).first()
    if row is None or not may_refund(actor, row.institution):
        raise NotFound("bank_entry_unknown", "There is no such entry.")
    return _line(row)


def try_bank_file(actor: Actor, institution: str, content: bytes) -> BankReport:
    """What a statement would do, for the office; nothing is changed. Unusable says where it cannot be read."""
    permit(may_refund(actor, institution), "read bank files here")
    entries, skipped = read_bank_file(content)
    return report(actor, institution, entries, skipped)


def report(actor: Actor, institution: str, entries: Sequence[BankEntry], skipped: int) -> BankReport:
    """What the entries are to us; those that are known from an earlier file are only counted."""
    known = set(_known(institution, [one.key for one in entries]))
    fresh = [one for one in entries if one.key not in known]
    told = _matched(actor, institution, fresh)
    counts = Counter(one.outcome.value for one in told)
    return BankReport(institution, tuple(told), len(entries) - len(fresh), skipped, dict(counts))


def charge_of_number(institution: str, number: str) -> Charge | None:
    """The one charge of an institution with that number."""
    rows = ChargeRow.objects.filter(numbered(number), institution=institution)[:2]
    return as_charge(rows[0]) if len(rows) == 1 else None


def _known(institution: str, keys: Sequence[str]) -> Iterable[str]:
    for start in range(0, len(keys), AT_ONCE):
        rows = BankEntryRow.objects.filter(institution=institution, key__in=keys[start : start + AT_ONCE])
        yield from rows.values_list("key", flat=True)


def _matched(actor: Actor, institution: str, entries: Sequence[BankEntry]) -> list[Matched]:
    named = {
        one.key: {ending for number in numbers_in(one.reference) if (ending := ending_of(number))} for one in entries
    }
    by_ending = _by_ending(institution, {ending for endings in named.values() for ending in endings})
    reported = _reported(institution)
    paid: set[UUID] = set()
    told = []
    for one in entries:
        meant = {charge.id: charge for ending in named[one.key] for charge in by_ending.get(ending, ())}
        said = plain(one.reference)
        meant |= {charge.id: charge for reference, charge in reported if reference in said}
        here = matched(one, list(meant.values()), {c.id for c in meant.values() if actor.is_person(c.learner_id)})
        charge_id = here.charge_id
        if here.outcome is BankOutcome.MATCHED and charge_id is not None:
            if charge_id in paid:
                here = Matched(one, BankOutcome.PAID_ALREADY, here.charge_id, here.due, here.number)
            paid.add(charge_id)
        told.append(here)
    return told


def _by_ending(institution: str, endings: Collection[str]) -> dict[str, list[Charge]]:
    listed, made = sorted(endings), dict[str, list[Charge]]()
    for start in range(0, len(listed), 100):
        some = listed[start : start + 100]
        rows = ChargeRow.objects.filter(any_of(Q(id__endswith=one) for one in some), institution=institution)
        for row in rows:
            made.setdefault(row.id.hex[-10:], []).append(as_charge(row))
    return made


def _reported(institution: str) -> list[tuple[str, Charge]]:
    rows = ChargeRow.objects.filter(institution=institution, state=ChargeState.OPEN).exclude(reported_reference="")
    told = ((plain(row.reported_reference), as_charge(row)) for row in rows.order_by("-at")[:MOST_REPORTED])
    return [(reference, charge) for reference, charge in told if len(reference) >= SHORTEST]


def _line(row: BankEntryRow) -> BankLine:
    charge = row.charge
    return BankLine(
        row.id,
        row.institution,
        row.booked_on,
        Money(row.minor, row.currency),
        row.reference,
        row.payer,
        BankOutcome(row.outcome),
        EntryState(row.state),
        charge.id if charge else None,
        charge.learner_id if charge else None,
        number_of(charge.id) if charge else "",
        Money(charge.minor - charge.discount_minor, charge.currency) if charge else None,
        row.note,
    )
