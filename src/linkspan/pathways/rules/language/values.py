"""Values of a record: numbers, dates, spans, letters and levels, and how they read in words.

Grade points of letters: the usual United States 4.0 scale. Levels: associate < bachelor < master < doctor.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from linkspan.kernel.reasons import Phrase, Sentence

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
#: Of what one text may be: the rest of a record's texts are names, which are the same in every language.
CODED = frozenset({*LEVELS, "active", "passed", "failed", "withdrawn", "verified"})
LISTED, CLAUSES = Phrase("{first}, {second}"), Phrase("{first}; {second}")
MANY = {
    "years": Phrase("{amount} years"),
    "months": Phrase("{amount} months"),
    "days": Phrase("{amount} days"),
    "points": Phrase("{amount} points"),
    "grade points": Phrase("{amount} grade points"),
    "percent": Phrase("{amount} percent"),
    "credits": Phrase("{amount} credits"),
    "courses": Phrase("{amount} courses"),
    "attempts": Phrase("{amount} attempts"),
    "credentials": Phrase("{amount} credentials"),
    "degrees": Phrase("{amount} degrees"),
    "tests": Phrase("{amount} tests"),
    "exams": Phrase("{amount} exams"),
}
ONE = {
    "years": Phrase("{amount} year"),
    "months": Phrase("{amount} month"),
    "days": Phrase("{amount} day"),
    "points": Phrase("{amount} point"),
    "grade points": Phrase("{amount} grade point"),
    "percent": Phrase("{amount} percent"),
    "credits": Phrase("{amount} credit"),
    "courses": Phrase("{amount} course"),
    "attempts": Phrase("{amount} attempt"),
    "credentials": Phrase("{amount} credential"),
    "degrees": Phrase("{amount} degree"),
    "tests": Phrase("{amount} test"),
    "exams": Phrase("{amount} exam"),
}
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMERAL = re.compile(r"-?\d{1,18}(\.\d{1,12})?")


def number(value: object) -> Decimal | None:
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


def as_date(value: object) -> date | None:
    """The day of an ISO date or instant such as 2018-06-30 or 2018-06-30T12:00:00Z; None for anything else."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not ISO_DATE.fullmatch(value[:10]) or value[10:11] not in ("", "T", " "):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def in_words(value: object) -> str:
    """A value for a reader."""
    if isinstance(value, str):
        return Phrase(value) if value in CODED else value
    if isinstance(value, bool):
        return Phrase("yes") if value else Phrase("no")
    if isinstance(value, list):
        return joined(map(in_words, value), LISTED)
    if isinstance(value, Mapping) and "value" in value:
        return f"{value['value']} %" if value.get("scale") == "percent" else str(value["value"])
    return str(value)


def joined(parts: Iterable[str], between: str = LISTED) -> str:
    """Parts as one sentence, of which `between` joins two at a time; empty if there is none."""
    found = list(parts)
    return reduce(lambda first, second: Sentence("joined", between, first=first, second=second), found) if found else ""


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
    return joined((much(span[unit], unit) for unit in SPAN_UNITS if unit in span), Phrase("{first} {second}"))


def days_in_words(days: int) -> str:
    """A number of days for a reader, in the largest unit that fits: «half a year», «3 months», «12 days»."""
    if days < 45:
        return much(days, "days")
    months = round(days / Decimal("30.44"))
    if months == 6:
        return Phrase("half a year")
    return much(months, "months") if months < 12 or months % 12 else much(months // 12, "years")


def much(amount: int | str, unit: str) -> str:
    """An amount with its unit for a reader: «1 year», «2.5 points»; of a unit that is not ours, as it is written."""
    if not unit:
        return str(amount)
    one = str(amount) == "1"
    words = (ONE if one else MANY).get(unit)
    return Sentence("amount", words, amount=amount) if words else f"{amount} {unit.removesuffix('s') if one else unit}"


SPAN_UNITS = ("years", "months", "days")
