"""Statements of a document as lines with labels that tell nothing of what is hidden, and which lines a part makes.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, sections 3.4.1 to 3.4.16. Work is on terms, never on text.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linkspan.vc import base64url
from linkspan.vc.ecdsa_sd.pointers import NAME, select, skolemized
from linkspan.vc.errors import VcError
from linkspan.vc.jsonld import term_quads
from linkspan.vc.rdfc import Quad, Term, canonical_labels, line

START = f"<{NAME}"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Lines of N-Quads, sorted, each once, and the label (`_:u...`) of each unnamed thing by number."""

    lines: tuple[str, ...]
    names: Mapping[int, str]

    @classmethod
    def of(cls, quads: Sequence[Quad], names: Mapping[int, str]) -> "Labelled":
        """The lines of quads under these labels."""
        return cls(tuple(sorted({line(quad, names.__getitem__) for quad in quads})), names)


def unnamed(quads: Sequence[Quad]) -> list[Quad]:
    """Quads with the names given by `skolemized` taken away again: each a blank node by its number."""
    return [(_blank(s), _blank(p), _blank(o), _blank(g)) for s, p, o, g in quads]


def _blank(term: Term) -> Term:
    if isinstance(term, int):
        raise VcError("sd_nested", "A document with things that cannot be named cannot be shown in part.")
    return int(term.removeprefix(START).removesuffix(">")) if term.startswith(START) else term


def hmac_labels(document: Mapping[str, Any], hmac_key: bytes) -> Labelled:
    """The lines of the whole document, each unnamed thing labelled by the HMAC of its canonical label (3.4.14)."""
    quads = unnamed(term_quads(skolemized(document)))
    names = {
        node: label_of(hmac.digest(hmac_key, label.removeprefix("_:").encode(), hashlib.sha256))
        for node, label in canonical_labels(quads).items()
    }
    return Labelled.of(quads, names)


def label_of(digest: bytes) -> str:
    """The label that 32 bytes stand for."""
    return "_:u" + base64url.encode(digest)


def matching(whole: Labelled, document: Mapping[str, Any], pointers: Sequence[str]) -> frozenset[int]:
    """Which lines of the whole the part at these pointers makes, by place; none for no pointers (3.4.16)."""
    if not pointers:
        return frozenset()
    part = _part(skolemized(document), pointers)
    lines = {line(quad, whole.names.__getitem__) for quad in part}
    return frozenset(place for place, found in enumerate(whole.lines) if found in lines)


def _part(named: Mapping[str, Any], pointers: Sequence[str]) -> list[Quad]:
    return unnamed(term_quads(select(named, pointers)))


def shown_labels(whole: Labelled, named: Mapping[str, Any], pointers: Sequence[str]) -> dict[int, str]:
    """By number of the canonical label that a verifier will see, the label under which the issuer signed (3.5.3)."""
    labels = canonical_labels(_part(named, pointers))
    return {int(label.removeprefix("_:c14n")): whole.names[node] for node, label in labels.items()}
