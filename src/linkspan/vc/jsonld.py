"""JSON-LD in safe mode: a document is turned into RDF only if nothing that a reader sees is dropped or changed.

Every leaf is replaced by a placeholder and looked for in the resulting quads; the quads of the real document must be
as many. Processing: JSON-LD 1.1 by pyoxigraph, canonicalisation RDFC-1.0. Contexts are those of `vc.contexts`, in
exactly the order given by the document, and never inline: a context of one's own could rename a signed term.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from linkspan.vc.contexts import inline
from linkspan.vc.errors import DataLoss
from linkspan.vc.strict_json import parse

__all__ = ["canonical", "parse", "safe_quads"]

MOST_BLANK_NODES = 400
MOST_ALIKE = 8
PLACEHOLDER = "urn:linkspan:placeholder:"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def canonical(document: dict[str, Any], *, sha384: bool = False) -> str:
    """The canonical N-Quads (RDFC-1.0) of a document; DataLoss with a named reason if anything would be lost."""
    quads = safe_quads(document)
    _refuse_poison(quads)
    dataset = ox.Dataset(quads)
    algorithm = ox.CanonicalizationAlgorithm
    dataset.canonicalize(algorithm.RDFC_1_0_SHA_384 if sha384 else algorithm.RDFC_1_0_SHA_256)
    lines = {(ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"").decode() for quad in dataset}
    return "".join(sorted(lines))


def safe_quads(document: dict[str, Any]) -> list[ox.Quad]:
    """The quads of a document, after the check that none of its leaves and types is lost."""
    _check_contexts(document)
    real = _quads(document)
    leaves: dict[str, str] = {}
    marked = _quads(_marked(document, "", leaves))
    seen = set()
    for quad in marked:
        for term in (quad.subject, quad.object):
            text = getattr(term, "value", "")
            if isinstance(text, str) and text.startswith(PLACEHOLDER):
                seen.add(text)
    lost = [path for placeholder, path in leaves.items() if placeholder not in seen]
    if lost:
        raise DataLoss("term_dropped", f"Not covered by the contexts, so not signed: {', '.join(sorted(lost)[:5])}")
    _check_values(document, real)
    _check_types(document, marked)
    return real


def _quads(document: dict[str, Any]) -> list[ox.Quad]:
    inlined = json.dumps(_inlined(document))
    try:
        return list(dict.fromkeys(ox.parse(inlined, format=ox.RdfFormat.JSON_LD)))
    except (SyntaxError, ValueError) as error:
        raise DataLoss("not_json_ld", f"The document is not usable JSON-LD: {error}") from error


def _inlined(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: inline(inner) if key == "@context" else _inlined(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_inlined(inner) for inner in value]
    return value


def _check_contexts(holder: dict[str, Any]) -> None:
    named = holder.get("@context")
    entries = named if isinstance(named, list) else [named]
    if not entries or not all(isinstance(entry, str) for entry in entries):
        raise DataLoss("context_inline", "Contexts are given by address; one of its own could rename what is signed.")


def _check_values(document: dict[str, Any], quads: list[ox.Quad]) -> None:
    """Every text must stand in the quads, as itself or as the name of a defined term."""
    kept = {term.value for quad in quads for term in (quad.subject, quad.object) if hasattr(term, "value")}
    names = kept | {re.split(r"[#/:]", value)[-1] for value in kept}
    for text in _texts(document):
        if text not in names:
            raise DataLoss("value_dropped", f"{text[:80]!r} is relative or unusable here, so it would be dropped.")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("@context", "type", "@type"):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _marked(value: Any, path: str, leaves: dict[str, str]) -> Any:
    if isinstance(value, dict):
        if any(key != key.strip() for key in value):
            raise DataLoss("key_odd", f"A key has white space around it at {path or 'the top'}.")
        if "@context" in value:
            _check_contexts(value)
        return {
            key: inner if key in ("@context", "type", "@type") else _marked(inner, f"{path}.{key}".lstrip("."), leaves)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_marked(inner, f"{path}[{number}]", leaves) for number, inner in enumerate(value)]
    if value is None:
        raise DataLoss("null_value", f"A null stands at {path}; it would be dropped.")
    placeholder = f"{PLACEHOLDER}{len(leaves)}"
    leaves[placeholder] = path
    return placeholder


def _types(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("type", "@type"):
                yield from [inner] if isinstance(inner, str) else inner
            elif key != "@context":
                yield from _types(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _types(inner)


def _check_types(document: dict[str, Any], quads: list[ox.Quad]) -> None:
    kept = sum(1 for quad in quads if quad.predicate.value == RDF_TYPE)
    for quad in quads:
        if quad.predicate.value == RDF_TYPE and ":" not in getattr(quad.object, "value", ""):
            raise DataLoss("type_relative", f"The type {quad.object} is not defined by the contexts.")
    named = list(_types(document))
    if not all(isinstance(name, str) for name in named) or kept < len(named):
        raise DataLoss("type_unknown", f"A type among {', '.join(map(str, named))} is not defined by the contexts.")


def _refuse_poison(quads: list[ox.Quad]) -> None:
    """Refuse graphs whose blank nodes are many and alike: canonicalising them takes exponential time."""
    shapes: dict[ox.BlankNode, list[str]] = {}
    for quad in quads:
        for node, other, side in ((quad.subject, quad.object, "s"), (quad.object, quad.subject, "o")):
            if isinstance(node, ox.BlankNode):
                text = "_" if isinstance(other, ox.BlankNode) else str(other)
                shapes.setdefault(node, []).append(f"{side} {quad.predicate.value} {text}")
    if len(shapes) > MOST_BLANK_NODES:
        raise DataLoss("graph_too_large", f"More than {MOST_BLANK_NODES} unnamed things.")
    alike = Counter("\n".join(sorted(shape)) for shape in shapes.values())
    if alike and max(alike.values()) > MOST_ALIKE:
        raise DataLoss("graph_poison", "Too many unnamed things that look alike; they cannot be told apart in time.")
