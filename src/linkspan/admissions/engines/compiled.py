"""`acceptance.accept_with_heaps` compiled by numba: the same proposals in the same order, on heaps in one array."""

from typing import Any

import numpy as np
from numba import njit

Ints = np.ndarray[Any, np.dtype[np.int64]]


@njit(cache=True)
def accept_compiled(starts: Ints, programs: Ints, keys: Ints, person_of: Ints, seats: Ints) -> tuple[Ints, Ints, Ints]:
    """Shapes as `acceptance.accept`."""
    people, schools = len(starts) - 1, len(seats)
    following = starts[:-1].copy()
    wanted = np.zeros(schools, np.int64)
    for program in programs:
        wanted[program] += 1
    heap_at = np.zeros(schools + 1, np.int64)
    for program in range(schools):
        heap_at[program + 1] = heap_at[program] + min(seats[program], wanted[program])
    heaps = np.zeros(heap_at[-1], np.int64)
    size, refused = np.zeros(schools, np.int64), np.zeros(schools, np.int64)
    rows = np.full(people, -1, np.int64)
    for applicant in range(people):
        proposer = applicant
        while following[proposer] < starts[proposer + 1]:
            row = following[proposer]
            following[proposer] = row + 1
            program, key = programs[row], keys[row]
            base = heap_at[program]
            if size[program] < seats[program]:
                _rise(heaps, base, size[program], key)
                size[program] += 1
                rows[proposer] = row
                break
            refused[program] = 1
            if size[program] > 0 and heaps[base] < key:
                out = heaps[base]
                _sink(heaps, base, size[program], key)
                rows[proposer] = row
                proposer = person_of[out % len(person_of)]
                rows[proposer] = -1
    lowest = np.full(schools, -1, np.int64)
    for program in range(schools):
        if size[program] > 0:
            lowest[program] = heaps[heap_at[program]]
    return rows, lowest, refused


@njit(cache=True)
def _rise(heaps: Ints, base: int, size: int, key: int) -> None:
    """Put a key into the heap that starts at `base` and has `size` keys."""
    place = size
    while place > 0:
        above = (place - 1) // 2
        if heaps[base + above] <= key:
            break
        heaps[base + place] = heaps[base + above]
        place = above
    heaps[base + place] = key


@njit(cache=True)
def _sink(heaps: Ints, base: int, size: int, key: int) -> None:
    """Put a key in the place of the lowest."""
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and heaps[base + below + 1] < heaps[base + below]:
            below += 1
        if heaps[base + below] >= key:
            break
        heaps[base + place] = heaps[base + below]
        place = below
    heaps[base + place] = key
