"""The agreement desk: every pathway of one's institution from interest to active, and one version to decide on."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.institutions.queries import institutions
from linkspan.kernel.errors import LinkspanError, Unusable, permit
from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries
from linkspan.pathways.queries import agreements_on, differing_page
from linkspan.pathways.rules import MOVES, Status, agreement_in_words, check_asked, difference_in_words, parties_of
from linkspan.web.acts import ask
from linkspan.web.agreements.codes import program_codes
from linkspan.web.pages import acts, choice, done, names_of, page_number, post_only, signed_in, text


class Act(StrEnum):
    """What a party does with a version."""

    APPROVE = "approve"
    WITHDRAW = "withdraw"
    COMMENT = "comment"
    MOVE = "move"
    IMPACT = "impact"
    NEXT = "next"


#: The stops of a candidate pathway, in order.
STOPS = (Status.DRAFT, Status.IN_QUALIFICATION, Status.PARTNER_REVIEW, Status.APPROVED, Status.ACTIVE)


@signed_in
def overview(request: Request) -> HttpResponse:
    """All agreements and drafts of my institutions, how far each is, and the form that begins another."""
    mine = sorted(queries.institutions_of(request.actor))
    permit(bool(mine), "see the agreement desk")
    versions = queries.own_versions(request.actor)
    told = {
        "mine": mine,
        "rows": [{"version": version, "stops": stops(version.status)} for version in versions],
        "drafts": queries.own_drafts(request.actor),
        "institutions": institutions(),
        "codes": program_codes((one.code for one in institutions()), request.now.date()),
        "templates": agreements_on(request.now.date()),
    }
    return render(request, "desk/agreements.html", told)


def stops(status: Status) -> list[dict[str, str]]:
    """The stops with what is behind, where it stands, and what is ahead."""
    at = STOPS.index(status) if status in STOPS else len(STOPS)
    classes = ["done"] * at + ["here"] + [""] * len(STOPS)
    return [{"name": str(stop), "state": state} for stop, state in zip(STOPS, classes, strict=False)]


@signed_in
def version(request: Request, agreement_id: str, version: int) -> HttpResponse:
    """A version in words: what differs, what the check says, who approved, remarks, and what can be done next."""
    found = queries.version_detail(request.actor, agreement_id, version)
    others = queries.versions_of(request.actor, agreement_id)
    before = _compared(request, found, others)
    sides = parties_of(request.actor, found.sending, found.receiving)
    given = {approval.party for approval in found.approvals}
    told = {
        "version": found,
        "keeper": _keeper(request, found, sides),
        "others": others,
        "before": before,
        "lines": agreement_in_words(found.terms),
        "differences": difference_in_words(before.terms, found.terms) if before else (),
        "problems": queries.problems_beside(request.actor, found.terms),
        "comments": queries.comments_on(request.actor, agreement_id, version),
        "reports": queries.impact_reports(request.actor, agreement_id, version),
        "sides": sides,
        "may_approve": found.status in (Status.PARTNER_REVIEW, Status.IN_QUALIFICATION) and set(sides) - given,
        "may_withdraw": found.status in (Status.PARTNER_REVIEW, Status.APPROVED) and set(sides) & given,
        "moves": [to for to in sorted(MOVES[found.status]) if sides and _asked(found.status, to)],
        "stops": stops(found.status),
    }
    return render(request, "desk/agreement_version.html", told)


def _keeper(request: Request, found: queries.Version, sides: Sequence[str]) -> str:
    """Who looks after it, by name, for colleagues of the institution that wrote it."""
    if found.keeper_id is None:
        return ""
    named = [queries.keepers_of(request.actor, str(getattr(found, side))) for side in sides]
    return next((people[found.keeper_id] for people in named if found.keeper_id in people), "")


def _compared(request: Request, found: queries.Version, others: tuple[queries.Version, ...]) -> queries.Version | None:
    """The version that this one is compared with: the one asked for, else the one before."""
    asked = request.GET.get("with", "")
    earlier = [other for other in others if other.version < found.version]
    if asked.isascii() and asked.isdigit() and len(asked) < 7:
        return next((other for other in others if other.version == int(asked) != found.version), None)
    return earlier[-1] if earlier else None


def _asked(standing: Status, to: Status) -> bool:
    try:
        check_asked(standing, to)
    except LinkspanError:
        return False
    return True


@post_only
@signed_in
@acts(Act)
def act(request: Request, agreement_id: str, version: int, do: Act) -> HttpResponse:
    """Approve, take an approval back, remark, move, make the impact report, or begin the next version."""
    answer = VERBS[do](request, {"actor": request.actor, "agreement_id": agreement_id, "version": version})
    return answer or redirect("agreements-desk-version", agreement_id, version)


def _approve(request: Request, on: dict[str, Any]) -> HttpResponse:
    actions.approve_version(**on, seen_sha256=text(request, "sha256", 64), now=request.now)
    return done(request, _("Your institution approved these terms."), _page(on))


def _withdraw(request: Request, on: dict[str, Any]) -> HttpResponse:
    actions.withdraw_approval(**on, reason=text(request, "reason"), now=request.now)
    return done(request, _("The approval is taken back."), _page(on))


def _comment(request: Request, on: dict[str, Any]) -> HttpResponse:
    actions.comment_on_version(
        **on, clause=text(request, "clause", 64), text=text(request, "comment", 5000), now=request.now
    )
    return done(request, _("Your remark is there for both parties."), _page(on))


def _move(request: Request, on: dict[str, Any]) -> HttpResponse:
    to, until = choice(request, "to", Status), text(request, "until", 10)
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError as error:
        raise Unusable("date_unusable", _("Write a date such as 2019-09-01.")) from error
    return ask(
        request,
        actions.MOVE,
        subject=actions.of_version(on["agreement_id"], on["version"]),
        fields={"to": str(to), "until": day.isoformat() if day else ""},
        back=_page(on),
    )


def _impact(request: Request, on: dict[str, Any]) -> HttpResponse:
    report_id = actions.report_version_impact(**on, now=request.now)
    return redirect("agreements-desk-impact_page", report_id)


def _next(request: Request, on: dict[str, Any]) -> HttpResponse:
    found = queries.version_detail(request.actor, on["agreement_id"], on["version"])
    sides = parties_of(request.actor, found.sending, found.receiving)
    permit(bool(sides), "draft for this agreement")
    owner = str(getattr(found, sides[0]))
    draft_id = actions.start_draft(actor=request.actor, owner=owner, document=found.document, now=request.now)
    return redirect("agreements-editor-edit", draft_id)


def _page(on: dict[str, Any]) -> str:
    return reverse("agreements-desk-version", args=[on["agreement_id"], on["version"]])


VERBS = {
    Act.APPROVE: _approve,
    Act.WITHDRAW: _withdraw,
    Act.COMMENT: _comment,
    Act.MOVE: _move,
    Act.IMPACT: _impact,
    Act.NEXT: _next,
}


@signed_in
def differing(request: Request) -> HttpResponse:
    """Whose outcome would be another by the present rules, by name for those whose work is with them."""
    page = differing_page(request.actor, number=page_number(request))
    names = names_of(request, {row.learner_id for row in page.rows})
    rows = [{"audit": row, "name": names.get(row.learner_id, "")} for row in page.rows]
    return render(request, "desk/differing.html", {"page": page, "rows": rows})


@signed_in
def impact_page(request: Request, report_id: UUID) -> HttpResponse:
    """An impact report: totals, and the people whom one may see."""
    report = actions.read_impact(actor=request.actor, report_id=report_id, now=request.now)
    return render(request, "desk/agreement_impact.html", {"report": report, "totals": report.result["totals"]})
