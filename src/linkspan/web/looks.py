"""How what an institution issues looks: its mark and colours, looked at before they count, and who signs."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.accounts.rules import Role
from linkspan.credentials.queries import badge_sample, look_sample
from linkspan.institutions import actions, queries
from linkspan.institutions.engines.pictures import LARGEST_PICTURE, as_svg
from linkspan.institutions.rules import Look
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, day_in, done, post_only, signed_in, text, upload


class LookAct(StrEnum):
    """What is done with a look."""

    DRAFT = "draft"
    PUBLISH = "publish"
    DISCARD = "discard"


class Shown(StrEnum):
    """Which look is shown."""

    DRAFT = "draft"
    NOW = "now"


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """Lead to the institution whose look the actor decides on, or let them choose."""
    schools = sorted(request.actor.institutions_as(Role.REGISTRAR))
    permit(bool(schools), "decide how this institution looks")
    if len(schools) == 1:
        return redirect("looks-look", schools[0])
    return render(request, "desk/look_places.html", {"schools": schools})


@signed_in
@acts(LookAct)
def look(request: Request, school: str, do: LookAct | None = None) -> HttpResponse:
    """The look in force, the draft, and who signs; a post keeps a draft, publishes it or throws it away."""
    actor, now = request.actor, request.now
    if do is LookAct.DRAFT:
        actions.draft_look(
            actor=actor,
            institution=school,
            primary=text(request, "primary", 7),
            accent=text(request, "accent", 7),
            mark=upload(request, "mark", largest=LARGEST_PICTURE) if "mark" in request.FILES else None,
            mark_words=text(request, "mark_words", 200),
            now=now,
        )
        return done(
            request, _("The draft is saved. Look at it, then say from which day it counts."), "looks-look", school
        )
    if do is LookAct.PUBLISH:
        actions.publish_look(actor=actor, institution=school, valid_from=day_in(request, "valid_from"), now=now)
        return done(request, _("The look is published."), "looks-look", school)
    if do is LookAct.DISCARD:
        actions.discard_look(actor=actor, institution=school, now=now)
        return done(request, _("The draft is gone."), "looks-look", school)
    told = {
        "school": school,
        "published": queries.looks_of(actor, school),
        "draft": queries.drafted_look(actor, school),
        "current": queries.look_on(school, now.date()),
        "signatories": queries.signatories_of(actor, school),
        "today": now.date(),
    }
    return render(request, "desk/look.html", told)


@post_only
@signed_in
def enter(request: Request, school: str) -> HttpResponse:
    """Enter who signs."""
    last = text(request, "valid_to", 10)
    actions.enter_signatory(
        actor=request.actor,
        institution=school,
        name=text(request, "name", 120),
        title=text(request, "title", 200),
        valid_from=day_in(request, "valid_from"),
        valid_to=day_in(request, "valid_to") if last else None,
        signature=upload(request, "signature", largest=LARGEST_PICTURE) if "signature" in request.FILES else None,
        now=request.now,
    )
    return done(request, _("Entered: certificates of those days name them."), "looks-look", school)


@post_only
@signed_in
def end(request: Request, school: str, signatory_id: UUID) -> HttpResponse:
    """Set the last day on which somebody signs."""
    last = day_in(request, "valid_to")
    actions.end_signatory(actor=request.actor, signatory_id=signatory_id, valid_to=last, now=request.now)
    return done(request, _("The last day is set."), "looks-look", school)


@signed_in
def certificate(request: Request, school: str, shown: str) -> HttpResponse:
    """A certificate of nobody in the look."""
    drawn = look_sample(request.actor, school, _chosen(request, school, shown), request.now.date())
    return HttpResponse(drawn, content_type="image/png")


@signed_in
def badge(request: Request, school: str, shown: str) -> HttpResponse:
    """A badge of nothing in the look."""
    return HttpResponse(badge_sample(school, _chosen(request, school, shown)), content_type="image/png")


def _chosen(request: Request, school: str, shown: str) -> Look:
    draft = queries.drafted_look(request.actor, school)
    if shown == Shown.NOW:
        return queries.look_on(school, request.now.date())
    if draft is None:
        raise NotFound("look_not_drafted", "There is no draft.")
    return draft


def mark(request: Request, code: str) -> HttpResponse:
    """The mark of an institution for everybody; NotFound if it has none."""
    found = queries.look_on(queries.institution(code).code, request.now.date())
    if not found.mark.kind:
        raise NotFound("mark_unknown", "This institution has no mark.")
    answer = HttpResponse(as_svg(found.mark, 400, 400), content_type="image/svg+xml")
    answer["Content-Security-Policy"] = "default-src 'none'; img-src data:; sandbox"
    answer["Cache-Control"] = "public, max-age=3600"
    return answer
