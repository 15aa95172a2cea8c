"""A catalogue comes in from its file: entries by the verbs of the catalogue, rates by that of money."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from linkspan.catalog.actions import import_entries
from linkspan.catalog.engines.entries import read_as
from linkspan.catalog.rules import Invalid, Outcome, Planned, repeated
from linkspan.finance.actions.need import SMALLEST_RATE, set_rate
from linkspan.finance.engines.catalogue import ExchangeRate, entries_of, rate_told
from linkspan.finance.queries import rates_on
from linkspan.finance.rules.need import Rate, may_set_rates
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.reasons import Sentence


def import_catalogue(
    *, actor: Actor, institution: str, told: object, now: datetime, trial: bool = False, publish: bool = False
) -> tuple[Planned, ...]:
    """Take in the file of a catalogue entry by entry, and return what became of each.

    What differs is prepared, and made public with `publish` where one person may do that; rates are recorded at once.
    A trial changes nothing. The same file again changes nothing. Invalid if the file as a whole cannot be used.
    """
    entries, rates = entries_of(told, institution)
    taken = import_entries(actor=actor, institution=institution, entries=entries, now=now, trial=trial, publish=publish)
    return (*taken, *_import_rates(actor, rates, now, trial))


def _import_rates(actor: Actor, rates: Sequence[tuple[str, object]], now: datetime, trial: bool) -> tuple[Planned, ...]:
    read: dict[str, ExchangeRate] = {}
    found: dict[str, Planned] = {}
    for place, told in rates:
        try:
            read[place] = read_as(ExchangeRate, told)
        except Invalid as error:
            found[place] = Planned(place, "", Outcome.REFUSED, errors=tuple(error.fields.items()))
    if not trial:
        one_at_a_time(*(_lock(one) for one in read.values()))
    held = rates_on({one.on for one in read.values()})
    seen: dict[tuple[str, str, date], str] = {}
    for place, one in read.items():
        earlier = seen.setdefault((one.base, one.quote, one.on), place)
        found[place] = _look(actor, place, one, held.get((one.base, one.quote, one.on)), earlier)
    if not trial:
        found |= _recorded(actor, read, found, now)
    return tuple(found[place] for place, _ in rates)


def _look(actor: Actor, place: str, one: ExchangeRate, held: Rate | None, earlier: str) -> Planned:
    key, value = f"{one.base}/{one.quote}@{one.on}", one.value
    new = replace(value, rate=value.rate.quantize(SMALLEST_RATE))
    planned = Planned(place, key, Outcome.SAME)
    if held == new:
        return planned
    wrong = repeated(earlier) if earlier != place else _wrong(actor, one, held)
    if wrong:
        return planned.refused(wrong)
    was, will = rate_told(held) if held else {}, rate_told(new)
    changes = tuple((name, was.get(name), will[name]) for name in ("rate", "source") if was.get(name) != will[name])
    return replace(planned, outcome=Outcome.CHANGED if held else Outcome.NEW, changes=changes)


def _wrong(actor: Actor, one: ExchangeRate, held: Rate | None) -> Sentence | None:
    if not may_set_rates(actor):
        return Sentence("not_permitted", "Program staff enter exchange rates. Ask one of them to import this.")
    if one.base == one.quote:
        return Sentence("same_currency", "Enter two different currencies.")
    if held is not None and not one.reason:
        return Sentence(
            "reason_missing",
            "The rate of that day is {rate} ({source}). Add a reason to correct it.",
            rate=rate_told(held)["rate"],
            source=held.source,
        )
    return None


def _recorded(
    actor: Actor, read: dict[str, ExchangeRate], found: dict[str, Planned], now: datetime
) -> dict[str, Planned]:
    """What became of those that are new or changed, each by itself."""

    def record(one: Planned) -> None:
        told = read[one.place]
        set_rate(actor=actor, rate=told.value, reason=told.reason, now=now)

    done = each([one for one in found.values() if one.outcome in (Outcome.NEW, Outcome.CHANGED)], record)
    return {no.one.place: no.one.refused(no.message) for no in done.failed}


def _lock(one: ExchangeRate) -> str:
    return f"finance.rate:{one.base}{one.quote}:{one.on}"
