"""RDFC-1.0 for documents of one form, prepared once: their lines stand ready, and only the texts in them change.

What does not depend on the texts (which lines mention a blank node, and mostly their order) is worked out here once.
Where two blank nodes look alike, or two quads say the same of one, it takes `vc.rdfc`: the same result, more slowly.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from linkspan.vc.rdfc import Term

type Numbered = tuple[int, int, int, int]


class _Lines(NamedTuple):
    """Lines as one text with gaps, the terms that go there, and whether no term can change the order of the lines."""

    text: str
    gaps: Callable[[Sequence[Term]], tuple[Term, ...]]
    in_order: bool

    def each(self, terms: Sequence[Term]) -> list[str]:
        return (self.text % self.gaps(terms)).split("\n")[:-1]

    def sorted(self, terms: Sequence[Term]) -> str:
        return self.text % self.gaps(terms) if self.in_order else _joined(sorted(self.each(terms)))


class Prepared:
    """Quads by the numbers of their terms: `fixed` ones, of which those that are numbers are blank nodes, then texts
    that change. A fixed term "" is no graph."""

    def __init__(self, quads: Sequence[Numbered], fixed: Sequence[Term]) -> None:
        self._blanks = [number for number, term in enumerate(fixed) if type(term) is int]
        self._mentions = [_mentions(blank, quads, fixed) for blank in self._blanks]
        known = [term if type(term) is str else None for term in fixed]
        opened = [quad for quad in quads if not set(quad).isdisjoint(self._blanks)]
        self._open = _lines([_parts(quad, known) for quad in opened])
        self._ground = _lines([_parts(quad, known) for quad in quads if quad not in opened])

    def canonical(self, terms: Sequence[Term], algorithm: str) -> str | None:
        """The canonical form with these terms in place, or None where finding it takes more than what is prepared."""
        hashed = getattr(hashlib, algorithm)
        digests = [hashed(lines.sorted(terms).encode()).hexdigest() for lines in self._mentions]
        order = sorted(range(len(digests)), key=digests.__getitem__)
        if any(digests[one] == digests[other] for one, other in pairwise(order)):
            return None
        named = list(terms)
        for label, place in enumerate(order):
            named[self._blanks[place]] = f"_:c14n{label}"
        lines = self._open.each(named)
        unique = set(lines)
        if len(unique) < len(lines):
            return None
        unique.update(self._ground.each(terms))
        return _joined(sorted(unique))


def _mentions(blank: int, quads: Iterable[Numbered], fixed: Sequence[Term]) -> _Lines:
    """The lines that mention a blank node, as hash-first-degree-quads (RDFC-1.0, section 4.6) writes them."""
    known = [term if type(term) is str else "_:a" if number == blank else "_:z" for number, term in enumerate(fixed)]
    return _lines(sorted(_parts(quad, known) for quad in dict.fromkeys(quads) if blank in quad))


type _Parts = tuple[str, tuple[tuple[int, str], ...]]


def _parts(quad: Numbered, known: Sequence[str | None]) -> _Parts:
    """The line of a quad: as far as its first gap, then each gap's term and what follows it."""
    without_graph = quad[3] < len(known) and known[quad[3]] == ""
    parts: list[tuple[int, str]] = [(-1, "")]
    for number in quad[:3] if without_graph else quad:
        term = known[number] if number < len(known) else None
        if term is None:
            parts.append((number, " "))
        else:
            parts[-1] = (parts[-1][0], f"{parts[-1][1]}{term} ")
    parts[-1] = (parts[-1][0], f"{parts[-1][1]}.\n")
    return parts[0][1], tuple(parts[1:])


def _lines(parts: Sequence[_Parts]) -> _Lines:
    in_order = not any(after.startswith(before) or after < before for (before, _), (after, _) in pairwise(parts))
    text = "".join(
        begins.replace("%", "%%") + "".join("%s" + after.replace("%", "%%") for _, after in rest)
        for begins, rest in parts
    )
    numbers = [number for _, rest in parts for number, _ in rest]
    if len(numbers) > 1:
        return _Lines(text, itemgetter(*numbers), in_order)
    return _Lines(text, lambda terms: tuple(terms[number] for number in numbers), in_order)


def _joined(lines: Sequence[str]) -> str:
    return "\n".join([*lines, ""])
