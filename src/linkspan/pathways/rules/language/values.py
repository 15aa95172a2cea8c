"""Values of a record: numbers, dates, spans, letters and levels, and how they read in words.

Grade points of letters: the usual United States 4.0 scale. Levels: associate < bachelor < master < doctor.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt, ne
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
ORDER: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
EQUALITY = frozenset({"==", "!="})
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMERAL = re.compile(r"-?\d{1,18}(\.\d{1,12})?")


def number(value: Any) -> Decimal | None:
    """A JSON number or a decimal numeral as Decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, str) and not NUMERAL.fullmatch(value):
        return None
    try:
        found = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() else None


def plain_number(value: Decimal) -> int | float:
    """A number for JSON: whole where it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)


def as_date(value: Any) -> date | None:
    """The day of an ISO date or instant such as 2018-06-30 or 2018-06-30T12:00:00Z; None for anything else."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not ISO_DATE.fullmatch(value[:10]) or value[10:11] not in ("", "T", " "):
        return None
    try:
        return date.fromisoformat(value[:10])
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
    return ", ".join(map(in_words, value)) if isinstance(value, list) else str(value)


def years_after(start: date, years: int) -> date:
    """The same day that many years later; 29 February becomes 1 March. Never beyond year 9999."""
    if start.year + years > date.max.year:
        return date.max
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def span_after(start: date, span: Mapping[str, int]) -> date:
    """The day a span (`years`, `months`, `days`) after another; months end on the last day a shorter month has."""
    day = years_after(start, span.get("years", 0))
    year, month = divmod(day.year * 12 + day.month - 1 + span.get("months", 0), 12)
    if year > date.max.year:
        return date.max
    day = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    extra = min(span.get("days", 0), (date.max - day).days)
    return day + timedelta(days=extra)


def span_in_words(span: Mapping[str, int]) -> str:
    """A span for a reader: «2 years», «18 months»."""
    return " ".join(f"{span[unit]} {unit[:-1] if span[unit] == 1 else unit}" for unit in SPAN_UNITS if unit in span)


def days_in_words(days: int) -> str:
    """A number of days for a reader, in the largest unit that fits: «half a year», «3 months», «12 days»."""
    if days < 45:
        return f"{days} day{'' if days == 1 else 's'}"
    months = round(days / Decimal("30.44"))
    if months == 6:
        return "half a year"
    if months < 12 or months % 12:
        return f"{months} month{'' if months == 1 else 's'}"
    return f"{months // 12} year{'' if months == 12 else 's'}"


SPAN_UNITS = ("years", "months", "days")
