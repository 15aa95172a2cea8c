"""Comparable values: grades on their scales, degree levels, dates, numbers.

Grade points of letters: the usual United States 4.0 scale. Levels: associate < bachelor < master < doctor.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

LETTER_POINTS = {
    "A+": Decimal("4.3"),
    "A": Decimal("4.0"),
    "A-": Decimal("3.7"),
    "B+": Decimal("3.3"),
    "B": Decimal("3.0"),
    "B-": Decimal("2.7"),
    "C+": Decimal("2.3"),
    "C": Decimal("2.0"),
    "C-": Decimal("1.7"),
    "D+": Decimal("1.3"),
    "D": Decimal("1.0"),
    "D-": Decimal("0.7"),
    "F": Decimal("0.0"),
}
LEVELS = {"associate": 1, "bachelor": 2, "master": 3, "doctor": 4}
SCALES = ("letter", "percent", "points")


class Incomparable(Exception):
    """Two values cannot be compared; the message says why, and the answer is unknown."""


def comparable(have: Any, need: Any) -> tuple[Any, Any]:
    """The two as values of one ordered kind; Incomparable if they are not.

    A grade is `{"scale", "value"}`; two scales without a stated mapping are incomparable.
    """
    if isinstance(need, Mapping) or isinstance(have, Mapping):
        return _grades(have, need)
    if isinstance(have, bool) or isinstance(need, bool):
        if isinstance(have, bool) and isinstance(need, bool):
            return have, need
        raise Incomparable(f"{have!r} and {need!r} are of different kinds")
    if have in LEVELS and need in LEVELS:
        return LEVELS[have], LEVELS[need]
    first, second = number(have), number(need)
    if first is not None and second is not None:
        return first, second
    if isinstance(have, str) and isinstance(need, str):
        return have, need
    raise Incomparable(f"{have!r} and {need!r} are of different kinds")


def _grades(have: Any, need: Any) -> tuple[Decimal, Decimal]:
    if not isinstance(have, Mapping) or not isinstance(need, Mapping):
        raise Incomparable("a grade can only be compared with a grade")
    if have.get("scale") != need.get("scale"):
        raise Incomparable(f"no mapping from {have.get('scale')} grades to {need.get('scale')} grades is stated")
    return _grade_number(have), _grade_number(need)


def _grade_number(grade: Mapping[str, Any]) -> Decimal:
    value = grade.get("value")
    if grade.get("scale") == "letter":
        points = LETTER_POINTS.get(str(value))
        if points is None:
            raise Incomparable(f"{value!r} is not a letter grade")
        return points
    found = number(value)
    if found is None:
        raise Incomparable(f"{value!r} is not a number")
    return found


def number(value: Any) -> Decimal | None:
    """A JSON number or a decimal text as Decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def as_date(value: Any) -> date | None:
    """An ISO date, or None."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def in_words(value: Any) -> str:
    """A value for a reader."""
    if isinstance(value, Mapping) and "value" in value:
        return f"{value['value']} %" if value.get("scale") == "percent" else str(value["value"])
    if value is True:
        return "yes"
    if value is False:
        return "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def years_after(start: date, years: int) -> date:
    """The same day that many years later; 29 February becomes 1 March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)
