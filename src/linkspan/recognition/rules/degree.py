"""A degree as the receiving block of an agreement states it: its slots, their order, when they are offered, the load.

Beside `slots` (docs/formats/agreement.md) a receiving block may state `load` (credits at most, by season),
`offered` (seasons, by slot), `on_campus_min` (courses) and `on_campus_offered` (seasons); a slot may name the slot
`after` which it is taken in the very next term that offers it. What is not stated does not limit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules import Agreement, Place, Receiving, Sequence

#: The seasons of a year in order.
SEASONS = ("january", "spring", "summer", "fall")
REGULAR = ("spring", "fall")


@dataclass(frozen=True, slots=True)
class Slot:
    """Courses of one kind. `offered` are seasons; `after` names a slot that comes in the term directly before."""

    slot: str
    title: str
    courses: int
    credits: Decimal
    last: bool
    alone: bool
    on_campus: bool
    after: str
    offered: frozenset[str]


@dataclass(frozen=True, slots=True)
class Degree:
    """A degree to be planned: slots in order, load by season (None: no limit), on-campus minimum in courses."""

    slots: tuple[Slot, ...]
    load: Mapping[str, Decimal | None]
    on_campus_min: int
    on_campus_offered: frozenset[str]

    def slot(self, name: str) -> Slot:
        """The slot of that name."""
        return next(slot for slot in self.slots if slot.slot == name)


def degree_of(agreement: Agreement) -> Degree:
    """The degree of an agreement; Unusable if its seasons are none that a year has."""
    receiving = agreement.receiving
    rows = receiving.slots
    stated = {season: Decimal(str(most)) for season, most in (receiving.load or {}).items()}
    load: dict[str, Decimal | None] = dict(stated) if stated else dict.fromkeys(REGULAR)
    offered = receiving.offered or {}
    order = {row.last: row for row in agreement.sequence if row.last}
    each = _credits_each(receiving)
    slots = tuple(_slot(row, order.get(row.slot), offered.get(row.slot) or load, each, rows) for row in rows)
    campus = frozenset(receiving.on_campus_offered or load)
    unknown = (set(load) | campus | {season for slot in slots for season in slot.offered}) - set(SEASONS)
    if unknown:
        raise Unusable(
            "season_unknown",
            "A term is in {seasons}, not in {unknown}.",
            seasons=", ".join(SEASONS),
            unknown=sorted(unknown)[0],
        )
    return Degree(slots, load, receiving.on_campus_min or 0, campus)


def _slot(row: Place, order: Sequence | None, offered: Iterable[str], each: Decimal, rows: tuple[Place, ...]) -> Slot:
    after = row.after or ""
    if order and order.consecutive and not after:
        names = [other.slot for other in rows]
        position = names.index(row.slot)
        after = names[position - 1] if position else ""
    return Slot(
        row.slot,
        row.title or row.slot,
        row.courses,
        row.credits or each,
        bool(row.last or order),
        bool(row.alone or (order and order.alone)),
        bool(row.on_campus),
        after,
        frozenset(offered),
    )


def _credits_each(receiving: Receiving) -> Decimal:
    courses = sum(row.courses for row in receiving.slots)
    total = receiving.credits or Decimal(0)
    return (total / courses).quantize(Decimal("0.01")) if courses else Decimal(0)
