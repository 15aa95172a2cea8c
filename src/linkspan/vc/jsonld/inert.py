"""Parts of a document that say nothing in JSON-LD: taken out, and named, before the rest is judged and shown.

An empty list, a null, and a value said twice add no statement, so no signature over statements covers them; nor does
one cover the direction of a text. In an ordered list nothing is inert.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from linkspan.vc import contexts
from linkspan.vc.errors import DataLoss
from linkspan.vc.strict_json import DEEPEST

KEPT = frozenset({"@context", "type", "@type", "id", "@id", "proof"})


class LeftOut(NamedTuple):
    """A part that was taken out: a `code`, and where it stood."""

    code: str
    place: str


def tidied(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[LeftOut, ...]]:
    """The document without its inert parts, and what they were. `@context`, types, names and proofs are kept whole."""
    found: list[LeftOut] = []
    cleaner = _Cleaner(_ordered_terms(document), found)
    return cleaner.object(document, "", 0), tuple(found)


def _ordered_terms(document: Mapping[str, Any]) -> frozenset[str]:
    """The terms whose lists keep their order, as far as the document's contexts are known."""
    found = {"allowedValue"}
    named = document.get("@context")
    for entry in named if isinstance(named, list) else [named]:
        try:
            _collect(contexts.inline([entry]), found)
        except DataLoss:
            continue
    return frozenset(found)


def _collect(value: Any, found: set[str]) -> None:
    for entry in value if isinstance(value, list) else [value]:
        for term, definition in entry.items() if isinstance(entry, dict) else ():
            if isinstance(definition, dict):
                if "@list" in str(definition.get("@container")):
                    found.add(term)
                _collect(definition.get("@context"), found)


class _Cleaner:
    def __init__(self, ordered: frozenset[str], found: list[LeftOut]) -> None:
        self._ordered, self._found = ordered, found

    def object(self, value: Mapping[str, Any], path: str, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            return dict(value)
        made = {}
        for key, inner in value.items():
            where = f"{path}.{key}" if path else key
            if key in KEPT:
                made[key] = inner
            elif inner is None or inner == []:
                self._leave("null_value" if inner is None else "empty_value", where)
            elif key == "@direction" and "@value" in value:
                self._leave("direction_unusable", where)
            else:
                kept = self._value(key, inner, where, depth)
                if kept != [] or inner == []:
                    made[key] = kept
        return made

    def _value(self, key: str, value: Any, path: str, depth: int) -> Any:
        if isinstance(value, dict):
            return self.object(value, path, depth + 1)
        if not isinstance(value, list) or key in self._ordered:
            return value
        made: list[Any] = []
        seen: set[str] = set()
        for number, inner in enumerate(value):
            if inner is None:
                self._leave("null_value", f"{path}[{number}]")
            elif isinstance(inner, dict):
                made.append(self.object(inner, f"{path}[{number}]", depth + 1))
            elif isinstance(inner, list) or (mark := repr(inner)) not in seen:
                made.append(inner)
                seen.update(() if isinstance(inner, list) else {mark})
            else:
                self._leave("value_twice", f"{path}[{number}]")
        return made

    def _leave(self, code: str, path: str) -> None:
        self._found.append(LeftOut(code, path[:200]))
