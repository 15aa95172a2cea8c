"""What a list of a desk is, and the page of it that a reader gets."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.lists import MOST_COUNTED, Ask, Shape, understood
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page
from linkspan.kernel.things import About


class ListName(StrEnum):
    """The lists that there are."""

    CREDENTIALS = "credentials"
    APPLICATIONS = "applications"
    ATTEMPTS = "attempts"
    MARKING = "marking"
    CASES = "cases"
    CREDIT = "credit"
    CONFERRALS = "conferrals"
    ROSTER = "roster"
    TRAIL = "trail"
    CHARGES = "charges"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    BANK = "bank"
    USERNAMES = "usernames"
    COMPARED = "compared"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: words, a code that has words, a person, an instant, a day, a number, or an amount."""

    text: str = ""
    code: str = ""
    person: UUID | None = None
    at: datetime | None = None
    number: Decimal | None = None
    money: Money | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class DeskList:
    """A list: what it can do, its columns, its read scoped by the actor, and what a row is about.

    `at` is the institution whose list it is, if it is of one: names are read for work there. `start` are the filters
    of who asks for nothing.
    """

    name: ListName
    shape: Shape
    columns: Mapping[str, Callable[[Any], Cell]]
    read: Callable[[Actor, Ask], Page[Any]]
    key: Callable[[Any], object]
    about: Callable[[Any], About | None] = lambda row: None
    at: str = ""
    start: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row: its id, what it is about, and a value for each column."""

    id: str
    about: About | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: how many were found (`over`: so many and more), and what can be asked of it.

    `columns` are those that are shown, `every` those that there are.
    """

    name: ListName
    at: str
    total: int
    over: bool
    number: int
    pages: int
    size: int
    columns: tuple[str, ...]
    every: tuple[str, ...]
    sorts: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]
    searched: bool
    by_day: bool
    text: str
    chosen: Mapping[str, str]
    sort: str
    rows: tuple[ListRow, ...]


def read(actor: Actor, one: DeskList, ask: Ask, columns: Collection[str] = ()) -> Listed:
    """The page of a list that is asked for, with those of its columns and the first; with all if none is named."""
    page, shape, chosen = one.read(actor, ask), one.shape, chosen_columns(one, columns)
    meant = understood(ask, shape)
    over = page.total > MOST_COUNTED
    return Listed(
        name=one.name,
        at=one.at,
        total=min(page.total, MOST_COUNTED),
        over=over,
        number=page.number,
        pages=max(1, -(-page.total // page.size)),
        size=page.size,
        columns=chosen,
        every=tuple(one.columns),
        sorts=tuple(shape.sorts),
        filters={name: tuple(values) for name, values in shape.filters.items()},
        searched=shape.search is not None,
        by_day=bool(shape.day),
        text=meant.text,
        chosen=meant.filters,
        sort=meant.sort,
        rows=tuple(_row(one, row, chosen) for row in page.rows),
    )


def whole(ask: Ask, most: int) -> Ask:
    """All that was found on one page, up to `most` rows."""
    return replace(ask, number=1, size=most)


def chosen_columns(one: DeskList, columns: Collection[str]) -> tuple[str, ...]:
    """The columns that are named, in the order of the list; its first leads to the page of a row and always stands."""
    every = tuple(one.columns)
    named = tuple(name for at, name in enumerate(every) if at == 0 or name in columns)
    return named if set(columns) & set(every) else every


def _row(one: DeskList, row: Any, chosen: Collection[str]) -> ListRow:
    return ListRow(str(one.key(row)), one.about(row), tuple(one.columns[name](row) for name in chosen))
