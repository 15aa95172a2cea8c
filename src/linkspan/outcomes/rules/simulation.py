"""The what-if simulator: expected values, and Monte-Carlo bands from a seed.

The same scenario, seed and number of draws give the same bands with the same NumPy (its generators' streams are
fixed, the distributions drawn from them may change between NumPy releases: NEP 19). Each part of the model draws from
a stream of its own, so that changing one partner leaves the draws of the others as they were.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from linkspan.kernel.errors import Unusable
from linkspan.outcomes.rules.scenario import Partner, Scenario, checked

FEWEST_DRAWS, MOST_DRAWS, DRAWS = 100, 20_000, 2_000
#: How sure the guessed shares are: as if each were seen on that many people.
CERTAINTY = 100
LOW, HIGH = 0.05, 0.95

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Band:
    """One measure over all draws: the 5th, 50th and 95th percentile (each a value that was drawn)."""

    low: int
    middle: int
    high: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """Expected values and bands by measure.

    Measures are `admissible`, `seated`, `without_seat`, `served` (who found a partner), `placed` (seated or with
    a partner) and `left_over`; for each
    partner `joined:NAME`; and in minor units by currency `forgone:USD`, `gained:USD`, `net:USD`.
    """

    expected: Mapping[str, Fraction]
    bands: Mapping[str, Band]
    seed: int
    draws: int


def simulate(scenario: Scenario, *, seed: int, draws: int = DRAWS, certainty: int = CERTAINTY) -> Simulation:
    """Expected values and bands of a scenario. Unusable if it makes no sense, or draws or seed are out of range.

    Shares are drawn from Beta(share * certainty, (1 - share) * certainty), people from binomials of them.
    """
    checked(scenario)
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        raise Unusable(
            "draws_out_of_range",
            "Between {fewest_draws} and {most_draws} draws are possible.",
            fewest_draws=FEWEST_DRAWS,
            most_draws=format(MOST_DRAWS, ","),
        )
    if not 0 <= seed < 2**63 or not 1 <= certainty <= 1_000_000:
        raise Unusable("seed_out_of_range", "The seed is a whole number from 0, the certainty one from 1 to 1,000,000.")
    drawn = _drawn(scenario, seed, draws, certainty)
    return Simulation(expected(scenario), {name: _band(values) for name, values in drawn.items()}, seed, draws)


def expected(scenario: Scenario) -> dict[str, Fraction]:
    """The measures with every share exactly as stated and nobody divided by chance, as exact fractions.

    Seats that are declined go to the next in order, so that of `n` admissible and take-up `t`, min(seats, n t) are
    seated after min(n, seats / t) offers; who was never offered one is without a seat.
    """
    share = _exact(scenario.takes_up)
    admissible = scenario.completers * _exact(scenario.admissible)
    seated = min(Fraction(scenario.seats), admissible * share)
    offers = min(admissible, scenario.seats / share) if share else (admissible if scenario.seats else Fraction(0))
    found = {"admissible": admissible, "seated": seated, "without_seat": admissible - offers}
    money: dict[str, Fraction] = {}
    served = Fraction(0)
    for partner in scenario.partners:
        joined = found["without_seat"] * _exact(partner.interest) * _exact(partner.acceptance)
        joined *= _exact(partner.takes_up)
        joined = joined if partner.seats is None else min(joined, Fraction(partner.seats))
        served += joined
        found[f"joined:{partner.name}"] = joined
        for name, amount in _money(partner, joined, joined * _exact(partner.anyway)).items():
            money[name] = money.get(name, Fraction(0)) + amount
    placed = found["seated"] + served
    return found | {"served": served, "placed": placed, "left_over": found["without_seat"] - served} | money


def _exact(share: float) -> Fraction:
    return Fraction(str(share))


def _money[T: (Fraction, Counts)](partner: Partner, joined: T, anyway: T) -> dict[str, T]:
    terms = partner.terms
    currency, margin = terms.price.currency, terms.margin.minor
    return {
        f"forgone:{currency}": joined * terms.forgone_per_learner.minor,
        f"gained:{currency}": joined * terms.gained_per_learner.minor,
        f"net:{currency}": (joined - anyway) * (terms.paid * margin)
        - anyway * (terms.waived * margin)
        - terms.fixed_cost.minor,
    }


def _drawn(scenario: Scenario, seed: int, draws: int, certainty: int) -> dict[str, Counts]:
    chance = _Chance(seed, draws, certainty)
    admissible = chance.binomial("admissible", np.full(draws, scenario.completers), scenario.admissible)
    seated, offers = _seated(chance, admissible, scenario)
    found = {"admissible": admissible, "seated": seated, "without_seat": admissible - offers}
    pool, asked = found["without_seat"], 0.0
    served = np.zeros(draws, dtype=np.int64)
    for partner in scenario.partners:
        left = max(1 - asked, 0.0)
        applied = chance.binomial(f"{partner.name}:interest", pool, min(partner.interest / left, 1.0) if left else 0.0)
        pool, asked = pool - applied, asked + partner.interest
        admitted = chance.binomial(f"{partner.name}:acceptance", applied, partner.acceptance)
        joined = chance.binomial(f"{partner.name}:takes_up", admitted, partner.takes_up)
        joined = joined if partner.seats is None else np.minimum(joined, partner.seats)
        anyway = chance.binomial(f"{partner.name}:anyway", joined, partner.anyway)
        served = served + joined
        found[f"joined:{partner.name}"] = joined
        for name, amount in _money(partner, joined, anyway).items():
            found[name] = found.get(name, np.zeros(draws, dtype=np.int64)) + amount
    placed = found["seated"] + served
    return found | {"served": served, "placed": placed, "left_over": found["without_seat"] - served}


def _seated(chance: "_Chance", admissible: Counts, scenario: Scenario) -> tuple[Counts, Counts]:
    """Seats taken, and offers made until they were: who declines is followed by the next in order.

    Of n people b would accept. If b < seats all are asked; else the number who decline before the last seat is taken
    is beta-binomial: each of the n - b comes before the seats-th of b with a probability from
    Beta(seats, b - seats + 1), an order statistic of uniforms.
    """
    if scenario.seats == 0:
        return np.zeros_like(admissible), np.zeros_like(admissible)
    willing = chance.binomial("takes_up", admissible, scenario.takes_up)
    full = willing >= scenario.seats
    before = chance.stream("order").beta(scenario.seats, np.maximum(willing - scenario.seats, 0) + 1)
    declined = chance.stream("declined").binomial(admissible - willing, before)
    return np.where(full, scenario.seats, willing), np.where(full, scenario.seats + declined, admissible)


@dataclass(frozen=True, slots=True)
class _Chance:
    seed: int
    draws: int
    certainty: int

    def stream(self, name: str) -> np.random.Generator:
        """The stream of a part of the model, by its name."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, key])))

    def binomial(self, name: str, people: Counts, share: float) -> Counts:
        """How many of `people` (one number per draw), each with a share that is itself drawn; 0 and 1 are certain."""
        stream = self.stream(name)
        if share in (0.0, 1.0):
            return people * int(share)
        rates = stream.beta(share * self.certainty, (1 - share) * self.certainty, self.draws)
        return np.asarray(stream.binomial(people, rates), dtype=np.int64)


def _band(values: Counts) -> Band:
    low, middle, high = np.quantile(values, (LOW, 0.5, HIGH), method="inverted_cdf")
    return Band(int(low), int(middle), int(high))
