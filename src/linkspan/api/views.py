"""Saved views of the desks' lists: the caller's own and those of their offices."""

from uuid import UUID

from ninja import Schema
from pydantic import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import Office, Role, SavedView, ViewAsk
from linkspan.api.answers import Done, Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.kernel.request import Request
from linkspan.screens.lists import ListName

router = Router()


class OfficeIn(Schema):
    """An office of the caller, by role and institution."""

    role: Role
    institution: str


class ViewIn(Posted):
    """A view to save: what is asked of the list; with an office, for all who work there."""

    listing: ListName
    name: str
    text: str = ""
    filters: dict[str, str] = Field(default_factory=dict)
    sort: str = ""
    since: str = ""
    until: str = ""
    columns: list[str] = Field(default_factory=list)
    office: OfficeIn | None = None


class ViewNameIn(Posted):
    """The new name."""

    name: str


class ViewDefaultIn(Posted):
    """Whether the list opens with the view."""

    on: bool


@router.get("/", operation_id="saved_views")
def views_of(request: Request, listing: ListName) -> tuple[SavedView, ...]:
    """The views of a list that the caller can choose."""
    return queries.views_of(request.actor, listing)


@router.post("/", operation_id="save_view")
@idempotent
def save_view(request: Request, body: ViewIn) -> Made:
    """Save what is asked of a list under a name, for the caller or for one of their offices."""
    ask = ViewAsk(body.text, body.filters, body.sort, body.since, body.until, tuple(body.columns))
    office = Office(body.office.role, body.office.institution) if body.office else None
    return Made(
        actions.save_view(
            actor=request.actor, listing=body.listing, name=body.name, ask=ask, office=office, now=request.now
        )
    )


@router.post("/{uuid:view_id}/name", operation_id="rename_view")
@idempotent
def rename_view(request: Request, view_id: UUID, body: ViewNameIn) -> Done:
    """Give a view another name."""
    actions.rename_view(actor=request.actor, view_id=view_id, name=body.name, now=request.now)
    return Done()


@router.post("/{uuid:view_id}/default", operation_id="choose_default_view")
@idempotent
def choose_default_view(request: Request, view_id: UUID, body: ViewDefaultIn) -> Done:
    """Have the list open with a view of the caller's own on its page, or no longer."""
    actions.choose_default_view(actor=request.actor, view_id=view_id, on=body.on)
    return Done()


@router.post("/{uuid:view_id}/delete", operation_id="delete_view")
@idempotent
def delete_view(request: Request, view_id: UUID, body: NothingIn) -> Done:
    """Delete a view; what it showed is not touched."""
    actions.delete_view(actor=request.actor, view_id=view_id, now=request.now)
    return Done()
