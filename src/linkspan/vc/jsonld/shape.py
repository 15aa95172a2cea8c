"""What becomes of a document's texts, found out once per form: its quads as a template.

A placeholder in the place of each text shows where it goes: none may be missing, or a reader would see what is not
signed. Numbers and booleans are expanded as they are and compared; texts that are not plainly an address (a defined
word such as `assertionMethod`) likewise, and both expansions must agree quad by quad.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pyoxigraph as ox

from linkspan.vc.errors import DataLoss
from linkspan.vc.jsonld.expansion import ABSOLUTE, XSD_STRING, escape, expand, needs_no_escape, suffix, terms_of
from linkspan.vc.jsonld.form import Form
from linkspan.vc.jsonld.outline import PREFIX, Outline, exact_numbers, filled, outline_of
from linkspan.vc.prepared import Numbered, Prepared
from linkspan.vc.rdfc import Quad, Term, canonical_lines
from linkspan.vc.said import Said

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#: Addresses that every implementation takes as they are.
PLAIN = re.compile(
    r"([A-Za-z][A-Za-z0-9+.\-]*):"
    r"(?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?=[/?#]|\Z)|(?!//))"
    r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\-]|%[0-9A-Fa-f]{2})*"
    r"(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\-]|%[0-9A-Fa-f]{2})*)?"
)
MOST_SHAPES = 256
MOST_TEMPLATES = 32
LARGEST_KEPT = 4_000

type Verbatim = tuple[tuple[int, str], ...]


@lru_cache(maxsize=1024)
def _scheme(address: str) -> str:
    """The scheme of a plain address, or nothing. Kept, since most addresses of a program's badges are the same."""
    plain = PLAIN.fullmatch(address)
    return plain[1] if plain else ""


class Template:
    """Quads whose terms are numbered: fixed ones, then those made of texts (which text, what stands around it)."""

    def __init__(self, fixed: list[Term], slots: list[tuple[int, str | None]], quads: list[Numbered]) -> None:
        self._fixed, self._slots, self._quads = fixed, slots, quads
        self._served = False
        self._prepared: Prepared | None = None

    def terms(self, texts: Sequence[str]) -> list[Term]:
        """The terms with these texts in place."""
        written = texts if needs_no_escape("".join(texts)) else [escape(text) for text in texts]
        return self._fixed + [
            f"<{texts[text]}>" if ending is None else f'"{written[text]}"{ending}' for text, ending in self._slots
        ]

    def quads(self, terms: Sequence[Term]) -> list[Quad]:
        """The quads of these terms."""
        return [(terms[s], terms[p], terms[o], terms[g]) for s, p, o, g in self._quads]

    def canonical(self, terms: Sequence[Term], algorithm: str) -> str:
        """The canonical form of these terms, by what is prepared from the second document of the form on."""
        if self._prepared is None and self._served:
            self._prepared = Prepared(self._quads, self._fixed)
        self._served = True
        found = self._prepared.canonical(terms, algorithm) if self._prepared else None
        return "".join(canonical_lines(self.quads(terms), algorithm=algorithm)) if found is None else found


class Statements(NamedTuple):
    """What a document states: the quads of its form, with its own terms."""

    template: Template
    terms: list[Term]

    @property
    def quads(self) -> list[Quad]:
        """As tuples (`vc.rdfc`)."""
        return self.template.quads(self.terms)

    def canonical(self, *, sha384: bool = False) -> str:
        """The canonical N-Quads (RDFC-1.0)."""
        return self.template.canonical(self.terms, "sha384" if sha384 else "sha256")


class Shape:
    """The expansion of one form. Making it raises DataLoss if any part of such a document would be lost."""

    def __init__(self, form: Form) -> None:
        self._outline = outline_of(form)
        self._probe = expand(self._outline.document, self._outline.types)
        self._terms = terms_of(self._outline.document["@context"]) | _nested_terms(self._outline.document)
        self._addresses = _check_probe(self._outline, self._probe)
        self._template = lru_cache(maxsize=MOST_TEMPLATES)(self._make_template)
        self._template(())

    def statements(self, texts: Sequence[str]) -> Statements:
        """What a document of this form with these texts states."""
        self._check_root(texts)
        template = self._template(self._verbatim(texts))
        return Statements(template, template.terms(texts))

    def _verbatim(self, texts: Sequence[str]) -> Verbatim:
        """The texts in the place of addresses that are not plainly one, so that their expansion must be looked at."""
        found = []
        for number in self._addresses:
            scheme = _scheme(texts[number])
            if not scheme or scheme in self._terms or texts[number] in self._terms:
                if not texts[number].isprintable():
                    raise DataLoss("value_dropped", "An address has a line break or hidden letters in it.")
                found.append((number, texts[number]))
        return tuple(found)

    def _check_root(self, texts: Sequence[str]) -> None:
        root = self._outline.root
        if root is not None and any(texts[number] == texts[root] for number in self._outline.nodes):
            raise DataLoss(
                "subject_twice", "Something inside claims to be the document itself: members could be moved."
            )

    def _make_template(self, verbatim: Verbatim) -> Template:
        values = exact_numbers(self._outline)
        by_number = {number: placeholder for placeholder, number in self._outline.texts.items()}
        values |= {by_number[number]: text for number, text in verbatim}
        if not values:
            return _template(self._outline, self._probe)
        exact = expand(filled(self._outline.document, values), self._outline.types)
        _check_exact(self._outline, self._probe, exact, values)
        return _template(self._outline, exact)


def _nested_terms(value: Any) -> frozenset[str]:
    """Terms of the contexts that parts of the document name."""
    found: frozenset[str] = frozenset()
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        if isinstance(child, dict) and "@context" in child:
            found |= terms_of(child["@context"])
        found |= _nested_terms(child)
    return found


def _check_probe(outline: Outline, probe: list[ox.Quad]) -> list[int]:
    """Refuse what is lost; return the texts that stand where addresses do."""
    literals, addresses = set(), set()
    for quad in probe:
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(term, ox.Literal):
                literals.add(term.value)
            elif isinstance(term, ox.NamedNode):
                addresses.add(term.value)
    lost = [path for mark, path in outline.paths.items() if mark not in literals and mark not in addresses]
    if lost:
        raise DataLoss(
            "term_dropped", Said("Not covered by the contexts, so not signed: {lost}", lost=", ".join(sorted(lost)[:5]))
        )
    _check_types(outline, probe)
    _check_typed_values(outline, probe)
    _check_attached(outline, probe)
    if not all(ABSOLUTE.match(address) for address in addresses):
        raise DataLoss("term_relative", "A term stands for no absolute address, so it would be dropped.")
    return [number for mark, number in outline.texts.items() if mark in addresses]


def _check_types(outline: Outline, probe: list[ox.Quad]) -> None:
    """Beside each marker stand as many types, absolute, as the document names there."""
    kept: dict[Any, set[str]] = {}
    for quad in probe:
        if quad.predicate.value == RDF_TYPE and isinstance(quad.object, ox.NamedNode):
            kept.setdefault((quad.subject, quad.graph_name), set()).add(quad.object.value)
    beside = {mark: names for names in kept.values() for mark in names if mark in outline.types}
    for mark, count in outline.types.items():
        names = {name for name in beside.get(mark, ()) if not name.startswith(PREFIX) and ABSOLUTE.match(name)}
        if len(names) != count:
            raise DataLoss(
                "type_unknown", Said("A type at {mark} is not defined by the contexts.", mark=outline.paths[mark])
            )


def _check_attached(outline: Outline, probe: list[ox.Quad]) -> None:
    """Every thing but the document itself is said of something: one under an unknown key would leave its types behind.

    In a graph of its own (a proof) it is the one thing that nothing there is said of.
    """
    document = outline.document
    marks = {document.get("id"), *[mark for mark in document.get("type", ()) if mark in outline.types]}
    said_of = {quad.object for quad in probe}
    top: dict[Any, set[Any]] = {ox.DefaultGraph(): {quad.subject for quad in probe if _about(quad, marks)}}
    for quad in probe:
        if quad.subject not in said_of:
            top.setdefault(quad.graph_name, set()).add(quad.subject)
    if any(len(things) > 1 or (graph not in said_of and graph != ox.DefaultGraph()) for graph, things in top.items()):
        raise DataLoss("term_dropped", "Part of the document hangs on a key that the contexts do not define.")


def _about(quad: ox.Quad, marks: set[Any]) -> bool:
    """Whether a quad is about the document itself: the one with its identifier or its types' marker."""
    return getattr(quad.subject, "value", None) in marks or getattr(quad.object, "value", None) in marks


def _check_typed_values(outline: Outline, probe: list[ox.Quad]) -> None:
    """What was given with an `@value`, its language or datatype, stands with it."""
    for quad in probe:
        said = quad.object
        given = outline.values.get(said.value) if isinstance(said, ox.Literal) else None
        if given is None or not isinstance(said, ox.Literal):
            continue
        datatype = given.get("@type", "string")
        language_lost = given.get("@language", "").lower() != (said.language or "").lower()
        if language_lost or (said.datatype.value == XSD_STRING and not datatype.endswith("string")):
            raise DataLoss(
                "value_changed",
                Said("The language or type at {value} would be dropped.", value=outline.paths[said.value]),
            )


def _check_exact(outline: Outline, probe: list[ox.Quad], exact: list[ox.Quad], values: dict[str, Any]) -> None:
    """Both expansions agree but for what was put in place, and that is what it says."""
    where = ", ".join(sorted(outline.paths[mark] for mark in values)[:5])
    blanks: dict[Any, Any] = {}
    if len(probe) != len(exact):
        raise DataLoss("value_dropped", Said("Unusable here, so it would be dropped: one of {where}", where=where))
    for before, after in zip(probe, exact, strict=True):
        for old, new in zip(_terms(before), _terms(after), strict=True):
            if isinstance(old, ox.BlankNode):
                same = isinstance(new, ox.BlankNode) and blanks.setdefault(old, new) == new
            elif getattr(old, "value", None) in values:
                same = type(old) is type(new) and _says(new, values[old.value], outline.numbers.get(old.value))
            else:
                same = old == new
            if not same:
                raise DataLoss(
                    "value_changed", Said("It would be signed as something else: one of {where}", where=where)
                )


def _terms(quad: ox.Quad) -> tuple[Any, Any, Any, Any]:
    return quad.subject, quad.predicate, quad.object, quad.graph_name


def _says(term: Any, value: Any, number: str | None) -> bool:
    """Whether a term still says the number or boolean, or is the absolute address that a word stands for."""
    if number is None:
        return isinstance(term, ox.NamedNode) and ABSOLUTE.match(term.value) is not None
    if not isinstance(term, ox.Literal):
        return False
    if isinstance(value, bool):
        return term.value == number
    try:
        return float(term.value) == value and (isinstance(value, float) or "E" in term.value or term.value == number)
    except ValueError:
        return False


def _template(outline: Outline, quads: list[ox.Quad]) -> Template:
    fixed: dict[str | int, int] = {"": 0}
    slots: dict[tuple[int, str | None], int] = {}
    blanks: dict[ox.BlankNode, int] = {}
    numbered: list[list[int | tuple[int]]] = []
    for quad in quads:
        if getattr(quad.object, "value", None) in outline.types:
            continue
        row: list[int | tuple[int]] = []
        for term in _terms(quad):
            slot = _slot(outline, term)
            if slot is not None:
                row.append((slots.setdefault(slot, len(slots)),))
            else:
                token = _token(term, blanks)
                row.append(fixed.setdefault(token, len(fixed)))
        numbered.append(row)
    first = len(fixed)
    rows = []
    for row in numbered:
        s, p, o, g = (first + n[0] if isinstance(n, tuple) else n for n in row)
        rows.append((s, p, o, g))
    return Template(list(fixed), list(slots), rows)


def _slot(outline: Outline, term: Any) -> tuple[int, str | None] | None:
    number = outline.texts.get(getattr(term, "value", ""))
    if number is None or isinstance(term, ox.BlankNode):
        return None
    return number, suffix(term) if isinstance(term, ox.Literal) else None


def _token(term: Any, blanks: dict[ox.BlankNode, int]) -> str | int:
    if isinstance(term, ox.BlankNode):
        return blanks.setdefault(term, len(blanks))
    if isinstance(term, ox.NamedNode):
        return f"<{term.value}>"
    if isinstance(term, ox.Literal):
        return f'"{escape(term.value)}"{suffix(term)}'
    return ""


@lru_cache(maxsize=MOST_SHAPES)
def _kept(form: Form, accepted: Any) -> Shape:
    return Shape(form)


def shape_of(form: Form, accepted: Any) -> Shape:
    """The shape of a form under a state of the accepted contexts, kept for next time unless it is very large."""
    return _kept(form, accepted) if len(form) <= LARGEST_KEPT else Shape(form)
