"""Contexts that stand in a document itself: taken where they only add words, refused where they could rename any."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from linkspan.vc import contexts
from linkspan.vc.errors import DataLoss
from linkspan.vc.said import Said

ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):[^\s:]\S*")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
MEMBERS = frozenset({"@id", "@type", "@container", "@language"})
CONTAINERS = ("@set", "@list")


class OwnWords(str):
    """A context given in the document, as its JSON: part of the document's form."""

    __slots__ = ()


def own_words(named: Sequence[Any]) -> tuple[str, ...]:
    """The contexts of a document as addresses and, after all of those, its own words; DataLoss (`context_inline`)
    unless each of these is new and means an address that no other word has."""
    addresses = [entry for entry in named if isinstance(entry, str)]
    if not addresses or addresses != list(named[: len(addresses)]):
        raise _refused("stands before one that is given by address")
    taken: dict[str, str] = {}
    _collect(contexts.inline(addresses), taken)
    used = {_expanded(meaning, taken) for meaning in taken.values()}
    made: list[str] = list(addresses)
    for entry in named[len(addresses) :]:
        if not isinstance(entry, Mapping):
            raise _refused("is not an object")
        for word, definition in entry.items():
            meaning = _meaning(word, definition, taken)
            if word in taken or meaning in used:
                raise _refused(f"gives {word[:80]} a meaning that something else has, or another one")
            taken[word] = meaning
            used.add(meaning)
        made.append(OwnWords(json.dumps(entry)))
    return tuple(made)


def _meaning(word: str, definition: Any, taken: Mapping[str, str]) -> str:
    given = {"@id": definition} if isinstance(definition, str) else definition
    if not WORD.fullmatch(word) or not isinstance(given, Mapping) or not MEMBERS.issuperset(given):
        raise _refused(f"says more of {word[:80]} than what it means")
    meaning, kind = given.get("@id"), given.get("@type", "@id")
    if not _is_address(meaning, taken) or not (kind == "@id" or _is_address(kind, taken)):
        raise _refused(f"does not say by an address what {word[:80]} means")
    if given.get("@container", "@set") not in CONTAINERS or not isinstance(given.get("@language", ""), str):
        raise _refused(f"reads {word[:80]} in a way that is not known here")
    return str(meaning)


def _is_address(value: Any, taken: Mapping[str, str]) -> bool:
    found = ADDRESS.fullmatch(value) if isinstance(value, str) else None
    return found is not None and found[1] not in taken


def _collect(value: Any, taken: dict[str, str]) -> None:
    for entry in value if isinstance(value, list) else [value]:
        for word, definition in entry.items() if isinstance(entry, dict) else ():
            meaning = definition.get("@id") if isinstance(definition, dict) else definition
            taken.setdefault(word, meaning if isinstance(meaning, str) else "")
            if isinstance(definition, dict):
                _collect(definition.get("@context"), taken)


def _expanded(meaning: str, taken: Mapping[str, str]) -> str:
    prefix, colon, rest = meaning.partition(":")
    return f"{taken[prefix]}{rest}" if colon and taken.get(prefix) and not rest.startswith("//") else meaning


def _refused(what: str) -> DataLoss:
    return DataLoss("context_inline", Said("A context of its own {what}: it could rename what is signed.", what=what))
