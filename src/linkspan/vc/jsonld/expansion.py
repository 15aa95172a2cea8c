"""From JSON-LD to quads, by pyoxigraph, with the accepted contexts put in place; never a fetch."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pyoxigraph as ox

from linkspan.vc import contexts
from linkspan.vc.errors import DataLoss

ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f]')
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def expand(document: dict[str, Any]) -> list[ox.Quad]:
    """The quads of a document, each once, in the order of the document; DataLoss (`not_json_ld`) if it has none."""
    inlined = json.dumps(_inlined(document))
    try:
        return list(dict.fromkeys(ox.parse(inlined, format=ox.RdfFormat.JSON_LD)))
    except (SyntaxError, ValueError) as error:
        raise DataLoss("not_json_ld", f"The document is not usable JSON-LD: {error}") from error


def _inlined(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: contexts.inline(inner) if key == "@context" else _inlined(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_inlined(inner) for inner in value]
    return value


def terms_of(named: Sequence[str]) -> frozenset[str]:
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


def _escape(found: re.Match[str]) -> str:
    letter = found.group()
    return SHORT.get(letter) or f"\\u{ord(letter):04X}"


def suffix(literal: ox.Literal) -> str:
    """What follows the quoted text of a literal in canonical N-Quads."""
    if literal.language:
        return f"@{literal.language}"
    datatype = literal.datatype.value
    return "" if datatype == XSD_STRING else f"^^<{datatype}>"
