"""Filters leave out only what is known not to fit; orders are total; «what if» adds and never changes."""

import copy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pathways.examples import agreement, record

from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money
from linkspan.pathways.engines.network_map import Link, draw
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.judging import AgreementVersion
from linkspan.pathways.rules.audit.network import Filters, Sort, Terms, fits, is_public, ordered, terms_of
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.audit.whatif import (
    Supposed,
    SupposedCourse,
    SupposedTest,
    check_supposed,
    from_json,
    with_supposed,
)

ON = date(2019, 1, 1)
SUPPOSED = Supposed(
    on="2019-01-01",
    courses=(SupposedCourse("HES/X-1", "letter", "B+", "2018-12-01"),),
    tests=(SupposedTest("IELTS", "7.5", "2018-11-01"),),
)


@dataclass(frozen=True)
class Row:
    agreement: AgreementVersion
    terms: Terms
    audit: object = None
    status: str = "active"


def row(**terms) -> Row:
    found = Agreement.read(agreement())
    return Row(AgreementVersion(found, ""), replace(terms_of(found, ON), **terms))


def test_terms_say_what_is_left_to_pay_and_what_is_recognised() -> None:
    found = terms_of(
        Agreement.read(agreement() | {"windows": [{"closes": "2018-12-31"}, {"closes": "2019-03-01"}]}), ON
    )
    assert found.cost == Money(270000 * 8, "USD")
    assert found.credits == Decimal(16)
    assert found.closes == date(2019, 3, 1)
    bare = Agreement.read(agreement() | {"recognition": [], "tuition": None})
    assert (terms_of(bare, ON).cost, terms_of(bare, ON).credits, terms_of(bare, ON).months) == (None, None, None)


def test_what_is_not_public_passes_every_filter() -> None:
    bare = row(cost=None, months=None, country="", language="", field="")
    assert fits(bare, Filters(cost=1, months=1, country="MX", language="es", field="law"))


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        (Filters(cost=21600), True),
        (Filters(cost=21599), False),
        (Filters(cost=1, currency="EUR"), True),
        (Filters(months=12), True),
        (Filters(months=11), False),
        (Filters(country="us"), True),
        (Filters(country="MX"), False),
        (Filters(sending="Sending/P"), True),
        (Filters(sending="Sending/Q"), False),
    ],
)
def test_filters(filters, passes) -> None:
    assert fits(row(cost=Money(2160000, "USD"), months=12, country="US"), filters) is passes


def test_a_closed_pathway_only_fails_the_filter_for_open_ones() -> None:
    closed = replace(row(), status="closed")
    assert fits(closed, Filters()) and not fits(closed, Filters(open_only=True))


@given(st.lists(st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=8))
def test_every_order_keeps_all_rows_and_puts_unknown_last(pairs) -> None:
    rows = [
        row(cost=None if c is None else Money(c, "USD"), credits=None if n is None else Decimal(n)) for c, n in pairs
    ]
    for sort in Sort:
        assert sorted(map(id, ordered(rows, sort))) == sorted(map(id, rows))
    costs = [r.terms.cost for r in ordered(rows, Sort.COST)]
    known = [c.minor for c in costs if c]
    assert costs == [*costs[: len(known)], *[None] * (len(costs) - len(known))] and known == sorted(known)


def test_the_nearest_comes_first() -> None:
    held = record()
    lacking = copy.deepcopy(held) | {"degrees": [{"level": "associate", "institution": "X", "accredited": True}]}
    unknown = copy.deepcopy(held) | {"degrees": [], "complete": ["credentials", "courses", "tests"]}
    rows = [replace(row(), audit=audit_record(r, Agreement.read(agreement()), ON)) for r in (lacking, unknown, held)]
    assert [r.audit.outcome for r in ordered(rows, Sort.NEAREST)] == ["met", "unknown", "not_met"]


@pytest.mark.parametrize(
    ("status", "public"), [("draft", False), ("partner_review", False), ("approved", False), ("suspended", True)]
)
def test_what_is_between_the_parties_is_not_public(status, public) -> None:
    assert is_public(Agreement.read(agreement() | {"status": status}), ON) is public


def test_what_if_adds_and_leaves_the_record_alone() -> None:
    held = record()
    kept = copy.deepcopy(held)
    found = with_supposed(held, check_supposed(SUPPOSED))
    assert held == kept
    assert found["courses"][-1]["grade"] == {"scale": "letter", "value": "B+"}
    assert found["tests"][-1]["evidence"] == "supposed"
    assert from_json(SUPPOSED.as_json()) == SUPPOSED


def test_what_if_turns_an_answer() -> None:
    nothing = {"credentials": [], "courses": [], "degrees": [], "tests": [], "complete": ["credentials", "courses"]}
    supposed = Supposed(
        on="2019-01-01",
        program="Sending/P",
        percent="75",
        program_courses=("Sending/A", "Sending/B"),
        degree="bachelor",
        tests=(SupposedTest("TOEFL", "101", "2018-12-01"),),
    )
    before, after = (
        audit_record(r, Agreement.read(agreement()), ON) for r in (nothing, with_supposed(nothing, supposed))
    )
    assert (before.outcome, after.outcome) == ("not_met", "met")
    assert {r.course for r in after.recognised} == {"A", "B"}


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SUPPOSED, on="tomorrow"),
        replace(SUPPOSED, courses=(SupposedCourse("X-1", "letter", "B", "2019-01-01"),)),
        replace(SUPPOSED, courses=(SupposedCourse("H/X", "letter", "75", "2019-01-01"),)),
        replace(SUPPOSED, courses=(SupposedCourse("H/X", "percent", "NaN", "2019-01-01"),)),
        replace(SUPPOSED, courses=(SupposedCourse("H/X", "rank", "1", "2019-01-01"),)),
        replace(SUPPOSED, courses=SUPPOSED.courses * 13),
        replace(SUPPOSED, tests=(SupposedTest("TOEFL", "much", "2019-01-01"),)),
        replace(SUPPOSED, tests=(SupposedTest("TOEFL", "1e400", "2019-01-01"),)),
        replace(SUPPOSED, degree="king"),
        replace(SUPPOSED, years="-1"),
        replace(SUPPOSED, program="A/B", percent="101"),
    ],
)
def test_what_cannot_be_supposed_is_said(wrong) -> None:
    with pytest.raises(Unusable) as found:
        check_supposed(wrong)
    assert found.value.reasons


@pytest.mark.parametrize(("programs", "schools"), [(1, 4), (4, 4), (5, 3), (20, 20), (400, 300)])
def test_a_map_in_which_all_are_alike_is_drawn_and_always_the_same(programs, schools) -> None:
    """The vector has no one direction there: an iteration may never end."""
    whole = ((f"U/{n}", f"S{m}") for n in range(programs) for m in range(schools) if programs < 100 or n % schools == m)
    links = [Link(f"{s}-{t}", s, t, "Degree", "met") for s, t in whole]
    drawn = draw(links)
    assert len({node.y for node in drawn.degrees}) == len(links) and draw(links[::-1]) == drawn


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("XYZ")), min_size=1, max_size=20))
def test_the_map_gives_every_pathway_a_place_of_its_own(pairs) -> None:
    links = [Link(f"{s}-{t}-{i}", f"U/{s}", t, f"Degree {i}", "met") for i, (s, t) in enumerate(pairs)]
    drawn = draw(links)
    assert {n.agreement_id for n in drawn.degrees} == {link.agreement_id for link in links}
    for column in (drawn.programs, drawn.degrees):
        spots = sorted(n.y for n in column)
        assert all(b - a >= 40 for a, b in pairwise(spots))
        assert all(0 < y < max(drawn.height, 44 * len(column) + 80) for y in spots)
    assert draw(list(reversed(links))) == drawn
