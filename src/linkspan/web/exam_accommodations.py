"""Accommodations of an exam: asked for by its learner, several at once; decided on the desk, with the evidence."""

from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.exams import actions, queries
from linkspan.exams.rules import Accommodation, AccommodationKind, may_list_accommodations
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.papers import type_of
from linkspan.kernel.request import Request
from linkspan.web.accommodation_words import KINDS
from linkspan.web.exam_client import client_of, gated
from linkspan.web.pages import acts, day_in, done, names_of, page_number, post_only, signed_in, text, upload
from linkspan.web.tables import as_file


class Decision(StrEnum):
    """What becomes of a request."""

    GRANT = "grant"
    REFUSE = "refuse"


@signed_in
def mine(request: Request, code: str) -> HttpResponse:
    """What is arranged for me in an exam, what I asked for, and the form that asks for more."""
    exam, actor = queries.exam(code), request.actor
    if request.method == "POST":
        document = upload(request, "document") if request.FILES.get("document") else None
        actions.request_accommodations(
            actor=actor, code=code, asked=_asked(request), document=document, now=request.now
        )
        return done(request, _("Your request is in. You are told when it is decided."), request.path)
    requests = [one for one in queries.accommodations_of(actor, actor.own_id) if one.exam_code == code]
    told = {
        "exam": exam,
        "arranged": queries.arranged_for(actor, actor.own_id, code, request.now),
        "requests": requests,
        "kinds": KINDS,
    }
    return render(request, "exam_accommodations.html", told)


def _asked(request: Request) -> list[Accommodation]:
    chosen = [kind for kind in AccommodationKind if request.POST.get(f"wants_{kind}")]
    return [
        Accommodation(
            kind,
            _number(request, f"amount_{kind}") if kind.numbered else 0,
            _number(request, "times_breaks") if kind is AccommodationKind.BREAKS else 0,
            text(request, f"words_{kind}"),
        )
        for kind in chosen
    ]


def _number(request: Request, name: str) -> int:
    """A whole number; 0 where nothing is typed. Unusable for anything else."""
    given = text(request, name, 12)
    if given and not (given.isascii() and given.isdigit()):
        raise Unusable("number_unusable", _("Enter a whole number.")).at(name)
    return int(given or "0")


@signed_in
def desk(request: Request) -> HttpResponse:
    """Requests that wait for me, of one kind or of all."""
    kind = _kind(request)
    waiting = queries.accommodation_queue(request.actor, kind)
    told = {"accommodations": waiting, "names": names_of(request, {row.learner_id for row in waiting})}
    return render(request, "desk/exam_accommodations.html", told | {"kinds": KINDS, "kind": kind})


@signed_in
def granted(request: Request, code: str) -> HttpResponse:
    """What stands in an exam, of one kind or of all."""
    exam, kind = queries.exam(code), _kind(request)
    permit(may_list_accommodations(request.actor, exam.institution), "see accommodations here")
    page = queries.granted_list(request.actor, code, kind, number=page_number(request))
    told: dict[str, Any] = {"exam": exam, "page": page, "kinds": KINDS, "kind": kind}
    told["names"] = names_of(request, {row.learner_id for row in page.rows}, at=exam.institution)
    told["kept"] = urlencode({"kind": kind}) if kind else ""
    return render(request, "desk/exam_arranged.html", told)


def _kind(request: Request) -> AccommodationKind | None:
    given = request.GET.get("kind", "")
    return AccommodationKind(given) if given in set(AccommodationKind) else None


@post_only
@signed_in
@acts(Decision)
def decide(request: Request, accommodation_id: UUID, do: Decision) -> HttpResponse:
    """Grant a request, or part of it, or refuse it."""
    numbers = {name: _number(request, name) for name in ("amount", "times") if text(request, name, 12)}
    actions.decide_accommodation(
        actor=request.actor,
        accommodation_id=accommodation_id,
        approve=do is Decision.GRANT,
        reason=text(request, "reason"),
        last_day=day_in(request, "last_day") if text(request, "last_day", 10) else None,
        now=request.now,
        **numbers,
    )
    return done(request, _("The request is decided."), "exam_desk-desk")


@signed_in
def document(request: Request, accommodation_id: UUID) -> HttpResponse:
    """The evidence behind a request, as a download; every reading goes on the trail."""
    content = actions.open_accommodation_document(
        actor=request.actor, accommodation_id=accommodation_id, now=request.now
    )
    kind = type_of(content) or "application/octet-stream"
    response = as_file(content, kind, f"evidence.{kind.rpartition('/')[2]}")
    response["Cache-Control"] = "private, no-store"
    return response


@post_only
@signed_in
@gated
def begin_break(request: Request, attempt_id: UUID) -> HttpResponse:
    """Begin a break: the clock stands."""
    client = client_of(request, attempt_id)
    actions.begin_break(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client)
    return redirect("exam_page-attempt", attempt_id)


@post_only
@signed_in
@gated
def end_break(request: Request, attempt_id: UUID) -> HttpResponse:
    """Go on after a break."""
    client = client_of(request, attempt_id)
    actions.end_break(actor=request.actor, attempt_id=attempt_id, now=request.now, client=client)
    return redirect("exam_page-attempt", attempt_id)
