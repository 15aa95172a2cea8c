"""The reasons of many learners in words, each distinct pattern once."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkspan.pathways.engines.compiler import Judged
from linkspan.pathways.rules.findings import Outcome
from linkspan.pathways.rules.language import describe, leaves

Node = Mapping[str, Any]
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
