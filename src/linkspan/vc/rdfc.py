"""RDF Dataset Canonicalization (RDFC-1.0), on terms and never on text, with a bound on its work.

Source: W3C RDF Dataset Canonicalization 1.0, section 4; function names follow its headings. A quad is a tuple of
subject, predicate, object and graph; each is the canonical N-Quads form of an IRI or literal, or the number of a blank
node; the graph is "" for the default one.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations

from linkspan.vc.errors import DataLoss

type Term = str | int
type Quad = tuple[Term, Term, Term, Term]

#: Bound on the steps of hash-n-degree-quads: about half a second. Graphs made to take for ever need many times more.
MOST_WORK = 1_000_000
POISON = "Too many unnamed things look alike; they cannot be told apart in time."


def canonical_lines(quads: Iterable[Quad], *, algorithm: str = "sha256") -> list[str]:
    """The lines of the canonical N-Quads document, sorted by code point, each once.

    DataLoss (`graph_poison`) if the blank nodes are so many and so alike that labelling them takes too long.
    """
    ground: list[str] = []
    open_quads: list[Quad] = []
    for quad in dict.fromkeys(quads):
        subject, predicate, value, graph = quad
        if type(subject) is int or type(value) is int or type(graph) is int:
            open_quads.append(quad)
        else:
            ground.append(
                f"{subject} {predicate} {value} {graph} .\n" if graph else f"{subject} {predicate} {value} .\n"
            )
    if open_quads:
        try:
            names = _Labelling(open_quads, algorithm).names
        except RecursionError as error:
            raise DataLoss("graph_poison", POISON) from error
        ground += [line(quad, names.__getitem__) for quad in open_quads]
    ground.sort()
    return ground


def canonical_labels(quads: Iterable[Quad]) -> dict[int, str]:
    """The canonical label (`_:c14n0`, ...) of each blank node of a dataset, under SHA-256. DataLoss as above."""
    try:
        return _Labelling([quad for quad in dict.fromkeys(quads) if any(type(t) is int for t in quad)], "sha256").names
    except RecursionError as error:
        raise DataLoss("graph_poison", POISON) from error


def line(quad: Quad, name: Callable[[int], str]) -> str:
    """One line of N-Quads, blank nodes by that name."""
    subject, predicate, value, graph = quad
    s = name(subject) if type(subject) is int else subject
    o = name(value) if type(value) is int else value
    if graph == "":
        return f"{s} {predicate} {o} .\n"
    return f"{s} {predicate} {o} {name(graph) if type(graph) is int else graph} .\n"


class _Labelling:
    """The canonical labels of blank nodes: `names` by number (section 4.4)."""

    def __init__(self, quads: Sequence[Quad], algorithm: str) -> None:
        self.names: dict[int, str] = {}
        self._hash = getattr(hashlib, algorithm)
        self._work = 0
        self._mentions: dict[int, list[Quad]] = defaultdict(list)
        for quad in quads:
            for node in {term for term in quad if type(term) is int}:
                self._mentions[node].append(quad)
        self._first = {node: self._first_degree(node) for node in self._mentions}
        by_hash: dict[str, list[int]] = defaultdict(list)
        for node, digest in self._first.items():
            by_hash[digest].append(node)
        for digest in sorted(by_hash):
            if len(by_hash[digest]) == 1:
                self._name(by_hash[digest][0])
        for digest in sorted(by_hash):
            if len(by_hash[digest]) > 1:
                self._name_alike(by_hash[digest])

    def _name(self, node: int) -> None:
        if node not in self.names:
            self.names[node] = f"_:c14n{len(self.names)}"

    def _name_alike(self, nodes: list[int]) -> None:
        found = []
        for node in nodes:
            if node not in self.names:
                found.append(self._n_degree(node, {node: "_:b0"}))
        for _, issued in sorted(found, key=lambda pair: pair[0]):
            for node in issued:
                self._name(node)

    def _digest(self, text: str) -> str:
        digest: str = self._hash(text.encode()).hexdigest()
        return digest

    def _first_degree(self, node: int) -> str:
        """Hash first degree quads (4.6)."""
        lines = [line(quad, lambda other: "_:a" if other == node else "_:z") for quad in self._mentions[node]]
        lines.sort()
        return self._digest("".join(lines))

    def _related(self, node: int, quad: Quad, issued: dict[int, str], position: str) -> str:
        """Hash related blank node (4.7)."""
        predicate = "" if position == "g" else quad[1]
        name = self.names.get(node) or issued.get(node) or self._first[node]
        return self._digest(f"{position}{predicate}{name}")

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work > MOST_WORK:
            raise DataLoss(
                "graph_poison", "Too many unnamed things that look alike; they cannot be told apart in time."
            )

    def _n_degree(self, node: int, issued: dict[int, str]) -> tuple[str, dict[int, str]]:
        """Hash n-degree quads (4.8); `issued` keeps the order in which temporary names were given."""
        self._spend(2 + len(self._mentions[node]))
        related: dict[str, list[int]] = defaultdict(list)
        for quad in self._mentions[node]:
            for position, term in (("s", quad[0]), ("o", quad[2]), ("g", quad[3])):
                if type(term) is int and term != node:
                    related[self._related(term, quad, issued, position)].append(term)
        data = []
        for digest in sorted(related):
            path, issued = self._shortest_path(related[digest], issued)
            data.append(digest + path)
        return self._digest("".join(data)), issued

    def _shortest_path(self, nodes: list[int], issued: dict[int, str]) -> tuple[str, dict[int, str]]:
        chosen, chosen_issued = "", issued
        for order in permutations(nodes):
            self._spend(len(order) + len(issued))
            found = self._path(order, dict(issued), chosen)
            if found is not None and (not chosen or found[0] < chosen):
                chosen, chosen_issued = found
        return chosen, chosen_issued

    def _path(self, order: Sequence[int], issued: dict[int, str], chosen: str) -> tuple[str, dict[int, str]] | None:
        """The path by that order (4.8, steps 5.4.1 to 5.4.5), or None as soon as it cannot be the least."""
        path, deeper = "", []
        for node in order:
            if node in self.names:
                path += self.names[node]
            else:
                if node not in issued:
                    deeper.append(node)
                    issued[node] = f"_:b{len(issued)}"
                path += issued[node]
            if chosen and len(path) >= len(chosen) and path > chosen:
                return None
        for node in deeper:
            digest, further = self._n_degree(node, issued)
            path += f"{issued[node]}<{digest}>"
            issued = further
            if chosen and len(path) >= len(chosen) and path > chosen:
                return None
        return path, issued
