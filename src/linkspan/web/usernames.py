"""Usernames of learning platforms: a learner links their own by proof; staff propose and decide for the others."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.courseware import actions, queries
from linkspan.courseware.rules import Named, may_decide_link, place_of
from linkspan.kernel.errors import LinkspanError, NotFound
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.screens.lists import ListName
from linkspan.web.lists import list_page
from linkspan.web.pages import acts, done, identifier, names_of, signed_in, text

#: The code that was asked for last, in the session.
CODE = "username_code"


class UsernameAct(StrEnum):
    """What a learner does with usernames."""

    CONFIRM = "confirm"
    ASK = "ask"
    CODE = "code"
    END = "end"


class LinkAct(StrEnum):
    """What staff do with a username."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    REFUSE = "refuse"
    END = "end"


@signed_in
@acts(UsernameAct)
def mine(request: Request, do: UsernameAct | None = None) -> HttpResponse:
    """The usernames with which I am linked, those that a platform has with my address, and a code for any other."""
    told: dict[str, Any] = {
        "links": queries.my_usernames(request.actor),
        "offered": queries.told_of_me(request.actor),
        "places": queries.places_told(),
        "asked": CODE in request.session,
    }
    if do is None:
        return render(request, "usernames.html", told)
    try:
        return _done(request, do)
    except LinkspanError as error:
        at = "code" if do is UsernameAct.CODE else "username" if do is UsernameAct.ASK else ""
        wrong = {"problem": in_words(error), "at": at, "typed": request.POST}
        return render(request, "usernames.html", told | wrong, status=error.status)


def _done(request: Request, do: UsernameAct) -> HttpResponse:
    actor, now = request.actor, request.now
    if do is UsernameAct.END:
        unknown = NotFound("username_unknown", "There is no such username at your institution.")
        actions.end_link(actor=actor, link_id=identifier(text(request, "link", 40), unknown), reason="", now=now)
        return done(request, _("The link has ended. What is on record stays."), "usernames-mine")
    if do is UsernameAct.CONFIRM:
        actions.link_by_address(actor=actor, named=_named(request), now=now)
    elif do is UsernameAct.ASK:
        request.session[CODE] = str(actions.ask_username_code(actor=actor, named=_named(request), now=now))
        words = _("If the platform has an address for this username, we mail a code to it. It works for 30 minutes.")
        return done(request, words, "usernames-mine")
    else:
        unknown = NotFound("code_unknown", "Ask for a code first.")
        asked = identifier(str(request.session.get(CODE, "")), unknown)
        actions.link_by_code(actor=actor, code_id=asked, code=text(request, "code", 40), now=now)
        del request.session[CODE]
    words = _("Linked. Grades from there go on your record when the school imports them.")
    return done(request, words, "usernames-mine")


def _named(request: Request) -> Named:
    institution, _sign, place = text(request, "where", 400).partition(" ")
    return Named(institution, place_of(place), text(request, "username", 200))


@signed_in
def desk(request: Request) -> HttpResponse:
    """The usernames that files of my institutions told, those that are nobody's yet first."""
    return list_page(request, "desk/usernames.html", ListName.USERNAMES, {})


@signed_in
@acts(LinkAct)
def one(request: Request, username_id: UUID, do: LinkAct | None = None) -> HttpResponse:
    """One username: what was said of it; staff propose a person, decide on a colleague's proposal, or end a link."""
    try:
        if do is not None:
            return _decided(request, username_id, do)
    except LinkspanError as error:
        if isinstance(error, NotFound):
            raise
        wrong = {"problem": in_words(error), "typed": request.POST}
        return render(request, "desk/username.html", _shown(request, username_id) | wrong, status=error.status)
    return render(request, "desk/username.html", _shown(request, username_id))


def _decided(request: Request, username_id: UUID, do: LinkAct) -> HttpResponse:
    actor, now = request.actor, request.now
    link = queries.username(actor, username_id).link
    if do is LinkAct.PROPOSE:
        email, reason = text(request, "email", 254), text(request, "reason", 500)
        actions.propose_link(actor=actor, username_id=username_id, email=email, reason=reason, now=now)
        return done(request, _("Proposed. A colleague decides."), "usernames-one", username_id)
    if link is None:
        return done(request, _("Nothing was changed: no link stands."), "usernames-one", username_id)
    if do is LinkAct.END:
        actions.end_link(actor=actor, link_id=link.id, reason=text(request, "reason", 500), now=now)
        return done(request, _("The link has ended. What is on record stays."), "usernames-one", username_id)
    actions.decide_link(actor=actor, link_id=link.id, accept=do is LinkAct.ACCEPT, now=now)
    words = _("Linked. The person is told.") if do is LinkAct.ACCEPT else _("The proposal is refused.")
    return done(request, words, "usernames-one", username_id)


def _shown(request: Request, username_id: UUID) -> dict[str, Any]:
    row = queries.username(request.actor, username_id)
    history = queries.links_of(row.named)
    names = names_of(request, {link.learner_id for link in history}, at=row.named.institution)
    may_decide = row.link is not None and may_decide_link(request.actor, row.link)
    return {"row": row, "history": history, "names": names, "may_decide": may_decide}
