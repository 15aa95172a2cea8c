"""The map of the network: sending programs on one side, degrees on the other, laid out by networkx.

The order is the spectral ordering of the graph of programs and institutions (along its Fiedler vector, which keeps
neighbours near): programs that lead to the same schools stand together, and lines do not cross. LAPACK works the vector
out: networkx's own ordering goes on until it converges, and once never did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

import networkx as nx
import numpy as np

WIDTH, STEP, LEFT, RIGHT, MARGIN = 880, 44, 250, 500, 34
LONGEST, LONGEST_PROGRAM = 46, 30
#: A part of more programs and institutions than this stands by name: the vector would take longer than a page may.
MOST_ORDERED = 600


@dataclass(frozen=True, slots=True)
class Link:
    """One pathway: from a program to a degree, with the outcome for the record at hand (or the status)."""

    agreement_id: str
    source: str
    institution: str
    title: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Node:
    """A program (`agreement_id` empty) or a degree, at a point in the drawing."""

    x: int
    y: int
    label: str
    under: str
    agreement_id: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Nodes and the curves between them, in a box of `width` by `height`."""

    width: int
    height: int
    programs: tuple[Node, ...]
    degrees: tuple[Node, ...]
    curves: tuple[tuple[str, str], ...]


def draw(links: Sequence[Link]) -> Drawing:
    """The map of those pathways."""
    order = _order(links)
    height = 2 * MARGIN + STEP * max(len(order) - 1, 1)
    place = {link.agreement_id: MARGIN + STEP * i for i, link in enumerate(order)}
    sources = _sources(order, place, height)
    programs = tuple(
        Node(LEFT, y, _short(name.split("/")[-1], LONGEST_PROGRAM), name.split("/")[0]) for name, y in sources.items()
    )
    degrees = tuple(
        Node(RIGHT, place[link.agreement_id], _short(link.title), link.institution, link.agreement_id, link.outcome)
        for link in order
    )
    curves = tuple((_curve(sources[link.source], place[link.agreement_id]), link.outcome) for link in order)
    return Drawing(WIDTH, height, programs, degrees, curves)


def _order(links: Sequence[Link]) -> list[Link]:
    """By program, then institution, both along the spectral ordering of their graph."""
    rank = _ranks(frozenset((link.source, link.institution) for link in links))
    return sorted(links, key=lambda link: (*rank[link.source, link.institution], link.title, link.agreement_id))


@lru_cache(maxsize=64)
def _ranks(pairs: frozenset[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """The places of program and institution in the ordering, by pair; parts of the graph one after the other.

    Kept for later: the network changes seldom, and the numbers cost more than all else of the drawing.
    """
    graph = nx.Graph()
    for program, school in sorted(pairs):
        graph.add_edge(("program", program), ("school", school))
    rank: dict[tuple[str, str], int] = {}
    for part in sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part))):
        inside = graph.subgraph(sorted(part))
        names = _along(inside) if 3 < len(part) <= MOST_ORDERED else sorted(part)
        rank |= {name: len(rank) + i for i, name in enumerate(names)}
    return {pair: (rank["program", pair[0]], rank["school", pair[1]]) for pair in pairs}


def _along(part: "nx.Graph[tuple[str, str]]") -> list[tuple[str, str]]:
    """The nodes of a connected graph along its Fiedler vector; those at one place by name."""
    names = sorted(part)
    vector = np.linalg.eigh(nx.laplacian_matrix(part, nodelist=names).toarray().astype(float))[1][:, 1].round(9)
    first = next((value for value in vector if value), 1.0)
    places = dict(zip(names, vector * np.sign(first), strict=True))
    return sorted(names, key=lambda name: (places[name], name))


def _sources(order: Iterable[Link], place: dict[str, int], height: int) -> dict[str, int]:
    """Each program beside the middle of its degrees, no two nearer than a step, all inside the box."""
    middles = sorted(
        (sum(found) // len(found), name)
        for name, found in ((n, [place[link.agreement_id] for link in group]) for n, group in _grouped(order))
    )
    spots = [y for y, _ in middles]
    for i, (before, after) in enumerate(pairwise(spots)):
        spots[i + 1] = max(after, before + STEP, spots[i] + STEP)
    spill = max(0, spots[-1] - (height - MARGIN)) if spots else 0
    return {name: y - spill for (_, name), y in zip(middles, spots, strict=True)}


def _grouped(order: Iterable[Link]) -> list[tuple[str, list[Link]]]:
    rows = sorted(order, key=lambda link: link.source)
    return [(name, list(group)) for name, group in groupby(rows, key=lambda link: link.source)]


def _curve(start: int, end: int) -> str:
    middle = (LEFT + RIGHT) // 2
    return f"M{LEFT + 8} {start}C{middle} {start} {middle} {end} {RIGHT - 10} {end}"


def _short(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
