"""A learner's plans, the links by which others see them, and the calendar of deadlines."""

from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linkspan.admissions.queries import deadlines_ahead
from linkspan.institutions.queries import institution_names
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries
from linkspan.pathways.engines.calendar import feed as calendar_feed
from linkspan.pathways.queries import network_on
from linkspan.pathways.rules import Supposed, What, from_json
from linkspan.web.network import supposed_from
from linkspan.web.pages import acts, done, post_only, signed_in, text, texts, ticked


class PlanAct(StrEnum):
    """What is done with a plan."""

    SHARE = "share"
    DELETE = "delete"


class Keep(StrEnum):
    """Whether a pathway stays in view."""

    KEEP = "keep"
    DROP = "drop"


class Feed(StrEnum):
    """What becomes of the calendar's address."""

    OPEN = "open"
    CLOSE = "close"


ASKS = ("program", "course", "test", "degree", "years")


@signed_in
def plans(request: Request) -> HttpResponse:
    """My plans, what I keep in view, what comes when, and the address of my calendar; a post saves a plan."""
    if request.method == "POST":
        plan_id = actions.save_plan(
            actor=request.actor,
            title=text(request, "title", 200),
            agreements=texts(request, "p", 50),
            supposed=_supposed(request),
            now=request.now,
        )
        return done(request, _("Your plan is saved."), "plans-plan", plan_id)
    learner_id = request.actor.own_id
    token = queries.feed_token(request.actor)
    watched = queries.watched_agreements(learner_id)
    told = {
        "plans": queries.plans_of(request.actor, learner_id),
        "saved": [row for row in network_on(request.now.date()) if row.agreement.id in watched],
        "names": institution_names(),
        "deadlines": deadlines_ahead(watched, request.now),
        "feed": settings.BASE_URL + reverse("plans-calendar", args=[token]) if token else "",
    }
    return render(request, "plans.html", told)


def _supposed(request: Request) -> Supposed | None:
    return supposed_from(request) if any(request.POST.get(name) for name in ASKS) else None


@signed_in
@acts(PlanAct)
def plan(request: Request, plan_id: UUID, do: PlanAct | None = None) -> HttpResponse:
    """One plan with its answers and its links; a post shares or deletes it."""
    found = queries.plan(request.actor, plan_id)
    if do is PlanAct.DELETE:
        actions.delete_plan(actor=request.actor, plan_id=plan_id)
        return done(request, _("The plan is deleted, its links with it."), "plans-plans")
    if do is PlanAct.SHARE:
        days = text(request, "days", 4)
        if not (days.isascii() and days.isdigit()):
            raise Unusable("share_unusable", "Write for how many days the link shall live.")
        with_answers = ticked(request, "answers")
        actions.share_plan(
            actor=request.actor, plan_id=plan_id, with_answers=with_answers, days=int(days), now=request.now
        )
        return done(request, _("The link is made. Whoever has it sees the plan until it ends."), "plans-plan", plan_id)
    told = {
        "plan": found,
        "shares": [{"share": share, "works": share.works(request.now)} for share in found.shares],
        "base": settings.BASE_URL,
        "supposed": from_json(found.supposed) if found.supposed else None,
        **_about(request, found.agreements),
    }
    return render(request, "plan.html", told)


def shared(request: Request, token: str) -> HttpResponse:
    """A plan that somebody shared: its pathways and dates, and the answers only if its owner chose so."""
    found, share = queries.shared_plan(token, request.now)
    told = {
        "plan": found,
        "share": share,
        "supposed": from_json(found.supposed) if found.supposed else None,
        **_about(request, found.agreements),
    }
    response = render(request, "plan_shared.html", told)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response


def _about(request: Request, agreements: tuple[str, ...]) -> dict[str, object]:
    rows = {row.agreement.id: row for row in network_on(request.now.date())}
    return {
        "rows": [rows[name] for name in agreements if name in rows],
        "gone": [name for name in agreements if name not in rows],
        "names": institution_names(),
        "deadlines": deadlines_ahead(agreements, request.now),
    }


@post_only
@signed_in
def revoke(request: Request, share_id: UUID) -> HttpResponse:
    """End a link."""
    actions.revoke_share(actor=request.actor, share_id=share_id, now=request.now)
    return done(request, _("The link is ended."), "plans-plans")


@post_only
@signed_in
@acts(Keep)
def keep(request: Request, agreement_id: str, do: Keep) -> HttpResponse:
    """Keep a pathway in view, or no longer."""
    wanted = do is Keep.KEEP
    actions.keep_pathway(actor=request.actor, agreement_id=agreement_id, keep=wanted, now=request.now)
    words = _("Kept in view: you are told when it changes.") if wanted else _("Taken away.")
    return done(request, words, reverse("plans-plans") if wanted else reverse("pathways-mine"))


@post_only
@signed_in
@acts(Feed)
def feed(request: Request, do: Feed) -> HttpResponse:
    """Open the calendar, or make its address worthless."""
    if do is Feed.CLOSE:
        actions.close_feed(actor=request.actor, now=request.now)
        return done(request, _("The address shows nothing any more."), "plans-plans")
    actions.open_feed(actor=request.actor, now=request.now)
    return done(request, _("Your calendar has an address. Keep it to yourself."), "plans-plans")


@require_safe
def calendar(request: Request, token: str) -> HttpResponse:
    """The deadlines of whoever has this secret address, as iCalendar."""
    watched = queries.watched_agreements(queries.feed_owner(token))
    words = {
        What.OPENS: _("Applications open"),
        What.CLOSES: _("Applications close"),
        What.DECIDED: _("Decisions"),
    }
    body = calendar_feed(
        deadlines_ahead(watched, request.now),
        words,
        name=_("Linkspan deadlines"),
        base_url=settings.BASE_URL,
        now=request.now,
    )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="linkspan.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response
