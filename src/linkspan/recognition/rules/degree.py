"""A degree as the receiving block of an agreement states it: its slots, their order, when they are offered, the load.

Beside `slots` (docs/formats/agreement.md) a receiving block may state `load` (credits at most, by season),
`offered` (seasons, by slot), `on_campus_min` (courses) and `on_campus_offered` (seasons); a slot may name the slot
`after` which it is taken in the very next term that offers it. What is not stated does not limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from linkspan.kernel.errors import Unusable

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


def degree_of(document: Mapping[str, Any]) -> Degree:
    """The degree of an agreement's document; Unusable if its seasons are none that a year has."""
    receiving = document["receiving"]
    rows = list(receiving.get("slots") or [])
    stated = {season: Decimal(str(most)) for season, most in (receiving.get("load") or {}).items()}
    load: dict[str, Decimal | None] = dict(stated) if stated else dict.fromkeys(REGULAR)
    offered = receiving.get("offered") or {}
    order = {row["last"]: row for row in document.get("sequence") or [] if row.get("last")}
    each = _credits_each(receiving, rows)
    slots = tuple(_slot(row, order.get(row["slot"], {}), offered.get(row["slot"]) or load, each, rows) for row in rows)
    campus = frozenset(receiving.get("on_campus_offered") or load)
    unknown = (set(load) | campus | {season for slot in slots for season in slot.offered}) - set(SEASONS)
    if unknown:
        raise Unusable(
            "season_unknown",
            "A term is in {seasons}, not in {unknown}.",
            seasons=", ".join(SEASONS),
            unknown=sorted(unknown)[0],
        )
    return Degree(slots, load, int(receiving.get("on_campus_min") or 0), campus)


def _slot(row: Mapping[str, Any], order: Mapping[str, Any], offered: Any, each: Decimal, rows: list[Any]) -> Slot:
    after = str(row.get("after") or "")
    if order.get("consecutive") and not after:
        names = [other["slot"] for other in rows]
        position = names.index(row["slot"])
        after = names[position - 1] if position else ""
    credits = Decimal(str(row["credits"])) if row.get("credits") else each
    return Slot(
        row["slot"],
        row.get("title") or row["slot"],
        int(row["courses"]),
        credits,
        bool(row.get("last") or order),
        bool(row.get("alone") or order.get("alone")),
        bool(row.get("on_campus")),
        after,
        frozenset(offered),
    )


def _credits_each(receiving: Mapping[str, Any], rows: list[Any]) -> Decimal:
    courses = sum(int(row["courses"]) for row in rows)
    total = Decimal(str(receiving.get("credits") or 0))
    return (total / courses).quantize(Decimal("0.01")) if courses else Decimal(0)
