"""A list as its reader asks for it: what is searched, filtered, in which order, which page; and what a list can do.

A domain says what its rows can do (`Shape`) and who may see them; `found` does the same for every list, in three
queries a page whatever the size. A search of eight letters can be a name or a number: it is looked for as both.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from typing import Any

from django.db.models import F, OrderBy, Q, QuerySet, Subquery

from linkspan.kernel.ids import ending_of
from linkspan.kernel.paging import Page

#: Rows on a page, rows in a file, and how far a list is counted.
AT_ONCE, MOST_AT_ONCE, MOST_COUNTED = 50, 5_000, 10_000
#: Words of a search beyond these are not looked for.
MOST_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a list can do: its search, its filters with the rows of each value, its orders, and the field of its day.

    `first` is the order if none is asked for; a minus before it turns it round.
    """

    first: str
    sorts: Mapping[str, Sequence[str | Subquery]]
    search: Callable[[str], Q] | None = None
    filters: Mapping[str, Mapping[str, Q]] = field(default_factory=dict)
    day: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reader asks of a list: rows of the day `since` and later, and before `until`."""

    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    number: int = 1
    size: int = AT_ONCE
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrowed(self) -> bool:
        """Whether the list is shown in part."""
        return bool(self.text or self.filters or self.since or self.until)


def understood(ask: Ask, shape: Shape) -> Ask:
    """The same without what the list does not offer: an old or mistyped address shows the list."""
    filters = {name: value for name, value in ask.filters.items() if value in shape.filters.get(name, ())}
    sort = ask.sort if ask.sort.removeprefix("-") in shape.sorts else shape.first
    text = " ".join(ask.text.replace("\0", "").split())[:200] if shape.search else ""
    return replace(ask, text=text, filters=filters, sort=sort)


def found[T](rows: QuerySet[Any], ask: Ask, shape: Shape, present: Callable[[Any], T]) -> Page[T]:
    """The page that is asked for, or the last; counted to `MOST_COUNTED` and one more, which says "over"."""
    ask = understood(ask, shape)
    meant = narrowed(rows, ask, shape)
    total = meant.order_by()[: MOST_COUNTED + 1].count()
    size = max(1, min(ask.size, MOST_AT_ONCE))
    number = max(1, min(ask.number, -(-total // size)))
    start = (number - 1) * size
    # Only ids are put in order: rows with their documents and statements would be sorted whole.
    ids = list(meant.order_by(*order_of(ask, shape)).values_list("pk", flat=True)[start : start + size])
    by_id = {row.pk: row for some in batched(ids, 500) for row in rows.filter(pk__in=some)}
    return Page(tuple(present(by_id[one]) for one in ids if one in by_id), number, size, total)


def narrowed(rows: QuerySet[Any], ask: Ask, shape: Shape) -> QuerySet[Any]:
    """The rows that are meant, in no order."""
    for name, value in ask.filters.items():
        rows = rows.filter(shape.filters[name][value])
    if ask.text and shape.search:
        rows = rows.filter(shape.search(ask.text))
    if shape.day and ask.since:
        rows = rows.filter(**{f"{shape.day}__gte": ask.since})
    if shape.day and ask.until:
        rows = rows.filter(**{f"{shape.day}__lt": ask.until})
    return rows


def order_of(ask: Ask, shape: Shape) -> list[OrderBy]:
    """The order, with what has no value last; only the first field is turned, those after it make the order exact."""
    first, *rest = shape.sorts[ask.sort.removeprefix("-")]
    backwards = ask.sort.startswith("-")
    return [_by(first, backwards), *(_by(one, False) for one in rest), F("pk").asc()]


def _by(one: str | Subquery, backwards: bool) -> OrderBy:
    return OrderBy(F(one) if isinstance(one, str) else one, descending=backwards, nulls_last=True)


def values_of(values: Iterable[str], name: str) -> dict[str, Q]:
    """A filter by the values of a field."""
    return {str(value): Q(**{name: value}) for value in values}


def word_beginnings(text: str, names: Sequence[str]) -> Q:
    """Rows in which each word of the text begins a word of one of the fields."""
    meant = Q()
    for word in text.split()[:MOST_WORDS]:
        begins = (Q(**{f"{name}__istartswith": word}) | Q(**{f"{name}__icontains": f" {word}"}) for name in names)
        meant &= any_of(begins)
    return meant


def any_of(conditions: Iterable[Q]) -> Q:
    """Rows for which one of the conditions holds; none if there is no condition."""
    meant = Q(pk__in=())
    for condition in conditions:
        meant |= condition
    return meant


def numbered(text: str, name: str = "id") -> Q:
    """Rows whose id has that number; none if the text is no number."""
    ending = ending_of(text)
    return Q(**{f"{name}__endswith": ending}) if ending else Q(pk__in=())
