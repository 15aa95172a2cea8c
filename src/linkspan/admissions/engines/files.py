"""A round in a JSON file (docs/formats/README.md, «Round»), with an error that names the row of what is no JSON.

What Python's reader would let pass in silence is refused here: a name that stands twice in an object, NaN, numbers and
texts that RFC 8785 cannot write.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linkspan.admissions.rules.market import LARGEST
from linkspan.kernel.errors import Unusable

#: Longer numbers are far past `LARGEST`; Python refuses to read those of more than 4,300 digits.
MOST_DIGITS = 30


class Doubled(dict[str, Any]):
    """An object in which the name `twice` stands more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice = next(name for name in names if names.count(name) > 1)


def read_round(place: Path) -> Any:
    """The JSON in a file; Unusable, OSError or RecursionError for what is none."""
    try:
        text = place.read_text(encoding="utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_int=_number)
    except UnicodeDecodeError as error:
        raise Unusable("round_unusable", "{name} is not UTF-8 text", name=place.name) from error
    except ValueError as error:
        raise Unusable("round_unusable", "{name} is not JSON: {error}", name=place.name, error=error) from error
    for where, fault in _faults(value, ""):
        raise Unusable("round_unusable", "{where}: {fault}", where=where or place.name, fault=fault)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Doubled(pairs)


def _number(text: str) -> int:
    return int(text[:MOST_DIGITS])


def _faults(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """What is wrong, and where: `applicants[3] (an id).scores.P`."""
    if isinstance(value, dict):
        if isinstance(value, Doubled):
            yield where, f"{value.twice!r} stands twice in one object"
        for name, inner in value.items():
            yield from _fault(name, where)
            yield from _faults(inner, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            named = inner.get("id") if isinstance(inner, dict) else None
            yield from _faults(inner, f"{where}[{place}]" + (f" ({named})" if isinstance(named, str) else ""))
    else:
        yield from _fault(value, where)


def _fault(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        yield where, "a text holds half of a character (a lone surrogate)"
    elif isinstance(value, float) and not math.isfinite(value):
        yield where, f"{value} is not a whole number"
    elif isinstance(value, int) and abs(value) > LARGEST:
        yield where, "the number is too large to be carried exactly"
