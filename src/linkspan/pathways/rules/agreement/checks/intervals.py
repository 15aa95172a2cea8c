"""What a comparison lets through, as an interval of an ordered kind: numbers, grades of one scale, levels, dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from linkspan.pathways.rules.agreement import Agreement, Policy
from linkspan.pathways.rules.language.comparing import plain_grade
from linkspan.pathways.rules.language.meaning import scales_of
from linkspan.pathways.rules.language.scales import KNOWN
from linkspan.pathways.rules.language.values import LETTER_POINTS, LEVELS, as_date, number

#: A bound of an interval; None is open to that side.
Bound = Any
GRADE = {"scale", "value"}
LETTERS = sorted(set(LETTER_POINTS.values()))


@dataclass(frozen=True, slots=True)
class Interval:
    """Values from `low` to `high` of one kind (`number`, `letter`, `percent`, `points`, `level`, `date`)."""

    kind: str
    low: Bound = None
    high: Bound = None
    low_open: bool = False
    high_open: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies in it."""
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high or (self.low == self.high and (self.low_open or self.high_open)))

    def meet(self, other: "Interval") -> "Interval":
        """What lies in both; they are of one kind."""
        low = max(((i.low, i.low_open) for i in (self, other) if i.low is not None), default=(None, False))
        found = replace(self, low=low[0], low_open=low[1])
        highs = [(i.high, not i.high_open) for i in (self, other) if i.high is not None]
        high = min(highs, default=(None, True))
        return replace(found, high=high[0], high_open=not high[1])

    def holds(self, other: "Interval") -> bool:
        """Whether all of the other lies in this one."""
        return self.meet(other) == other


def with_signs(document: Mapping[str, Any]) -> dict[str, Any]:
    """The terms with the `sign` of its scale in each grade on a stated one, so that it can be compared by itself."""
    agreement = Agreement.read(document)
    places = (agreement, *map(Policy.read, agreement.policies))
    signs = {scale.name: scale.sign for scale in scales_of(row for place in places for row in place.scales)}

    def signed(value: object) -> Any:
        if isinstance(value, Mapping):
            mine = {name: signed(one) for name, one in value.items()}
            return mine | {"sign": signs[value["scale"]]} if set(value) == GRADE and value["scale"] in signs else mine
        return [signed(one) for one in value] if isinstance(value, list) else value

    return {name: signed(value) for name, value in document.items()}


def interval_of(op: str, value: object) -> Interval | None:
    """The interval that `op value` lets through; None for texts, flags, lists and «is not».

    Of grades the better one is the larger; on a stated scale they carry its direction (`with_signs`).
    """
    found = _kind_and_bound(value)
    if found is None or op not in ("==", "<", "<=", ">", ">="):
        return None
    kind, bound = found
    whole = Interval(kind)
    if op == "==":
        return replace(whole, low=bound, high=bound)
    if op in ("<", "<="):
        return replace(whole, high=bound, high_open=op == "<")
    return replace(whole, low=bound, low_open=op == ">")


def _kind_and_bound(value: object) -> tuple[str, Bound] | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, Mapping):
        scale = KNOWN.get(str(value["scale"]))
        sign = value.get("sign", None if scale is None else scale.sign)
        return None if sign is None else (str(value["scale"]), plain_grade(value) * sign)
    if isinstance(value, str) and value in LEVELS:
        return "level", LEVELS[value]
    day = as_date(value)
    if day is not None:
        return "date", day
    amount = number(value)
    return None if amount is None else ("number", amount)


def holes(intervals: Iterable[Interval]) -> list[tuple[Bound, Bound]]:
    """The gaps inside the union of intervals of one kind, each as (from, to); between letters only real ones."""
    ordered = sorted((i for i in intervals if not i.is_empty), key=_by_low)
    found: list[tuple[Bound, Bound]] = []
    end: tuple[Bound, bool] | None = None
    for interval in ordered:
        if end is not None and end[0] is not None and interval.low is not None:
            apart = interval.low > end[0] or (interval.low == end[0] and interval.low_open and end[1])
            if apart and _has_value(interval, end):
                found.append((end[0], interval.low))
        mine = (interval.high, interval.high_open)
        end = mine if end is None else _later(end, mine)
    return found


def _by_low(interval: Interval) -> tuple[bool, Any, bool]:
    filler: Any = date.min if interval.kind == "date" else Decimal(0)
    low = interval.low if interval.low is not None else filler
    return interval.low is not None, low, interval.low_open


def _later(one: tuple[Bound, bool], other: tuple[Bound, bool]) -> tuple[Bound, bool]:
    if one[0] is None or other[0] is None:
        return (None, False)
    return max(one, other, key=lambda end: (end[0], not end[1]))


def _has_value(interval: Interval, end: tuple[Bound, bool]) -> bool:
    """Whether a value of the kind lies between the end of one interval and the start of the next."""
    if interval.kind not in ("letter", "level"):
        return True
    steps: list[Any] = LETTERS if interval.kind == "letter" else list(LEVELS.values())
    after = [step for step in steps if step > end[0] or (step == end[0] and end[1])]
    return any(step < interval.low or (step == interval.low and interval.low_open) for step in after)
