"""Saved views of a list: saved from the list itself, renamed, made the default and deleted on a page of their own."""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import ViewAsk
from linkspan.kernel.request import Request
from linkspan.screens.lists import ListName
from linkspan.web.lists import LIST_FIELDS, address_of_view
from linkspan.web.notes import office_in
from linkspan.web.pages import acts, choice, done, page_here, post_only, signed_in, text, ticked


class ViewAct(StrEnum):
    """What is done with a view."""

    RENAME = "rename"
    DEFAULT = "default"
    NO_DEFAULT = "no_default"
    DELETE = "delete"


@post_only
@signed_in
def save(request: Request) -> HttpResponse:
    """Save what the list of the page is asked for, and go back to it under that view."""
    listing = choice(request, "listing", ListName)
    given = text(request, "office", 120)
    back = _back(request, text(request, "back", 2_000))
    asked = _asked(dict(parse_qsl(urlsplit(text(request, "back", 2_000)).query)))
    view_id = actions.save_view(
        actor=request.actor,
        listing=listing,
        name=text(request, "name", 200),
        ask=asked,
        office=office_in(given) if given else None,
        now=request.now,
    )
    if ticked(request, "as_default") and not given:
        actions.choose_default_view(actor=request.actor, view_id=view_id, on=True)
    found = queries.view(request.actor, view_id)
    return done(request, _("The view is saved."), f"{back}?{address_of_view(found)}")


@signed_in
@acts(ViewAct)
def one(request: Request, view_id: UUID, do: ViewAct | None = None) -> HttpResponse:
    """A view of mine or of my office: its name, whether the list opens with it, its end."""
    found = queries.view(request.actor, view_id)
    back = _back(request, request.GET.get("back", ""))
    if do is None:
        here = {"view": found, "back": back, "query": address_of_view(found)}
        return render(request, "desk/saved_view.html", here)
    if do is ViewAct.RENAME:
        actions.rename_view(actor=request.actor, view_id=view_id, name=text(request, "name", 200), now=request.now)
        return done(request, _("The view has another name."), f"{back}?{address_of_view(found)}")
    if do is ViewAct.DELETE:
        actions.delete_view(actor=request.actor, view_id=view_id, now=request.now)
        return done(request, _("The view is deleted."), f"{back}?q=")
    actions.choose_default_view(actor=request.actor, view_id=view_id, on=do is ViewAct.DEFAULT)
    return done(request, _("Saved."), f"{back}?{address_of_view(found)}")


def _back(request: Request, given: str) -> str:
    """The path of the list's page, if it is one of ours."""
    return urlsplit(page_here(request, given, resolve_url("desks-desk"))).path


def _asked(given: Mapping[str, str]) -> ViewAsk:
    """What an address asks of a list."""
    return ViewAsk(
        text=given.get("q", ""),
        filters={name: value for name, value in given.items() if name in LIST_FIELDS and value},
        sort=given.get("sort", ""),
        since=given.get("since", ""),
        until=given.get("until", ""),
        columns=tuple(one for one in given.get("cols", "").split(".") if one),
    )
