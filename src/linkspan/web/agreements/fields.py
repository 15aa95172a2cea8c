"""How a term of an agreement is written in one field of a form, and read back.

Each kind of field has a way to show a value as text and a way to read it; reading raises ValueError with what to do.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from linkspan.pathways.rules import (
    LETTER_POINTS,
    SCALES,
    SPAN_UNITS,
    Amount,
    Day,
    Flag,
    Grade,
    ListOf,
    Rule,
    Span,
    Stated,
    Text,
    Whole,
    bare,
    in_words,
    span_in_words,
)

LONGEST = 20_000
#: Words for a reader, translated when they are shown.
type Words = str | Promise


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the form, its label, its kind, where its value stands, and a hint."""

    name: str
    label: Words
    kind: str = "text"
    path: tuple[str, ...] = ()
    hint: Words = ""
    options: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, ...]:
        """The keys that lead to the value; the name itself unless said otherwise."""
        return self.path or (self.name,)


def field_of(name: str, stated: Stated) -> Field:
    """The field of a term that states its shape and its words."""
    shape = bare(stated.shape)
    kind = stated.widget or next(kind for known, kind in KIND_OF.items() if isinstance(shape, known))
    options = shape.choices if isinstance(shape, Text) else ()
    hint = gettext_lazy(stated.hint) if stated.hint else HINTS.get(kind, "")
    return Field(name, gettext_lazy(stated.label), "choice" if options else kind, hint=hint, options=options)


def read(field: Field, text: str) -> Any:
    """The value that the text stands for, None if it is empty; ValueError says what is needed."""
    text = text.strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise ValueError(gettext("Write at most {most} characters.").format(most=LONGEST))
    if field.options and text not in field.options:
        raise ValueError(gettext("Choose one of the list."))
    return READERS[field.kind](text)


def show(field: Field, value: Any) -> str:
    """The value as the text of its field."""
    if value is None:
        return ""
    try:
        return SHOWERS.get(field.kind, _plain)(value)
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
        return _show_json(value)


def look(holder: Mapping[str, Any], place: tuple[str, ...]) -> Any:
    """The value at a place, None if any part of it is not there."""
    value: Any = holder
    for key in place:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def put(holder: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Set the value at a place; None removes it, and what it leaves empty."""
    key, *rest = place
    if not rest:
        if value is None:
            holder.pop(key, None)
        else:
            holder[key] = value
        return
    inner = dict(holder.get(key) or {})
    put(inner, tuple(rest), value)
    put(holder, (key,), inner or None)


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(gettext("Write a whole number."))
    return int(text)


def _amount(text: str) -> int | str:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0 or len(text) > 15:
        raise ValueError(gettext("Write a number, such as 4 or 7.5."))
    return int(found) if found == found.to_integral_value() else format(found, "f")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueError(gettext("Write a date such as 2019-09-01.")) from error


def is_day(text: str) -> bool:
    """Whether it is a date as a browser writes one."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _flag(text: str) -> bool:
    return text == "yes"


def _items(text: str) -> list[str]:
    return [item for part in text.split(",") if (item := part.strip())]


def _lines(text: str) -> list[str]:
    return [item for line in text.splitlines() if (item := line.strip())]


def _lists(text: str) -> dict[str, list[str]]:
    found = {}
    for line in _lines(text):
        name, _colon, items = line.rpartition(":")
        if not name.strip():
            raise ValueError(gettext("Write one a line, such as capstone: spring, fall."))
        found[name.strip()] = _items(items)
    return found


def _map(text: str) -> dict[str, Any]:
    found = {}
    for item in _items(text):
        name, _space, amount = item.rpartition(" ")
        if not name:
            raise ValueError(gettext("Write a name and a number, such as fall 16, spring 16."))
        found[name.strip()] = _amount(amount)
    return found


def _grade(text: str) -> dict[str, Any]:
    if text.upper() in LETTER_POINTS:
        return {"scale": "letter", "value": text.upper()}
    written, percent, _rest = text.partition("%")
    number, _space, scale = written.strip().partition(" ")
    try:
        return {"scale": "percent" if percent else scale.strip() or "points", "value": _amount(number)}
    except ValueError as error:
        raise ValueError(gettext("Write a grade such as B, 60%, 3.0 or 2.3 german.")) from error


def _money(text: str) -> dict[str, Any]:
    number, _space, currency = text.partition(" ")
    currency = currency.strip().upper()
    if len(currency) != 3 or not currency.isalpha():
        raise ValueError(gettext("Write an amount with its currency, such as 2700.00 USD."))
    minor = Decimal(str(_amount(number))) * 10 ** get_currency_precision(currency)
    if minor != minor.to_integral_value():
        raise ValueError(gettext("The amount has more decimals than the currency."))
    return {"minor": int(minor), "currency": currency}


def _years(text: str) -> dict[str, int]:
    """A span: a number of years, or such as 18 months."""
    number, _space, unit = text.partition(" ")
    name = f"{unit.strip().removesuffix('s')}s" if unit.strip() else "years"
    if name not in SPAN_UNITS:
        raise ValueError(gettext("Write a number of years, or such as 18 months."))
    return {name: _whole(number)}


def _tests(text: str) -> list[dict[str, Any]]:
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        whole, _open, parts = line.removesuffix(")").partition("(")
        test = _scored(whole)
        found.append(test | ({"parts": [_scored(part) for part in parts.split(",")]} if parts else {}))
    return found


def _scored(text: str) -> dict[str, Any]:
    name, _space, score = text.strip().rpartition(" ")
    if not name:
        raise ValueError(gettext("Write one test a line, such as TOEFL 100, or TOEFL 100 (reading 25, writing 24)."))
    return {"name": name.strip(), "score": _amount(score)}


def _gives(text: str) -> list[dict[str, Any]]:
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        slot, credits, course = [*line.split(None, 2), "", ""][:3]
        try:
            row = {"slot": slot, "credits": _amount(credits)}
        except ValueError as error:
            raise ValueError(gettext("Write one place a line with its credits, such as elective 4.")) from error
        found.append(row | ({"as": course} if course else {}))
    return found


def _bands(text: str) -> list[dict[str, Any]]:
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        least, _equals, value = (part.strip() for part in line.partition("="))
        try:
            found.append({"at_least": _mark(least), "value": _mark(value)})
        except ValueError as error:
            raise ValueError(gettext("Write one band a line, such as 90 = A.")) from error
    return found


def _mark(text: str) -> int | str:
    return text.upper() if text.upper() in LETTER_POINTS else _amount(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        told = gettext("This is not JSON: {why}").format(why=error)
        raise ValueError(told) from error


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _show_money(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    places = get_currency_precision(str(value.get("currency")))
    return f"{Decimal(int(value.get('minor', 0))).scaleb(-places):.{places}f} {value.get('currency')}"


def _show_grade(value: Any) -> str:
    scale = value["scale"]
    return in_words(value) if scale in SCALES else f"{value['value']} {scale}"


def _show_tests(value: Any) -> str:
    return "\n".join(_show_test(row) for row in value)


def _show_test(row: Mapping[str, Any]) -> str:
    parts = ", ".join(f"{part['name']} {part['score']}" for part in row.get("parts") or ())
    return f"{row['name']} {row['score']}" + (f" ({parts})" if parts else "")


def _show_lists(value: Any) -> str:
    return "\n".join(f"{name}: {', '.join(items)}" for name, items in value.items())


def _show_map(value: Any) -> str:
    return ", ".join(f"{name} {amount}" for name, amount in value.items())


def _show_years(value: Any) -> str:
    return str(value["years"]) if set(value) == {"years"} else span_in_words(value)


def _show_gives(value: Any) -> str:
    return "\n".join(" ".join(str(row[name]) for name in ("slot", "credits", "as") if name in row) for row in value)


def _show_bands(value: Any) -> str:
    return "\n".join(f"{row['at_least']} = {row['value']}" for row in value)


def _show_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


READERS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "area": str,
    "choice": str,
    "whole": _whole,
    "amount": _amount,
    "date": _day,
    "flag": _flag,
    "items": _items,
    "lines": _lines,
    "map": _map,
    "lists": _lists,
    "grade": _grade,
    "money": _money,
    "years": _years,
    "tests": _tests,
    "gives": _gives,
    "bands": _bands,
    "json": _json,
}
SHOWERS: Mapping[str, Callable[[Any], str]] = {
    "flag": lambda value: "yes" if value else "no",
    "grade": _show_grade,
    "lines": "\n".join,
    "map": _show_map,
    "lists": _show_lists,
    "money": _show_money,
    "years": _show_years,
    "tests": _show_tests,
    "gives": _show_gives,
    "bands": _show_bands,
    "json": _show_json,
}
GRADE_HINT = _("A letter, a percentage or points: B, 60%, 3.0; or with the name of its scale: 2.3 german")
LIST_HINT = _("Separated by commas")
SPAN_HINT = _("A number of years, or such as 18 months")
#: The kind of field for each shape, and what is said of a kind that says nothing of its own.
KIND_OF: Mapping[type, str] = {
    Text: "text",
    Whole: "whole",
    Amount: "amount",
    Flag: "flag",
    Day: "date",
    Grade: "grade",
    Span: "years",
    Rule: "json",
    ListOf: "items",
}
HINTS: Mapping[str, Words] = {"grade": GRADE_HINT, "items": LIST_HINT, "years": SPAN_HINT}
