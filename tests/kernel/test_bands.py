"""Nobody who knows the rule, and reckons with all that is told, narrows a count or a difference below the threshold."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp
from tests.factories.thorough import thorough

from linkspan.kernel.bands import FEWEST, FIVES, Band, Scale, scale_for, total


@given(st.integers(0, 3000), st.frozensets(st.integers(1, 600).map(lambda n: n * FEWEST), max_size=4))
def test_a_count_lies_in_its_band_which_is_never_narrow(count, left_out) -> None:
    band = Scale(left_out).band(count)
    assert band.low <= count <= band.high
    assert band.high - band.low >= FEWEST - 1
    assert {Scale(left_out).band(other) for other in (band.low, band.middle, band.high)} == {band}


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ((3,), "0–4"),
        ((3, 4), "0–9"),
        ((4, 4, 4), "5–14"),
        ((12, 1), "10–19"),
        ((4,) * 5, "15–24"),
        ((7, 6, 5, 4), "20–24"),
    ],
)
def test_a_total_says_nothing_more_of_its_parts(parts, total) -> None:
    assert str(scale_for(parts).band(sum(parts))) == total


@pytest.mark.parametrize(("parts", "most"), [(1, 24), (2, 19), (3, 14)])
def test_whoever_knows_the_rule_learns_no_more_than_the_bands(parts, most) -> None:
    """Every table by what is told of it, nested counts with it: each of its numbers could be any in its band."""
    told: dict[tuple[Band, ...], list[tuple[int, ...]]] = {}
    for counts in product(range(most + 1), repeat=parts):
        scale = scale_for(counts)
        whole = sum(counts)
        for nested in range(whole + 1):
            shown = (*map(FIVES.band, counts), total(counts), scale.band(nested))
            told.setdefault(shown, []).append((*counts, whole, nested))
    for shown, tables in told.items():
        if max(band.high for band in shown[:parts]) <= most:
            for cell in range(parts + 1):
                could_be = {table[cell] for table in tables}
                assert len(could_be) >= FEWEST, (shown, cell)
            assert len({whole - nested for *_, whole, nested in tables}) >= FEWEST


class Reckoning:
    """What somebody can find out who solves for every count: the least and the most that each could be."""

    def __init__(self) -> None:
        self.solver = pywraplp.Solver.CreateSolver("SCIP")
        self.asked: list[tuple[str, pywraplp.LinearExpr]] = []

    def told(self, name: str, band: Band) -> pywraplp.Variable:
        """A count that is told, itself asked for."""
        count = self.solver.IntVar(band.low, band.high, name)
        self.asked.append((name, count))
        return count

    def within(self, part: pywraplp.Variable, whole: pywraplp.Variable) -> None:
        """Of the people of another count, with how many are not among them asked for too."""
        self.solver.Add(part <= whole)
        self.asked.append((f"{whole.name()} but not {part.name()}", whole - part))

    def narrowest(self) -> tuple[int, str]:
        """Within how many numbers the best known of all lies, and which it is."""
        found = []
        for name, what in self.asked:
            ends = []
            for optimise in (self.solver.Minimize, self.solver.Maximize):
                optimise(what)
                assert self.solver.Solve() == pywraplp.Solver.OPTIMAL
                ends.append(round(self.solver.Objective().Value()))
            found.append((ends[1] - ends[0] + 1, name))
        return min(found)


@st.composite
def cohorts(draw):
    """For each cohort how many started, completed, applied and were admitted, each among the former."""
    sizes = st.one_of(st.integers(0, 6), st.integers(0, 60))
    found = []
    for _ in range(draw(st.integers(1, 6))):
        counts = [draw(sizes)]
        while len(counts) < 4:
            counts.append(draw(st.one_of(st.just(counts[-1]), st.integers(0, counts[-1]))))
        found.append(counts)
    return found


@thorough(60)
@given(cohorts(), st.data())
def test_tables_totals_funnels_and_filters_together_determine_nothing(table, data) -> None:
    """A program's cohorts, its round's totals over them, nested steps, and the same page without one of the cohorts."""
    completed, admitted = [row[1] for row in table], [row[3] for row in table]
    scale = scale_for(completed, admitted)
    told = Reckoning()
    cells = [
        [told.told(f"{n}.{step}", FIVES.band(count)) for step, count in enumerate(row)] for n, row in enumerate(table)
    ]
    for row in cells:
        for whole, part in pairwise(row):
            told.within(part, whole)
    totals = {}
    for step, counts in ((1, completed), (3, admitted)):
        totals[step] = told.told(f"all.{step}", total(counts))
        told.solver.Add(totals[step] == sum(row[step] for row in cells))
    eligible = data.draw(st.integers(0, sum(completed)))
    told.within(told.told("eligible", scale.band(eligible)), totals[1])
    assert told.narrowest() >= (FEWEST, "")
