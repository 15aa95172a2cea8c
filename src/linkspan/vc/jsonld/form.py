"""The form of a document: everything but its texts, as a key; and the texts, in order.

Documents of one form (every badge of a program) expand alike, so that is done once per form: `vc.jsonld.shape`.
"""

from math import isfinite
from typing import Any

from linkspan.vc.errors import DataLoss, Unreadable
from linkspan.vc.jsonld.own_words import own_words
from linkspan.vc.said import Said
from linkspan.vc.strict_json import DEEPEST

#: Members whose text is part of the form, as it steers how the rest is read.
STEERING = frozenset({"@context", "type", "@type", "@language"})
LARGEST_INTEGER = 2**53 - 1
SMALLEST = 1e-6

type Form = tuple[Any, ...]


def form_of(document: dict[str, Any]) -> tuple[Form, list[str]]:
    """The form of a document and its texts.

    The form is a sequence of tokens: the tuple of an object's keys, the length of an array, None for a text, the JSON
    of a number or boolean, and the value of a steering member. DataLoss: `context_inline`, `type_unknown`,
    `null_value`, `empty_value`, `list_nested`, `value_twice`, `number_unsafe`, `value_unusable`. Unreadable:
    `too_deep`.
    """
    tokens: list[Any] = []
    texts: list[str] = []
    _read_object(document, tokens, texts, 0)
    return tuple(tokens), texts


def _read_object(value: dict[str, Any], tokens: list[Any], texts: list[str], depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable("too_deep", Said("The document is nested deeper than {deepest} levels.", deepest=DEEPEST))
    if not value:
        raise DataLoss("empty_value", "An empty object says nothing, so nothing of it would be signed.")
    tokens.append(tuple(value))
    for name, inner in value.items():
        if name in STEERING:
            tokens.append(inner if type(inner) is str else _names(name, inner))
        elif type(inner) is str:
            tokens.append(None)
            texts.append(inner)
        elif type(inner) is dict:
            _read_object(inner, tokens, texts, depth + 1)
        elif type(inner) is list:
            _read_array(name, inner, tokens, texts, depth + 1)
        else:
            tokens.append(_number(name, inner))


def _read_array(name: str, value: list[Any], tokens: list[Any], texts: list[str], depth: int) -> None:
    if not value:
        raise DataLoss("empty_value", Said("{name} is empty, so nothing of it would be signed.", name=name[:80]))
    tokens.append(len(value))
    for inner in value:
        if type(inner) is dict:
            _read_object(inner, tokens, texts, depth + 1)
        elif type(inner) is str:
            tokens.append(None)
            texts.append(inner)
        elif type(inner) is list:
            raise DataLoss(
                "list_nested", Said("{name} holds a list in a list, which would be flattened.", name=name[:80])
            )
        else:
            tokens.append(_number(name, inner))
    if len(value) > 1 and type(value[0]) is not dict:
        scalars = [repr(inner) for inner in value if type(inner) is not dict]
        if len(set(scalars)) < len(scalars):
            raise DataLoss(
                "value_twice", Said("{name} says the same thing twice; once would be signed.", name=name[:80])
            )


def _names(key: str, value: Any) -> tuple[str, ...]:
    if type(value) is list and value and all(type(entry) is str for entry in value):
        return tuple(value)
    if key == "@context":
        return own_words(value if type(value) is list else [value])
    raise DataLoss("type_unknown", Said("{key} is not a name or a list of names.", key=key))


def _number(name: str, value: Any) -> str:
    """The JSON of a number or boolean that every implementation reads alike (RFC 7493, section 2.2)."""
    if value is None:
        raise DataLoss("null_value", Said("{name} is null; it would be dropped.", name=name[:80]))
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is float and value.is_integer() and abs(value) <= LARGEST_INTEGER and str(value) != "-0.0":
        return str(int(value))
    if type(value) is int and abs(value) <= LARGEST_INTEGER:
        return str(value)
    if type(value) is float and _plain(value):
        return repr(value)
    if type(value) is int or type(value) is float:
        raise DataLoss("number_unsafe", Said("{name} is a number that not everybody reads alike.", name=name[:80]))
    raise DataLoss("value_unusable", Said("{name} is of a kind that JSON does not have.", name=name[:80]))


def _plain(value: float) -> bool:
    """Whether 16 digits hold it (as JSON-LD writes numbers) and nobody writes it with an exponent in JSON."""
    return isfinite(value) and not value.is_integer() and abs(value) >= SMALLEST and float(f"{value:.15e}") == value
