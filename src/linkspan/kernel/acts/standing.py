"""Reads of acts that were confirmed."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from linkspan.kernel.actor import Actor
from linkspan.kernel.acts.values import Planned, PlannedState, known_acts
from linkspan.kernel.errors import NotFound
from linkspan.kernel.models import PlannedActRow

MOST = 200


def as_planned(row: PlannedActRow) -> Planned:
    """A row as a value."""
    return Planned(
        row.id,
        row.act,
        row.subject,
        row.institution,
        row.by,
        row.actor_id,
        row.reason,
        row.confirmed_at,
        row.release_at,
        PlannedState(row.state),
        row.people,
    )


def waiting_on(act: str, subject: str) -> Planned | None:
    """The confirmed act on a subject that has not taken effect yet; None if there is none. Callers ask who may see."""
    row = PlannedActRow.objects.filter(act=act, subject=subject, state=PlannedState.WAITING).first()
    return as_planned(row) if row else None


def waiting_here(actor: Actor) -> tuple[Planned, ...]:
    """What has not taken effect yet of one's own acts and of one's office's, the soonest first."""
    if actor.person_id is None:
        return ()
    mine = Q(actor_id=actor.person_id)
    for grant in actor.grants:
        acts = [act.name for act in known_acts().values() if grant.role in act.roles]
        if grant.institution is not None and acts:
            mine |= Q(institution=grant.institution, act__in=acts)
    rows = PlannedActRow.objects.filter(mine, state=PlannedState.WAITING).order_by("release_at", "id")[:MOST]
    return tuple(as_planned(row) for row in rows)


def planned(actor: Actor, planned_id: UUID) -> Planned:
    """One confirmed act, for who confirmed it and their office; NotFound for everybody else."""
    row = PlannedActRow.objects.filter(id=planned_id).first()
    if row is None or not may_handle(actor, row):
        raise NotFound("act_unknown", "There is no such act.")
    return as_planned(row)


def may_handle(actor: Actor, row: PlannedActRow) -> bool:
    """Who confirmed an act, and who has a role for it at the same school."""
    act = known_acts().get(row.act)
    roles: Iterable[str] = act.roles if act else ()
    own = row.actor_id is not None and actor.is_person(row.actor_id)
    return own or any(role_at(actor, role, row.institution) for role in roles)


def role_at(actor: Actor, role: str, institution: str) -> bool:
    """Whether the actor holds a role at that very school."""
    return bool(institution) and institution in actor.institutions_as(role)
