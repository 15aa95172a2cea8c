"""Who looks at cases on hold. What puts one on hold is a clause of the agreement (`audit.Hold`)."""

from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.pathways.rules.audit.record import Hold

RELEASERS = ("registrar", "admissions")


def hold_key(hold: Hold) -> tuple[str, str]:
    """What tells holds of a learner under an agreement apart: the clause, and what was found."""
    return hold.clause[:64], str(hold.have or "")[:500]


def may_release_hold(actor: Actor, institution: str, learner_id: UUID) -> bool:
    """Registrars and admissions staff of the receiving institution, never for themselves."""
    return institution in hold_desks(actor) and not actor.is_person(learner_id)


def hold_desks(actor: Actor) -> frozenset[str]:
    """The institutions whose cases the actor looks at."""
    return frozenset().union(*(actor.institutions_as(role) for role in RELEASERS))
