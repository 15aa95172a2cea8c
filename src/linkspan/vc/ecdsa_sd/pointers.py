"""Parts of a document by JSON pointer, and names for its unnamed things so that parts can be compared with the whole.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, sections 3.4.4 (skolemizeCompactJsonLd) to 3.4.13 (selectJsonLd).
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from linkspan.vc.errors import VcError

#: The name given to an unnamed thing; a document that uses it itself is refused.
NAME = "urn:linkspan:unnamed:"


def skolemized(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a name for each thing in it that has none. VcError `sd_nested`, `sd_name_used`."""
    numbers = count()

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(inner) for inner in value]
        if isinstance(value, str) and value.startswith(NAME):
            raise VcError("sd_name_used", f"The document uses addresses that begin with {NAME}.")
        if not isinstance(value, Mapping):
            return value
        if "proof" in value or "@graph" in value:
            raise VcError("sd_nested", "A document with signed credentials inside cannot be shown in part.")
        inside = {name: inner if name == "@context" else named(inner) for name, inner in value.items()}
        if "@value" in value or "id" in value or "@id" in value:
            return inside
        return {**inside, "id": f"{NAME}{next(numbers)}"}

    found: dict[str, Any] = named(document)
    return found


def select(document: Mapping[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    """The part of a document at these pointers, with identifiers and types of all things on the way to them.

    VcError `pointer_unknown` for one that leads nowhere.
    """
    part = _start(document)
    part["@context"] = document["@context"]
    for pointer in pointers:
        steps = _steps(pointer)
        part = _merged(part, document, steps, pointer)
    dense: dict[str, Any] = _dense(part)
    return dense


def _steps(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise VcError("pointer_unknown", f"{pointer} is not a JSON pointer.")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


class _Sparse(dict[int, Any]):
    """A list of which only some places are chosen."""


def _start(value: Any) -> Any:
    if isinstance(value, list):
        return _Sparse()
    if isinstance(value, Mapping):
        return {name: value[name] for name in ("id", "type") if name in value}
    return value


def _merged(part: Any, whole: Any, steps: Sequence[str], pointer: str) -> Any:
    if not steps:
        return _all_of(part, whole)
    step: Any = steps[0]
    if isinstance(whole, list) and step.isascii() and step.isdigit() and int(step) < len(whole):
        step = int(step)
    elif not isinstance(whole, Mapping) or step not in whole:
        raise VcError("pointer_unknown", f"{pointer} leads nowhere in this document.")
    below = part[step] if step in part else _start(whole[step])
    part[step] = _merged(below, whole[step], steps[1:], pointer)
    return part


def _all_of(part: Any, whole: Any) -> Any:
    if isinstance(whole, list):
        return _Sparse({place: value for place, value in enumerate(whole)})
    if isinstance(whole, Mapping):
        return {**part, **whole}
    return whole


def _dense(value: Any) -> Any:
    if isinstance(value, _Sparse):
        return [_dense(value[place]) for place in sorted(value)]
    if isinstance(value, list):
        return [_dense(inner) for inner in value]
    if isinstance(value, Mapping):
        return {name: inner if name == "@context" else _dense(inner) for name, inner in value.items()}
    return value
