"""What is done with saved views: saved, shared with one's office, renamed, made the default, deleted."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from linkspan.accounts.models import SavedViewRow
from linkspan.accounts.queries import view
from linkspan.accounts.rules import (
    MOST_VIEWS,
    Office,
    ViewAsk,
    check_ask,
    check_view_name,
    is_of_office,
    may_change_view,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.locks import one_at_a_time


@transaction.atomic
def save_view(
    *, actor: Actor, listing: str, name: str, ask: ViewAsk, office: Office | None = None, now: datetime
) -> UUID:
    """Save what is asked of a list under a name, for oneself or for one's office; the id of the view.

    Refused where there is one of that name, or as many as a list can have.
    """
    said = check_view_name(name)
    check_ask(ask)
    permit(office is None or is_of_office(actor, office), "share a view with this office")
    held = _beside(actor.own_id, listing, office)
    one_at_a_time(f"views:{listing}:{office or actor.own_id}")
    if held.count() >= MOST_VIEWS:
        raise Refused("views_full", "This list has {most} views. Delete one first.", most=MOST_VIEWS)
    row = SavedViewRow(actor_id=actor.own_id, listing=listing[:32], name=said, ask=asdict(ask), at=now)
    if office:
        row.institution, row.office = office.institution, office.role
    _kept(row)
    _note(actor, "share_view", row, now)
    return row.id


@transaction.atomic
def rename_view(*, actor: Actor, view_id: UUID, name: str, now: datetime) -> None:
    """Give a view another name."""
    row, said = _own(actor, view_id), check_view_name(name)
    if row.name != said:
        row.name = said
        _kept(row)
        _note(actor, "rename_view", row, now)


@transaction.atomic
def choose_default_view(*, actor: Actor, view_id: UUID, on: bool) -> None:
    """Have a list open with this view of one's own, or no longer; another default of the list ends."""
    row = SavedViewRow.objects.filter(id=view_id, actor_id=actor.own_id, office="").first()
    if row is None:
        raise NotFound("view_unknown", "There is no such view. It may have been deleted.")
    _beside(actor.own_id, row.listing, None).filter(is_default=True).update(is_default=False)
    SavedViewRow.objects.filter(id=view_id).update(is_default=on)


@transaction.atomic
def delete_view(*, actor: Actor, view_id: UUID, now: datetime) -> None:
    """Delete a view; what it showed is not touched."""
    row = _own(actor, view_id)
    _note(actor, "delete_view", row, now)
    row.delete()


def _beside(owner_id: UUID, listing: str, office: Office | None) -> QuerySet[SavedViewRow]:
    rows = SavedViewRow.objects.filter(listing=listing)
    if office is None:
        return rows.filter(actor_id=owner_id, office="")
    return rows.filter(institution=office.institution, office=office.role)


def _own(actor: Actor, view_id: UUID) -> SavedViewRow:
    """The row of a view that the actor may change."""
    found = view(actor, view_id)
    row = SavedViewRow.objects.select_for_update().filter(id=view_id).first()
    if row is None:
        raise NotFound("view_unknown", "There is no such view. It may have been deleted.")
    permit(may_change_view(actor, row.actor_id, found.office), "change this view")
    return row


def _kept(row: SavedViewRow) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused("view_exists", "This list has a view of that name. Choose another name.").at("name") from None


def _note(actor: Actor, verb: str, row: SavedViewRow, now: datetime) -> None:
    """What is shared with an office stands on its trail; what is one's own does not."""
    if row.office:
        after = {"name": row.name, "listing": row.listing, "office": row.office}
        subject = f"accounts.saved_view:{row.id}"
        audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, institution=row.institution)
