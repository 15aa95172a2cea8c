"""Sitting an exam without the camera of a service: asked for with grounds, decided by staff."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.refusals import Refusal

LONGEST_GROUNDS = 2000


class WayState(StrEnum):
    """Where a request stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Way:
    """A request to sit an exam without the camera of its service."""

    id: UUID
    learner_id: UUID
    exam_code: str
    exam_title: str
    grounds: str
    state: WayState
    requested_at: datetime
    decided_at: datetime | None
    reason: str
    refused_before: tuple[Refusal, ...] = ()


def may_list_ways(actor: Actor, institution: str) -> bool:
    """Proctors and program staff of the institution."""
    return actor.has_role("proctor", institution) or actor.has_role("program_staff", institution)


def may_decide_way(actor: Actor, institution: str, learner_id: UUID) -> bool:
    """Proctors and program staff of the institution, never their own request."""
    return may_list_ways(actor, institution) and not actor.is_person(learner_id)
