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
    """From completion to a seat, under one agreement and one round.

    `offered_elsewhere` counts the people without a seat who have at least one other pathway open or one clause away,
    each once.
    """

    program: str
    completers: int
    admissible: int
    admitted: int
    without_seat: int
    elsewhere: tuple[Elsewhere, ...]
    offered_elsewhere: int

    def steps(self) -> Mapping[str, int]:
        """The funnel's numbers in order."""
        return {
            "completers": self.completers,
            "admissible": self.admissible,
            "admitted": self.admitted,
            "without_seat": self.without_seat,
        }


@dataclass(frozen=True, slots=True)
class Balance:
    """Tuition forgone by waivers, and tuition charged."""

    forgone: Money
    charged: Money


def may_see_outcomes(actor: Actor) -> bool:
    """Deans, auditors and the system."""
    return actor.is_system or any(grant.role in ("dean", "auditor") for grant in actor.grants)


def may_see_funnel(actor: Actor, *institutions: str) -> bool:
    """Deans of the receiving or the sending institution, auditors and the system."""
    dean = any(actor.has_role("dean", institution) for institution in institutions)
    return actor.is_system or actor.has_role("auditor") or dean
