"""Reads of saved views."""

from uuid import UUID

from django.db.models import Q

from linkspan.accounts.models import SavedViewRow
from linkspan.accounts.rules import Office, Role, SavedView, ViewAsk, is_of_office, may_change_view
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound


def views_of(actor: Actor, listing: str) -> tuple[SavedView, ...]:
    """The views of a list that the actor can choose: their own and those of their offices, by name."""
    if actor.person_id is None:
        return ()
    seen = Q(actor_id=actor.person_id, office="")
    for grant in actor.grants:
        if grant.institution:
            seen |= Q(office=grant.role, institution=grant.institution)
    rows = SavedViewRow.objects.filter(seen, listing=listing).order_by("office", "name", "id")
    return tuple(_view(actor, row) for row in rows)


def view(actor: Actor, view_id: UUID) -> SavedView:
    """One view that the actor can choose; NotFound for everybody else."""
    row = SavedViewRow.objects.filter(id=view_id).first()
    if row is None or not _sees(actor, row):
        raise NotFound("view_unknown", "There is no such view. It may have been deleted.")
    return _view(actor, row)


def _sees(actor: Actor, row: SavedViewRow) -> bool:
    if row.office:
        return is_of_office(actor, _office(row)) or may_change_view(actor, row.actor_id, _office(row))
    return actor.is_person(row.actor_id)


def _office(row: SavedViewRow) -> Office:
    return Office(Role(row.office), row.institution)


def _view(actor: Actor, row: SavedViewRow) -> SavedView:
    office = _office(row) if row.office else None
    ask = ViewAsk(**{**row.ask, "columns": tuple(row.ask.get("columns", ()))})
    mine = may_change_view(actor, row.actor_id, office)
    return SavedView(row.id, row.listing, row.name, ask, office, row.is_default and actor.is_person(row.actor_id), mine)
