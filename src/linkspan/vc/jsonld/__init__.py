"""JSON-LD in safe mode: a document is turned into RDF only if nothing that a reader sees is dropped or changed.

Contexts are those of `vc.contexts`, in the order given by the document, and never inline: a context of one's own could
rename a signed term. Expansion is by pyoxigraph, once per form of document (`shape`); canonicalisation by `vc.rdfc`.
"""

import re
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox

from linkspan.vc import contexts
from linkspan.vc.errors import DataLoss
from linkspan.vc.jsonld.form import form_of
from linkspan.vc.jsonld.shape import Statements, shape_of
from linkspan.vc.rdfc import Quad, line
from linkspan.vc.said import Said
from linkspan.vc.strict_json import parse

#: Halves of characters, and the two codes that some implementations write in N-Quads as they are and some escaped.
UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")

__all__ = ["Statements", "canonical", "check_covered", "parse", "safe_quads", "statements_of", "term_quads"]


def canonical(document: Mapping[str, Any], *, sha384: bool = False) -> str:
    """The canonical N-Quads (RDFC-1.0) of a document; DataLoss with a named reason if anything would be lost."""
    return statements_of(document).canonical(sha384=sha384)


def statements_of(document: Mapping[str, Any]) -> Statements:
    """What a document states, after the check that nothing of it is lost."""
    form, texts = form_of(dict(document))
    found = shape_of(form, contexts.state()).statements(texts)
    for text in texts:
        if not text.isascii() and UNWRITABLE.search(text):
            raise DataLoss(
                "character_unsafe",
                Said("The document holds a code that is no character: {text}.", text=ascii(text[:40])),
            )
    return found


def term_quads(document: Mapping[str, Any]) -> list[Quad]:
    """The quads of a document as tuples (`vc.rdfc`), after the check that nothing of it is lost."""
    return statements_of(document).quads


def check_covered(document: Mapping[str, Any]) -> None:
    """Refuse a document of which anything would be lost: DataLoss with a named reason."""
    statements_of(document)


def safe_quads(document: Mapping[str, Any]) -> list[ox.Quad]:
    """The quads of a document as pyoxigraph's, after the check that nothing of it is lost."""
    lines = "".join(line(quad, lambda node: f"_:b{node}") for quad in dict.fromkeys(term_quads(document)))
    return list(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
