"""Funnels as values."""

from collections.abc import Mapping
from dataclasses import dataclass

from linkspan.kernel.actor import Actor
from linkspan.kernel.money import Money


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
    """From completion to a seat, under one agreement and one round."""

    program: str
    completers: int
    admissible: int
    admitted: int
    without_seat: int
    elsewhere: tuple[Elsewhere, ...]

    def steps(self) -> Mapping[str, int]:
        """The funnel's numbers in order."""
        return {
            "completers": self.completers,
            "admissible": self.admissible,
            "admitted": self.admitted,
            "without_seat": self.without_seat,
        }

    @property
    def offered_elsewhere(self) -> int:
        """How many people without a seat have a pathway open or one clause away: the best single pathway's count."""
        return max((e.eligible_now + e.one_clause_short for e in self.elsewhere), default=0)


@dataclass(frozen=True, slots=True)
class Balance:
    """Tuition forgone by waivers, and tuition charged."""

    forgone: Money
    charged: Money


def may_see_outcomes(actor: Actor) -> bool:
    """Deans, auditors and the system."""
    return actor.is_system or any(grant.role in ("dean", "auditor") for grant in actor.grants)
