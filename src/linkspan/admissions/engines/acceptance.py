"""Applicant-proposing deferred acceptance on arrays, for programs with strict orders and no reserves.

The applicants' choices lie one behind the other: those of applicant `a` are the rows `starts[a]` to `starts[a + 1]`,
best first. Row `i` proposes to program `programs[i]` with the number `keys[i]`, higher is better, no number twice in a
program; `keys[i] % people` is the applicant's luck and `person_of[luck]` the applicant. Source: Gale and Shapley 1962.
"""

import heapq
from collections.abc import Callable
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]
#: Rows from which loading and starting the compiled core is worth it.
WORTH_COMPILING = 200_000
Core = Callable[[Ints, Ints, Ints, Ints, Ints], tuple[Ints, Ints, Ints]]


def accept(starts: Ints, programs: Ints, keys: Ints, person_of: Ints, seats: Ints) -> tuple[Ints, Ints, Ints]:
    """By the compiled core where numba is installed and the round is large, else by `accept_with_heaps`.

    Returns the row that each applicant holds in the end (-1: none), and for each program the lowest key that it
    holds (-1: none) and whether it refused anybody (0 or 1).
    """
    core = compiled() if len(keys) >= WORTH_COMPILING else None
    return (core or accept_with_heaps)(starts, programs, keys, person_of, seats)


def accept_with_heaps(
    starts: Ints, programs: Ints, keys: Ints, person_of: Ints, seats: Ints
) -> tuple[Ints, Ints, Ints]:
    """The core in plain Python, a heap for each program with the worst proposal on top; shapes as `accept`."""
    following, ends = starts[:-1].tolist(), starts[1:].tolist()
    to, number, room, people = programs.tolist(), keys.tolist(), seats.tolist(), person_of.tolist()
    width = max(len(people), 1)
    held: list[list[int]] = [[] for _ in room]
    rows = [-1] * len(ends)
    refused = [0] * len(room)
    push, exchange = heapq.heappush, heapq.heappushpop
    for applicant in range(len(ends)):
        proposer = applicant
        while following[proposer] < ends[proposer]:
            row = following[proposer]
            following[proposer] = row + 1
            program, key = to[row], number[row]
            heap = held[program]
            if len(heap) < room[program]:
                push(heap, key)
                rows[proposer] = row
                break
            refused[program] = 1
            out = exchange(heap, key) if heap else key
            if out != key:
                rows[proposer] = row
                proposer = people[out % width]
                rows[proposer] = -1
    lowest = [heap[0] if heap else -1 for heap in held]
    return np.array(rows, np.int64), np.array(lowest, np.int64), np.array(refused, np.int64)


def compiled() -> Core | None:
    """The same algorithm compiled by numba, or None where it is not installed."""
    try:
        from linkspan.admissions.engines.compiled import accept_compiled
    except ImportError:
        return None
    return accept_compiled
