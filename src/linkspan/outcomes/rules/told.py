"""What people are told of outcomes: every count as a band (`kernel.bands`), every share as what the bands leave open.

Everything that a page, a file, a plot or the API shows comes from these values, so all withhold the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from linkspan.kernel.bands import FIVES, Band, scale_for, total
from linkspan.kernel.money import Money
from linkspan.outcomes.rules.comparison import GroupOutcome, Interval, wilson
from linkspan.outcomes.rules.economics import TuitionLine
from linkspan.outcomes.rules.funnel import CohortFunnel, Funnel


@dataclass(frozen=True, slots=True)
class ToldElsewhere:
    """What one pathway offers people without a seat."""

    agreement_id: str
    institution: str
    title: str
    eligible_now: Band
    one_clause_short: Band


@dataclass(frozen=True, slots=True)
class ToldFunnel:
    """From completion to a seat; `unreadable`: some records hold a grade that cannot be read."""

    program: str
    steps: Mapping[str, Band]
    elsewhere: tuple[ToldElsewhere, ...]
    unreadable: bool


@dataclass(frozen=True, slots=True)
class ToldCohort:
    """How far a cohort of a program has come."""

    program: str
    cohort: str
    steps: Mapping[str, Band]


class Course(StrEnum):
    """Which way a count went from one cohort to the next, as far as the bands say."""

    MORE = "more"
    FEWER = "fewer"
    NOT_CLEAR = "not_clear"


@dataclass(frozen=True, slots=True)
class Trend:
    """A step of a program from one cohort to the next; `least` and `most` are the change that the bands leave open."""

    program: str
    step: str
    earlier: str
    later: str
    before: Band
    after: Band

    @property
    def least(self) -> int:
        """The least that it can have changed."""
        return self.after.low - self.before.high

    @property
    def most(self) -> int:
        """The most that it can have changed."""
        return self.after.high - self.before.low

    @property
    def course(self) -> Course:
        """Which way it went."""
        if self.least > 0:
            return Course.MORE
        return Course.FEWER if self.most < 0 else Course.NOT_CLEAR


@dataclass(frozen=True, slots=True)
class Amounts:
    """Tuition forgone, paid so far and to come, and what is left of it."""

    forgone: Money
    paid: Money
    to_come: Money
    net: Money


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Tuition of one agreement and cohort; the amounts for the school whose tuition it is, None for its partner."""

    agreement_id: str
    cohort: str
    learners: Band
    amounts: Amounts | None


@dataclass(frozen=True, slots=True)
class ToldGroup:
    """One group of students; None where too few people say anything.

    The intervals hold the share at 95 %, whatever the exact counts are.
    """

    name: str
    students: Band
    courses: Band | None
    mean_points: Decimal | None
    passed: Interval | None
    graduated: Interval | None


def tell_funnel(found: Funnel) -> ToldFunnel:
    """The funnel of a round, beside which the cohorts of its program are told."""
    scale = scale_for(found.completers_by, found.applied_by, found.admitted_by)
    elsewhere = tuple(
        ToldElsewhere(
            row.agreement_id,
            row.institution,
            row.title,
            scale.band(row.eligible_now),
            scale.band(row.one_clause_short),
        )
        for row in found.elsewhere
    )
    steps = {name: scale.band(count) for name, count in found.steps().items()}
    told = {"completers": found.completers_by, "applied": found.applied_by, "admitted": found.admitted_by}
    for step, parts in told.items():
        if parts:
            steps[step] = total(parts)
    return ToldFunnel(found.program, steps, elsewhere, found.unusable > 0)


def tell_cohorts(found: Iterable[CohortFunnel]) -> tuple[ToldCohort, ...]:
    """The cohorts of a program."""
    return tuple(
        ToldCohort(row.program, row.cohort, {step: FIVES.band(count) for step, count in row.steps().items()})
        for row in found
    )


def trends(cohorts: Iterable[ToldCohort]) -> tuple[Trend, ...]:
    """Each step of each program from one cohort to the next that there is, the oldest first; of told counts alone."""
    found: dict[str, list[ToldCohort]] = {}
    for row in cohorts:
        found.setdefault(row.program, []).append(row)
    return tuple(
        Trend(program, step, first.cohort, second.cohort, first.steps[step], second.steps[step])
        for program, rows in found.items()
        for first, second in pairwise(sorted(rows, key=lambda row: row.cohort))
        for step in second.steps
    )


def tell_line(found: TuitionLine, own: bool) -> ToldLine:
    """A line of tuition; `own`: to the school that forgoes it and is paid, or to who reads its books."""
    amounts = Amounts(found.forgone, found.paid, found.to_come, found.net) if own else None
    return ToldLine(found.agreement_id, found.cohort, FIVES.band(found.learners), amounts)


def tell_group(found: GroupOutcome) -> ToldGroup:
    """A group of students; nothing but its size if that may be fewer than five."""
    scale = scale_for(found.by)
    students = total(found.by) if found.by else FIVES.band(found.students)
    courses = FIVES.band(found.courses)
    if not students.low:
        return ToldGroup(found.name, students, None, None, None, None)
    passed = share(FIVES.band(found.passed), courses) if courses.low else None
    graduated = share(scale.band(found.graduated), students)
    return ToldGroup(found.name, students, courses, found.mean_points, passed, graduated)


def share(part: Band, whole: Band) -> Interval:
    """The 95 % interval of the share that a part is of a whole, over everything that the bands leave open."""
    wholes = {max(whole.low, part.low, 1), whole.high}
    return Interval(
        min(wilson(part.low, number).low for number in wholes),
        max(wilson(min(part.high, number), number).high for number in wholes),
    )
