"""The simulator: the article's numbers exactly, bands from a seed, and what may not change."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money
from linkspan.outcomes.rules.economics import Terms, break_even
from linkspan.outcomes.rules.scenario import Partner, Scenario, article_case, without
from linkspan.outcomes.rules.simulation import expected, simulate

USD = Money.zero("USD")
shares = st.integers(0, 1000).map(lambda n: n / 1000)


def partner(name="P", interest=0.5, acceptance=0.8, takes_up=0.9, anyway=0.1, seats=None, price=270_000) -> Partner:
    return Partner(name, interest, acceptance, takes_up, anyway, seats, Terms(4, 8, Money(price, "USD"), USD, USD))


partners = st.builds(
    partner, st.just("P"), shares, shares, shares, shares, st.none() | st.integers(0, 300), st.integers(0, 10**6)
)
scenarios = st.builds(
    Scenario,
    st.integers(0, 5000),
    shares,
    st.integers(0, 2000),
    shares,
    st.lists(partners, max_size=1).map(tuple),
)


def test_the_articles_case() -> None:
    found = expected(article_case())
    assert (found["admissible"], found["seated"], found["without_seat"]) == (1000, 40, 960)
    terms = article_case().partners[0].terms
    assert terms.forgone_per_learner == Money(1_080_000, "USD")
    assert terms.gained_per_learner == Money(2_160_000, "USD")
    assert found["forgone:USD"] == 960 * 1_080_000
    assert found["gained:USD"] == 960 * 2_160_000


def test_the_article_breaks_even_at_two_thirds() -> None:
    terms = article_case().partners[0].terms
    assert break_even(terms, Fraction(0)).share_anyway == Fraction(2, 3)
    assert break_even(terms, Fraction(2, 3)).net_per_learner == 0
    assert break_even(terms, Fraction(1)).net_per_learner == -1_080_000


@given(
    st.integers(0, 20), st.integers(0, 20), st.integers(1, 10**6), st.integers(0, 10**6), shares, st.integers(1, 10**8)
)
def test_as_many_learners_as_it_says_bear_the_fixed_cost(waived, paid, price, cost, share, fixed) -> None:
    terms = Terms(waived, paid, Money(price, "USD"), Money(cost, "USD"), Money(fixed, "USD"))
    found = break_even(terms, Fraction(str(share)))
    if found.learners is None:
        assert found.net_per_learner <= 0
    else:
        assert found.learners * found.net_per_learner >= fixed > (found.learners - 1) * found.net_per_learner


@given(scenarios, st.integers(0, 2**62))
def test_the_same_seed_gives_the_same_bands(scenario, seed) -> None:
    assert simulate(scenario, seed=seed, draws=100) == simulate(scenario, seed=seed, draws=100)


@given(scenarios, st.integers(0, 10**6))
def test_every_draw_is_possible(scenario, seed) -> None:
    found = simulate(scenario, seed=seed, draws=100)
    for band in found.bands.values():
        assert band.low <= band.middle <= band.high
    assert 0 <= found.bands["admissible"].low <= found.bands["admissible"].high <= scenario.completers
    assert 0 <= found.bands["seated"].low <= found.bands["seated"].high <= scenario.seats
    assert found.bands["left_over"].low >= 0
    for one in scenario.partners:
        most = scenario.completers if one.seats is None else one.seats
        assert 0 <= found.bands[f"joined:{one.name}"].low <= found.bands[f"joined:{one.name}"].high <= most


@given(scenarios, st.integers(0, 10**6))
def test_certain_shares_leave_nothing_to_chance(scenario, seed) -> None:
    ones = tuple(replace(p, interest=1.0, acceptance=1.0, takes_up=1.0, anyway=0.0) for p in scenario.partners)
    sure = replace(scenario, admissible=1.0, takes_up=1.0, partners=ones)
    found = simulate(sure, seed=seed, draws=100)
    for name, value in expected(sure).items():
        assert found.bands[name].low == value == found.bands[name].high


def test_the_middle_of_the_draws_is_near_what_is_expected() -> None:
    scenario = Scenario(2000, 0.5, 40, 0.7, (partner("A", 0.3), partner("B", 0.4, seats=100)))
    found = simulate(scenario, seed=7, draws=20_000, certainty=100_000)
    for name in ("admissible", "seated", "without_seat", "joined:A", "joined:B", "net:USD"):
        assert float(found.bands[name].middle) == pytest.approx(float(found.expected[name]), rel=0.02), name


def test_one_partner_changed_leaves_the_draws_of_the_others() -> None:
    both = Scenario(2000, 0.5, 40, 1.0, (partner("A", 0.3), partner("B", 0.4)))
    cheaper = replace(both, partners=(both.partners[0], partner("B", 0.4, price=100_000)))
    first, second = simulate(both, seed=1), simulate(cheaper, seed=1)
    assert first.bands["joined:A"] == second.bands["joined:A"] == simulate(without(both, "B"), seed=1).bands["joined:A"]
    assert first.bands["net:USD"] != second.bands["net:USD"]


def test_fewer_take_up_an_offer_and_the_next_are_asked() -> None:
    found = expected(Scenario(2000, 0.5, 40, 0.5, ()))
    assert (found["seated"], found["without_seat"]) == (40, 920)
    assert simulate(Scenario(2000, 0.5, 40, 0.5, ()), seed=3).bands["seated"].low == 40


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(-1, 0.5, 40, 1.0, ()),
        Scenario(2000, 1.5, 40, 1.0, ()),
        Scenario(2000, float("nan"), 40, 1.0, ()),
        Scenario(2000, 0.5, -1, 1.0, ()),
        Scenario(10**9, 0.5, 40, 1.0, ()),
        Scenario(2000, 0.5, 40, 1.0, (partner("A", 0.6), partner("B", 0.6))),
        Scenario(2000, 0.5, 40, 1.0, (partner("A", 0.1), partner("A", 0.1))),
        Scenario(2000, 0.5, 40, 1.0, (partner(" ", 0.1),)),
        Scenario(2000, 0.5, 40, 1.0, (partner(price=10**12),)),
        Scenario(2000, 0.5, 40, 1.0, tuple(partner(str(n), 0.01) for n in range(13))),
    ],
)
def test_what_makes_no_sense_is_named(scenario) -> None:
    with pytest.raises(Unusable):
        simulate(scenario, seed=1)


@pytest.mark.parametrize(
    "asked", [{"seed": -1}, {"seed": 1, "draws": 1}, {"seed": 1, "draws": 10**9}, {"seed": 1, "certainty": 0}]
)
def test_draws_and_seed_have_bounds(asked) -> None:
    with pytest.raises(Unusable):
        simulate(article_case(), **asked)


def test_terms_hold_one_currency_and_nothing_negative() -> None:
    with pytest.raises(Unusable):
        Terms(4, 8, Money(1, "USD"), Money(1, "EUR"), USD)
    with pytest.raises(Unusable):
        Terms(-1, 8, USD, USD, USD)
    with pytest.raises(Unusable):
        break_even(article_case().partners[0].terms, Fraction(3, 2))
