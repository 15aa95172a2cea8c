"""Funnels as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from linkspan.kernel.money import Money

STEPS = ("started", "completed", "credential", "applied", "admitted", "joined", "conferred")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What one pathway offers people without a seat: how many meet all of it, and how many lack one clause."""

    agreement_id: str
    institution: str
    title: str
    eligible_now: int
    one_clause_short: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """From completion to a seat, under one agreement and one round.

    `offered_elsewhere` counts the people without a seat who have at least one other pathway open or one clause away,
    each once. `unusable` counts records with a grade that cannot be read, which counts for nothing. `completers_by`,
    `applied_by` and `admitted_by` are the same people by cohort.
    """

    program: str
    completers: int
    admissible: int
    admitted: int
    without_seat: int
    elsewhere: tuple[Elsewhere, ...]
    offered_elsewhere: int
    unusable: int = 0
    completers_by: tuple[int, ...] = ()
    admitted_by: tuple[int, ...] = ()
    applied: int = 0
    applied_by: tuple[int, ...] = ()

    def steps(self) -> Mapping[str, int]:
        """The funnel's numbers in order."""
        return {
            "completers": self.completers,
            "admissible": self.admissible,
            "applied": self.applied,
            "admitted": self.admitted,
            "without_seat": self.without_seat,
        }


@dataclass(frozen=True, slots=True)
class Walk:
    """How far one learner has come: the cohort (the year of the first course passed) and the steps reached."""

    cohort: str
    reached: frozenset[str]


@dataclass(frozen=True, slots=True)
class CohortFunnel:
    """How many learners of a program's cohort reached each of STEPS."""

    program: str
    cohort: str
    counts: tuple[int, ...]

    def steps(self) -> Mapping[str, int]:
        """The numbers in order."""
        return dict(zip(STEPS, self.counts, strict=True))


def cohort_funnels(program: str, walks: Iterable[Walk]) -> tuple[CohortFunnel, ...]:
    """One funnel per cohort, oldest first. A learner counts in each step that they reached, once."""
    by_cohort: dict[str, list[int]] = {}
    for walk in walks:
        counts = by_cohort.setdefault(walk.cohort, [0] * len(STEPS))
        for number, step in enumerate(STEPS):
            counts[number] += step in walk.reached
    return tuple(CohortFunnel(program, cohort, tuple(by_cohort[cohort])) for cohort in sorted(by_cohort))


@dataclass(frozen=True, slots=True)
class Balance:
    """Tuition forgone by waivers, and tuition charged."""

    forgone: Money
    charged: Money
