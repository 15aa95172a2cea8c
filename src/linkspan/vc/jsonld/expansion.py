"""From JSON-LD to quads, by pyoxigraph, with the accepted contexts put in place; never a fetch."""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

import pyoxigraph as ox

from linkspan.vc import contexts
from linkspan.vc.errors import DataLoss
from linkspan.vc.said import Said

ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f]')
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def expand(document: dict[str, Any], markers: Collection[str] = ()) -> list[ox.Quad]:
    """The quads of a document, each once, in the order of the document; DataLoss (`not_json_ld`) if it has none.

    Of a thing's types pyoxigraph applies the scoped context of the last alone, where JSON-LD 1.1 (section 4.1.8) has
    all of them. `markers` are added types that sort last: each is given the scoped contexts of those beside it.
    """
    inlined, _ = _inlined(document, {}, frozenset(markers))
    try:
        return list(dict.fromkeys(ox.parse(json.dumps(inlined), format=ox.RdfFormat.JSON_LD)))
    except (SyntaxError, ValueError) as error:
        raise DataLoss("not_json_ld", Said("The document is not usable JSON-LD: {error}", error=error)) from error


type Scopes = dict[str, Any]


def _inlined(value: Any, scopes: Scopes, markers: frozenset[str]) -> tuple[Any, Scopes]:
    """A part of a document with its contexts in place, and the definitions of markers that the contexts above need."""
    needed: Scopes = {}
    if isinstance(value, list):
        found = []
        for inner in value:
            made, more = _inlined(inner, scopes, markers)
            found.append(made)
            needed |= more
        return found, needed
    if not isinstance(value, dict):
        return value, needed
    own = contexts.inline([value["@context"]]) if "@context" in value else []
    scopes = scopes | _scoped(own) if own else scopes
    members = {}
    for key, inner in value.items():
        if key != "@context":
            members[key], more = _inlined(inner, scopes, markers)
            needed |= more
    needed |= _marked(value.get("type"), scopes, markers)
    if not own:
        return members, needed
    return {"@context": [*own, needed] if needed else own, **members}, {}


def _scoped(entries: Sequence[Any]) -> Scopes:
    """The contexts that terms bring with them, by term."""
    return {
        term: definition["@context"]
        for entry in entries
        if isinstance(entry, dict)
        for term, definition in entry.items()
        if isinstance(definition, dict) and "@context" in definition
    }


def _marked(types: Any, scopes: Scopes, markers: frozenset[str]) -> Scopes:
    named = sorted(types) if isinstance(types, list) else []
    brought = [scopes[name] for name in named if name in scopes]
    if len(brought) < 2 or named[-1] not in markers:
        return {}
    flat = [entry for scope in brought for entry in (scope if isinstance(scope, list) else [scope])]
    return {named[-1]: {"@id": named[-1], "@context": flat}}


def terms_of(named: Sequence[Any]) -> frozenset[str]:
    """Every term that these contexts define anywhere: what stands before a colon may be one, to be expanded."""
    found: set[str] = set()
    _collect(contexts.inline(list(named)), found)
    return frozenset(found)


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, list):
        for inner in value:
            _collect(inner, found)
    elif isinstance(value, dict):
        found.update(value)
        for definition in value.values():
            if isinstance(definition, dict) and "@context" in definition:
                _collect(definition["@context"], found)


def escape(text: str) -> str:
    """A text as in a canonical N-Quads literal (RDF Dataset Canonicalization 1.0, section 5)."""
    return ESCAPED.sub(_escape, text) if ESCAPED.search(text) else text


def needs_no_escape(text: str) -> bool:
    """Whether a text surely is as it stands in a literal: none of its letters is hidden, a quote or a backslash."""
    return text.isprintable() and '"' not in text and "\\" not in text


def _escape(found: re.Match[str]) -> str:
    letter = found.group()
    return SHORT.get(letter) or f"\\u{ord(letter):04X}"


def suffix(literal: ox.Literal) -> str:
    """What follows the quoted text of a literal in canonical N-Quads."""
    if literal.language:
        return f"@{literal.language}"
    datatype = literal.datatype.value
    return "" if datatype == XSD_STRING else f"^^<{datatype}>"
