"""The reasons of many learners in words, each distinct pattern once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkspan.pathways.engines.compiler import Judged, whole_outcome
from linkspan.pathways.rules.agreement import Requirement
from linkspan.pathways.rules.language.findings import Outcome
from linkspan.pathways.rules.language.grammar import describe, leaves
from linkspan.pathways.rules.language.node import Node

#: Up to so many conditions, patterns are counted in a table and not sorted.
FEW = 10


def explain(rule: Node, true: int, known: int) -> dict[str, list[str]]:
    """The conditions of one pattern in words: met, not met, unknown."""
    said: dict[str, list[str]] = {outcome.value: [] for outcome in (Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN)}
    for position, leaf in enumerate(leaves(rule)):
        bit = 1 << position
        outcome = (Outcome.MET if true & bit else Outcome.NOT_MET) if known & bit else Outcome.UNKNOWN
        said[outcome.value].append(describe(leaf))
    return said


def reasons(rule: Node, judged: Judged) -> tuple[list[dict[str, list[str]]], NDArray[np.int32]]:
    """Every distinct explanation once, and for each learner which one is theirs."""
    bits = len(leaves(rule))
    if bits <= FEW:
        patterns = (judged.true | (judged.known << np.uint64(bits))).astype(np.int64)
        present = np.flatnonzero(np.bincount(patterns, minlength=1 << (2 * bits)))
        place = np.zeros(1 << (2 * bits), np.int32)
        place[present] = np.arange(len(present))
        pairs = [(int(p) & ((1 << bits) - 1), int(p) >> bits) for p in present]
        return [explain(rule, true, known) for true, known in pairs], place[patterns]
    both = np.stack([judged.true, judged.known], axis=1)
    distinct, codes = np.unique(both, axis=0, return_inverse=True)
    told = [explain(rule, int(true), int(known)) for true, known in distinct]
    return told, codes.reshape(-1).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement as the masks tell it: its outcome, and the conditions under it that are open, in words."""

    clause: str
    text: str
    outcome: Outcome
    open: tuple[str, ...]


def clauses_of(requirements: Sequence[Requirement], true: int, known: int) -> tuple[Clause, ...]:
    """The requirements (`Agreement.in_force`) of one pattern of the masks over all their conditions, in order."""
    found, position = [], 0
    for row in requirements:
        parts = leaves(row.node)
        bits = [(true >> at & 1, known >> at & 1) for at in range(position, position + len(parts))]
        position += len(parts)
        outcome = whole_outcome(row.node, [_OF[bit] for bit in bits])
        unmet = tuple(describe(leaf) for leaf, bit in zip(parts, bits, strict=True) if _OF[bit] != Outcome.MET)
        text = row.text or describe(row.node)
        found.append(Clause(row.clause, text, outcome, unmet if outcome != Outcome.MET else ()))
    return tuple(found)


#: (true, known) of one condition.
_OF = {(1, 1): Outcome.MET, (0, 1): Outcome.NOT_MET, (0, 0): Outcome.UNKNOWN}
