"""The open network as a reader looks at it: what a pathway offers, filters, and an order that puts the nearest first.

What is not public is unknown, and unknown never hides a pathway: a filter leaves out only what is known not to fit.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from linkspan.kernel.money import Money
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.judging import AgreementVersion
from linkspan.pathways.rules.audit.record import Audit, status_on
from linkspan.pathways.rules.language.evaluate import Outcome
from linkspan.pathways.rules.life.lifecycle import Status
from linkspan.pathways.rules.recognition.solving import Recognised, most_recognised

#: What anybody may see of an agreement; the rest is between the parties.
PUBLIC = frozenset({Status.IN_QUALIFICATION, Status.ACTIVE, Status.SUSPENDED, Status.CLOSED, Status.RETIRED})


class Sort(StrEnum):
    """The orders that a list of pathways can have."""

    NEAREST = "nearest"
    COST = "cost"
    DEADLINE = "deadline"
    CREDIT = "credit"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pathway offers, from its agreement; None or empty means not public.

    `cost` is the tuition of the courses that are left after recognition, `saves` that of those
    that are waived; `months` the usual length of the degree;
    `credits` the most that is recognised, in the receiving school's `unit`.
    """

    field: str
    country: str
    language: str
    delivery: str
    cost: Money | None
    months: int | None
    credits: Decimal | None
    unit: str
    closes: date | None
    requirements: tuple[tuple[str, str], ...] = ()
    saves: Money | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader asked for; an empty filter lets everything through. `cost` is in whole units of `currency`.

    `words` are looked for in the degree, the program and both schools.
    """

    words: str = ""
    field: str = ""
    country: str = ""
    language: str = ""
    sending: str = ""
    outcome: str = ""
    cost: int | None = None
    currency: str = "USD"
    months: int | None = None
    open_only: bool = False
    sort: Sort = Sort.NEAREST


class Row(Protocol):
    """One pathway in a list: its terms, and the audit if there is a record."""

    @property
    def agreement(self) -> AgreementVersion:
        """The version that is shown."""

    @property
    def terms(self) -> Terms:
        """What it offers."""

    @property
    def audit(self) -> Audit | None:
        """What it says to the record at hand."""

    @property
    def status(self) -> str:
        """The status on the day."""


def terms_of(agreement: Agreement, on: date) -> Terms:
    """What an agreement offers on a day."""
    receiving, full = agreement.receiving, agreement.in_force
    most = most_recognised(full)
    return Terms(
        field=agreement.field or "",
        country=agreement.country or "",
        language=agreement.language or "",
        delivery=agreement.delivery or "",
        cost=_cost(full, most),
        months=int(receiving.duration_months) if receiving.duration_months is not None else None,
        credits=sum((row.credits for row in most), Decimal(0)) if most else None,
        unit=receiving.unit or "credits",
        closes=next_close(agreement, on),
        requirements=tuple((row.clause, row.text or "") for row in full.requirements),
        saves=_saves(full, most),
    )


def _cost(agreement: Agreement, most: Sequence[Recognised] | None) -> Money | None:
    """The tuition of the courses that are left of whoever has the most recognised."""
    price = agreement.tuition.per_course if agreement.tuition else None
    courses = agreement.receiving.courses
    if not price or courses is None or most is None:
        return None
    left = courses - sum(row.tuition_waived for row in most)
    return price.money * max(left, 0)


def _saves(agreement: Agreement, most: Sequence[Recognised] | None) -> Money | None:
    """The tuition that is waived of whoever has the most recognised; None if there is none, or none is public."""
    price = agreement.tuition.per_course if agreement.tuition else None
    waived = sum(row.tuition_waived for row in most or ())
    return price.money * waived if price and waived else None


def next_close(agreement: Agreement, on: date) -> date | None:
    """The last day of the window that is open or comes next; None if no window is ahead."""
    ends = (window.closes for window in agreement.windows)
    return min((end for end in ends if end is not None and end >= on), default=None)


def is_public(agreement: Agreement, on: date) -> bool:
    """Whether anybody may see this version: what is drafted, reviewed or rejected stays between the parties."""
    return agreement.status in PUBLIC or status_on(agreement, on) == Status.ACTIVE


def fits(row: Row, filters: Filters) -> bool:
    """Whether a pathway passes the filters; what is not public about it passes."""
    terms = row.terms
    plain = (
        (filters.field, terms.field),
        (filters.country, terms.country),
        (filters.language, terms.language),
        (filters.sending, row.agreement.terms.sending.key),
        (filters.outcome, row.audit.outcome.value if row.audit else ""),
    )
    if any(wanted and known and wanted.casefold() != known.casefold() for wanted, known in plain):
        return False
    if filters.open_only and row.status != Status.ACTIVE:
        return False
    return not _too_dear(terms, filters) and not _too_long(terms, filters)


def found[R: Row](rows: Iterable[R], words: str, names: Mapping[str, str]) -> tuple[R, ...]:
    """The rows that hold every one of the words, in any spelling of case and accents; `names` are the schools'."""
    wanted = _folded(words).split()
    return tuple(row for row in rows if not wanted or _holds(row, wanted, names))


def _holds(row: Row, wanted: Sequence[str], names: Mapping[str, str]) -> bool:
    terms, receiving = row.agreement.terms, row.agreement.receiving
    schools = {receiving, terms.sending.institution}
    said = (row.agreement.title, terms.sending.name, terms.sending.program, row.terms.field, *schools)
    text = _folded(" ".join((*said, *(names.get(school, "") for school in schools))))
    return all(word in text for word in wanted)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _too_dear(terms: Terms, filters: Filters) -> bool:
    if filters.cost is None or terms.cost is None or terms.cost.currency != filters.currency:
        return False
    return terms.cost.minor > Money.of_whole(filters.cost, filters.currency).minor


def _too_long(terms: Terms, filters: Filters) -> bool:
    return filters.months is not None and terms.months is not None and terms.months > filters.months


def ordered[R: Row](rows: Iterable[R], sort: Sort) -> tuple[R, ...]:
    """The rows in the order asked for; ties by receiving institution and title, so that the list does not jump."""
    return tuple(sorted(rows, key=lambda row: (*_rank(row, sort), *_name(row))))


def _name(row: Row) -> tuple[str, str, str]:
    return row.agreement.receiving, row.agreement.title, row.agreement.id


def _rank(row: Row, sort: Sort) -> tuple[Any, ...]:
    terms = row.terms
    match sort:
        case Sort.COST:
            return (
                terms.cost is None,
                terms.cost.currency if terms.cost else "",
                terms.cost.minor if terms.cost else 0,
            )
        case Sort.DEADLINE:
            return (terms.closes is None, terms.closes or date.max)
        case Sort.CREDIT:
            return (terms.credits is None, -(terms.credits or 0))
        case Sort.TITLE:
            return ()
    return _nearness(row)


def _nearness(row: Row) -> tuple[Any, ...]:
    """Open before closed; terms that are not public last; met, then what lacks evidence, then the fewest missing."""
    if row.audit is None:
        return (row.status != Status.ACTIVE,)
    rank = {Outcome.MET: 0, Outcome.UNKNOWN: 1, Outcome.NOT_MET: 2}
    hidden = any(item.kind == "terms" for item in row.audit.missing)
    return (row.status != Status.ACTIVE, hidden, rank[row.audit.outcome], len(row.audit.missing))


def choices(rows: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """What can be chosen in each filter, from what the network holds."""
    found: dict[str, set[str]] = {"field": set(), "country": set(), "language": set(), "sending": set()}
    for row in rows:
        found["field"].add(row.terms.field)
        found["country"].add(row.terms.country)
        found["language"].add(row.terms.language)
        found["sending"].add(row.agreement.terms.sending.key)
    return {name: tuple(sorted(values - {""})) for name, values in found.items()}
