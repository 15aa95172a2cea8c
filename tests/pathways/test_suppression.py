"""Nobody who knows the rule and solves for what is withheld learns a number."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.pathways.rules.impact import SMALLEST_CELL, among, suppressed


def publications(cells: int, most: int) -> dict[object, list[tuple[int, ...]]]:
    """Every table by what is published of it."""
    found: dict[object, list[tuple[int, ...]]] = {}
    for counts in product(range(most + 1), repeat=cells):
        shown, whole = suppressed({str(n): count for n, count in enumerate(counts)})
        found.setdefault((tuple(shown.values()), whole), []).append(counts)
    return found


@pytest.mark.parametrize(("cells", "most"), [(1, 12), (2, 14), (3, 12), (4, 7)])
def test_whatever_is_withheld_can_be_several_numbers(cells, most) -> None:
    for (shown, _whole), tables in publications(cells, most).items():
        for cell, value in enumerate(shown):
            if value is None and max(map(sum, tables)) < most:
                assert len({table[cell] for table in tables}) > 1, (shown, _whole)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_the_whole_tells_on_nobody(counts) -> None:
    shown, whole = suppressed({str(n): count for n, count in enumerate(counts)})
    known = [value for value in shown.values() if value is not None]
    assert not [value for value in known if 0 < value < SMALLEST_CELL]
    if whole is not None:
        hidden = len(counts) - len(known)
        left = whole - sum(known)
        assert hidden == left == 0 or (hidden > 1 and left - (hidden - 1) >= SMALLEST_CELL)


@pytest.mark.parametrize(
    ("people", "count", "shown"), [(10, 10, 10), (10, 9, None), (10, 5, 5), (10, 3, None), (10, 0, 0), (None, 6, 6)]
)
def test_some_of_a_whole(people, count, shown) -> None:
    assert among(people, count) == shown
