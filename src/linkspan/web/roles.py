"""People and roles of an institution or of this site: invite, end, look up who gave what, sign the list off."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import (
    Role,
    Terms,
    Wanted,
    gives_roles,
    grantable,
    may_end_access,
    may_end_account,
    may_grant,
    may_see_roles,
    may_sign_review,
)
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, done, identifier, page_number, post_only, signed_in, text, texts, ticked
from linkspan.web.tables import csv_file

#: The word in addresses for roles that hold everywhere.
PLATFORM = "platform"
HEADER = ("name", "email", "role", "given by", "given at", "ends at", "reason")
LARGEST_LIST = 20_000


class PersonAct(StrEnum):
    """What is done to one person."""

    END = "end"
    REOPEN = "reopen"
    RESET = "reset"


def place(school: str) -> str:
    """The institution that an address names; empty for everywhere."""
    return "" if school == PLATFORM else school


def _told(request: Request, school: str) -> dict[str, Any]:
    at = place(school)
    gives = grantable(request.actor, at)
    return {"school": school, "at": at, "gives": gives, "signs": may_sign_review(request.actor, at)}


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """Show the roles of the one place that the actor looks after, or let them choose."""
    actor = request.actor
    schools = sorted(actor.institutions_as(Role.REGISTRAR) | actor.institutions_as(Role.DEAN))
    if may_see_roles(actor, ""):
        schools = [PLATFORM, *sorted(queries.schools_with_roles(actor))]
    permit(bool(schools), "see the roles of an institution")
    if len(schools) == 1:
        return roles(request, schools[0])
    return render(request, "desk/role_places.html", {"schools": schools, "platform": PLATFORM})


@signed_in
def roles(request: Request, school: str) -> HttpResponse:
    """Who holds which role, with a search; and the invitations that wait."""
    actor, at = request.actor, place(school)
    q, role = request.GET.get("q", "").strip()[:100], request.GET.get("role", "")[:32]
    page = queries.roles_at(actor, at, text=q.replace("\0", ""), role=role, number=page_number(request))
    told = {
        "page": page,
        "rows": [(row, may_grant(actor, row.role, at)) for row in page.rows],
        "invitations": queries.open_invitations(actor, at),
        "q": q,
        "role": role,
        "all_roles": list(Role),
        "kept": urlencode({"q": q, "role": role}),
        "reviews": queries.reviews_at(actor, at)[:1],
    }
    return render(request, "desk/roles.html", told | _told(request, school))


@signed_in
def invite(request: Request, school: str) -> HttpResponse:
    """Invite several people to several roles at once; what fails is told by row, and what was typed is kept."""
    permit(gives_roles(request.actor) and bool(grantable(request.actor, place(school))), "give roles here")
    told = _told(request, school) | {"typed": request.POST, "chosen": request.POST.getlist("role")}
    if request.method != "POST":
        return render(request, "desk/role_invite.html", told)
    try:
        emails = text(request, "emails", LARGEST_LIST).replace(",", " ").replace(";", " ").split()
        chosen = texts(request, "role", len(Role))
        if not emails or not chosen:
            raise Unusable("rows_unusable", _("Enter at least one address and choose at least one role."))
        wanted = [Wanted(email, role, place(school)) for email in emails for role in chosen]
        done_ = actions.invite(actor=request.actor, wanted=wanted, terms=_terms(request), now=request.now)
    except Unusable as error:
        errors = error.reasons or (in_words(error),)
        return render(request, "desk/role_invite.html", told | {"errors": errors}, status=422)
    if done_.failed:
        errors = tuple(f"{row.one.email}, {_(row.one.role.replace('_', ' '))}: {in_words(row)}" for row in done_.failed)
        kept = {"errors": errors, "sent": len(done_.done), "left": " ".join({row.one.email: 0 for row in done_.failed})}
        return render(request, "desk/role_invite.html", told | kept, status=409)
    words = ngettext("{n} invitation is sent.", "{n} invitations are sent.", len(done_.done))
    return done(request, words.format(n=len(done_.done)), "roles-roles", school)


def _terms(request: Request) -> Terms:
    ends = _day(request, "ends")
    return Terms(
        text(request, "why", 500),
        _day(request, "starts"),
        ends + timedelta(days=1) if ends else None,
        ticked(request, "despite"),
    )


def _day(request: Request, name: str) -> datetime | None:
    """The beginning of a day that a form names, in UTC."""
    given = text(request, name, 10)
    if not given:
        return None
    try:
        day = parse_date(given)
    except ValueError:
        day = None
    if day is None or day.year > 9000:
        raise Unusable("date_unusable", _("Enter dates as year-month-day, such as 2027-06-30."))
    return datetime.combine(day, time(), UTC)


@post_only
@signed_in
def end(request: Request, school: str) -> HttpResponse:
    """End the roles that are ticked."""
    unknown = NotFound("grant_unknown", _("There is no such role, or it has ended already."))
    ids = [identifier(one, unknown) for one in texts(request, "grant", 200)]
    if not ids:
        raise Unusable("rows_unusable", _("Choose at least one role to end."))
    found = actions.revoke_roles(actor=request.actor, grant_ids=ids, why=text(request, "why", 500), now=request.now)
    for one in found.failed:
        messages.error(request, in_words(one))
    words = ngettext("{n} role has ended.", "{n} roles have ended.", len(found.done))
    return done(request, words.format(n=len(found.done)), "roles-roles", school)


@signed_in
@acts(PersonAct)
def person(request: Request, school: str, person_id: UUID, do: PersonAct | None = None) -> HttpResponse:
    """One person's roles here, who gave and took which and when; a post ends all access, or opens the account again."""
    actor, at = request.actor, place(school)
    if request.method == "POST":
        why = text(request, "why", 500)
        if do is PersonAct.REOPEN:
            actions.reopen_account(actor=actor, person_id=person_id, why=why, now=request.now)
            return done(request, _("The person can sign in again. Roles are given anew."), request.path)
        if do is PersonAct.RESET:
            actions.reset_second_factor(actor=actor, person_id=person_id, why=why, now=request.now)
            return done(request, _("The second factor is gone. They set up another one."), request.path)
        actions.end_access(actor=actor, person_id=person_id, institution=at, why=why, now=request.now)
        return done(request, _("All access here has ended, with sign-ins and tokens."), "roles-roles", school)
    held = queries.roles_of_person(actor, person_id, at)
    history = queries.role_history(actor, person_id, at)
    if not held and not history:
        raise NotFound("person_unknown", _("There is no such person with a role here."))
    told = {
        "who": queries.whose(person_id),
        "held": held,
        "history": history,
        "ends": may_end_access(actor, person_id, at),
        "resets": may_end_account(actor, person_id) and queries.has_second_factor(person_id),
    }
    return render(request, "desk/role_person.html", told | _told(request, school))


@post_only
@signed_in
def withdraw(request: Request, school: str, invitation_id: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    actions.withdraw_invitation(actor=request.actor, invitation_id=invitation_id, now=request.now)
    return done(request, _("The invitation is withdrawn. Its link opens nothing."), "roles-roles", school)


@signed_in
def review(request: Request, school: str) -> HttpResponse:
    """The list of roles before it is signed off, and who signed before; a post signs."""
    actor, at = request.actor, place(school)
    if request.method == "POST":
        note, seen = text(request, "note", 500), text(request, "list", 64)
        actions.sign_review(actor=actor, institution=at, seen=seen, note=note, now=request.now)
        return done(request, _("You signed the list off."), request.path)
    found = queries.list_to_sign(actor, at)
    told = {"sha256": found.sha256, "count": len(found.rows), "reviews": queries.reviews_at(actor, at)}
    return render(request, "desk/role_review.html", told | _told(request, school))


@signed_in
def listed(request: Request, school: str) -> HttpResponse:
    """The list of roles as CSV."""
    return csv_file("roles.csv", HEADER, queries.listed(request.actor, place(school)))


@signed_in
def signed(request: Request, school: str, review_id: UUID) -> HttpResponse:
    """The list as it was signed, as CSV."""
    return csv_file("roles-signed.csv", HEADER, queries.signed_list(request.actor, review_id))
