"""A learner's plans: what may be in one, how it is shared, and whom a change of an agreement concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.audit.record import Audit
from linkspan.pathways.rules.life.lifecycle import Status

MOST_IN_PLAN, MOST_SAVED, MOST_PLANS = 12, 100, 50
LONGEST_SHARE_DAYS = 365
#: Moves that change what a learner can do. What the parties draft, review and approve is theirs; a version that is
#: superseded is so because another became active, and that one is told of.
TOLD = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.CLOSED, Status.RETIRED})


@dataclass(frozen=True, slots=True)
class Share:
    """A link to a plan; `token` is the opaque part of its address."""

    id: UUID
    token: str
    with_answers: bool
    at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Whether the link shows the plan at that instant."""
        return self.revoked_at is None and self.at <= now < self.expires_at


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as its owner sees it; `answers` are those of the day it was saved."""

    id: UUID
    title: str
    agreements: tuple[str, ...]
    supposed: Mapping[str, Any] | None
    answers: tuple[Mapping[str, Any], ...]
    at: datetime
    shares: tuple[Share, ...] = ()


def check_plan(title: str, agreements: Sequence[str], known: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """The title and the pathways of a plan, cleaned; Unusable if it has no title or no pathway, or too many."""
    title = " ".join(title.split())
    chosen = tuple(dict.fromkeys(agreements))
    wrong = []
    if not title or len(title) > 120:
        wrong.append("Give the plan a title of at most 120 characters.")
    if not chosen or len(chosen) > MOST_IN_PLAN:
        wrong.append(f"Choose from one to {MOST_IN_PLAN} pathways.")
    if set(chosen) - known:
        wrong.append("One of the pathways is not in the network (any more). Choose again.")
    if wrong:
        raise Unusable("plan_unusable", "The plan cannot be saved yet.", tuple(wrong))
    return title, chosen


def share_until(days: int, now: datetime) -> datetime:
    """When a link ends; Unusable unless it lives from a day to a year."""
    if not 1 <= days <= LONGEST_SHARE_DAYS:
        raise Unusable(
            "share_unusable", "A link lives from 1 to {longest_share_days} days.", longest_share_days=LONGEST_SHARE_DAYS
        )
    return now + timedelta(days=days)


def answer_of(audit: Audit, title: str, institution: str) -> dict[str, Any]:
    """What a plan keeps of an audit."""
    kept = audit.as_json()
    names = ("agreement", "version", "status", "outcome", "missing", "tuition_waived")
    return {"title": title, "institution": institution, **{name: kept[name] for name in names}}
