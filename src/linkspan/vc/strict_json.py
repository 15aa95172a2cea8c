"""JSON, strictly: what is not exactly one object that every reader reads alike is refused."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from linkspan.vc.errors import DataLoss, Unreadable
from linkspan.vc.said import Said

LARGEST = 5_000_000
#: Lists and members, so that a text of that size is pictures, not work.
MOST_PARTS = 200_000
DEEPEST = 40


def parse(text: bytes | str) -> dict[str, Any]:
    """A JSON object: UTF-8, no duplicate keys, no NaN, no half characters, at most five megabytes and 40 levels."""
    value = loads(text)
    if not isinstance(value, dict):
        raise Unreadable("not_an_object", "The document is not a JSON object.")
    return value


def loads(text: bytes | str) -> Any:
    """Any JSON value, as strictly."""
    try:
        raw = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError as error:
        raise Unreadable("not_utf8", "The document holds half of a character (a lone surrogate).") from error
    if len(raw) > LARGEST:
        raise Unreadable("too_large", Said("The document is larger than {largest} bytes.", largest=LARGEST))
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MOST_PARTS:
        raise Unreadable("too_large", Said("The document has more than {most_parts} parts.", most_parts=MOST_PARTS))
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Unreadable("not_utf8", "The document is not UTF-8 text.") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, DataLoss | Unreadable):
            raise
        raise Unreadable("not_json", Said("The document is not JSON: {error}", error=error)) from error
    if _needs_no_look(raw):
        return value
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        _check(value, 0)
    return value


def _needs_no_look(raw: bytes) -> bool:
    """Whether no text of it can be half of a character, and nothing too deep: UTF-8 has halves only by their escapes,
    and of so few objects and lists none is deeper than their number."""
    return b"\\u" not in raw and raw.count(b"[") + raw.count(b"{") <= DEEPEST


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        raise DataLoss("duplicate_key", Said("A key stands twice: {twice}", twice=twice[0][:80]))
    return found


def _no_constant(name: str) -> Any:
    raise Unreadable("not_a_number", Said("{name} is not JSON.", name=name))


def _check(value: dict[str, Any] | list[Any], depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable("too_deep", Said("The document is nested deeper than {deepest} levels.", deepest=DEEPEST))
    children: Iterable[Any] = value.values() if isinstance(value, dict) else value
    for child in children:
        kind = type(child)
        if kind is str:
            if not child.isascii():
                _check_text(child)
        elif kind is dict or kind is list:
            _check(child, depth + 1)
    if isinstance(value, dict) and not "".join(value).isascii():
        for key in value:
            _check_text(key)


def _check_text(text: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Unreadable("half_character", "The document holds half of a character (a lone surrogate).")
