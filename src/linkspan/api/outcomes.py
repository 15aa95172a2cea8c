"""Outcomes for deans and auditors: tuition by agreement and cohort, cohorts of a program, the simulator."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ninja import Field

from linkspan.api.answers import Router, parts
from linkspan.api.once import Posted, once
from linkspan.kernel.bands import Band
from linkspan.kernel.errors import permit
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request
from linkspan.outcomes import queries
from linkspan.outcomes.rules import (
    DRAWS,
    Course,
    Partner,
    Scenario,
    Terms,
    ToldLine,
    may_see_outcomes,
    simulate,
    trends,
)

router = Router()


@dataclass(frozen=True, slots=True)
class CohortTold:
    """How far a cohort of a program has come."""

    program: str
    cohort: str
    started: Band
    completed: Band
    credential: Band
    applied: Band
    admitted: Band
    joined: Band
    conferred: Band


@dataclass(frozen=True, slots=True)
class TrendTold:
    """A step from one cohort to the next: the change lies between `least` and `most`."""

    program: str
    step: str
    earlier: str
    later: str
    before: Band
    after: Band
    least: int
    most: int
    course: Course


@dataclass(frozen=True, slots=True)
class Measure:
    """An expected value and its band: the 5th, 50th and 95th percentile."""

    expected: Decimal
    p05: int
    p50: int
    p95: int


@dataclass(frozen=True, slots=True)
class SimulationTold:
    """What a scenario comes to, reproducible from the seed."""

    seed: int
    draws: int
    measures: Mapping[str, Measure]


class PartnerIn(Posted):
    """A receiving school: shares from 0 to 1, money in minor units of one currency."""

    name: str
    interest: Decimal
    acceptance: Decimal = Decimal(1)
    takes_up: Decimal = Decimal(1)
    anyway: Decimal = Decimal(0)
    seats: int | None = None
    waived: int
    paid: int
    price_minor: int
    teaching_cost_minor: int = 0
    fixed_cost_minor: int = 0
    currency: str = Field("USD", pattern="^[A-Z]{3}$")


class ScenarioIn(Posted):
    """A program's completers, the admissible share, seats, take-up, and its partners; the seed of the draws."""

    completers: int
    admissible: Decimal
    seats: int
    takes_up: Decimal = Decimal(1)
    partners: list[PartnerIn] = []
    seed: int
    draws: int = DRAWS


@router.get("/tuition", operation_id="tuition_lines")
def tuition(request: Request) -> tuple[ToldLine, ...]:
    """Tuition forgone, paid and to come by agreement and cohort, for deans of a party and auditors.

    Learners are a band; the amounts are null for the partner of the school whose tuition it is.
    """
    return queries.tuition_lines(request.actor, request.now.date())


@router.get("/cohorts/{institution}/{code}", operation_id="program_cohorts")
def cohorts(request: Request, institution: str, code: str) -> list[CohortTold]:
    """How far each cohort of a program has come, each count as a band, for deans of the institution and auditors."""
    found = queries.cohorts(request.actor, f"{institution}/{code}", request.now)
    return [CohortTold(row.program, row.cohort, **row.steps) for row in found]


@router.get("/cohorts/{institution}/{code}/trend", operation_id="program_trend")
def trend(request: Request, institution: str, code: str) -> list[TrendTold]:
    """What changed in each step from one cohort of a program to the next, as far as the bands say; for the same."""
    found = queries.cohorts(request.actor, f"{institution}/{code}", request.now)
    return [TrendTold(**parts(one), least=one.least, most=one.most, course=one.course) for one in trends(found)]


@router.post("/simulations", operation_id="simulate")
def simulations(request: Request, body: ScenarioIn) -> SimulationTold:
    """Expected values and bands (5th, 50th, 95th percentile) of a scenario; reproducible from the seed."""
    permit(may_see_outcomes(request.actor), "run the simulator")

    def work() -> SimulationTold:
        partners = tuple(_partner(one) for one in body.partners)
        scenario = Scenario(body.completers, float(body.admissible), body.seats, float(body.takes_up), partners)
        found = simulate(scenario, seed=body.seed, draws=body.draws)
        measures = {
            name: Measure(Decimal(str(round(found.expected[name], 2))), b.low, b.middle, b.high)
            for name, b in found.bands.items()
        }
        return SimulationTold(found.seed, found.draws, measures)

    return once(request, body, work)


def _partner(one: PartnerIn) -> Partner:
    price, teaching, fixed = (
        Money(minor, one.currency) for minor in (one.price_minor, one.teaching_cost_minor, one.fixed_cost_minor)
    )
    terms = Terms(one.waived, one.paid, price, teaching, fixed)
    return Partner(
        one.name,
        interest=float(one.interest),
        acceptance=float(one.acceptance),
        takes_up=float(one.takes_up),
        anyway=float(one.anyway),
        seats=one.seats,
        terms=terms,
    )
