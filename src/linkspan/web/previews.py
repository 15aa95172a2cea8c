"""A course as a learner sees it, for its staff: at a date, as one of its learners or as a fresh one.

Nothing is kept of them. Where staff answer on trial, what they answer stays with them until they begin again.
"""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linkspan.accounts.queries import account_at
from linkspan.catalog.rules import CourseRun
from linkspan.courseware import actions, queries
from linkspan.courseware.engines.told import TAUGHT
from linkspan.courseware.rules import may_preview
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.written import kept
from linkspan.web.content import SANDBOX, Eyes, address_for
from linkspan.web.courseware import answered, as_json, called, redrawn
from linkspan.web.pages import acts, done, post_only, signed_in

LONGEST = 300


@require_GET
@signed_in
def outline(request: Request, run_id: str) -> HttpResponse:
    """Choose whose eyes and which date; the outline as it is then."""
    run = queries.authored_run(request.actor, run_id)
    told = _told(request, run)
    try:
        eyes = _eyes(request, run)
        told["course"] = queries.preview_outline(
            request.actor, run_id, eyes.learner_id, eyes.at, eyes.group, on_trial=eyes.on_trial
        )
    except NotPermitted:
        raise
    except LinkspanError as error:
        return render(request, "desk/course_preview.html", told | {"problem": error}, status=error.status)
    return render(request, "desk/course_preview.html", told)


@require_GET
@signed_in
def unit(request: Request, run_id: str, name: str) -> HttpResponse:
    """The page around a unit in a preview."""
    run = queries.authored_run(request.actor, run_id)
    eyes = _eyes(request, run)
    found = eyes.seen(request.actor, run_id)
    here = queries.place(found.course, found.root, name)
    told = _told(request, run) | {
        "unit": here,
        "frame": f"{address_for(request, run_id, eyes)}unit/{name}/",
        "sandbox": SANDBOX,
        "problems": " ".join(leaf.id for leaf in here.leaves if leaf.type == "problem"),
        "parts": " ".join(leaf.id for leaf in here.leaves if leaf.type not in TAUGHT),
        "failed": _("The answer was not sent. Check your connection, then submit again."),
    }
    return render(request, "desk/unit_preview.html", told)


@post_only
@signed_in
@acts(actions.Act)
def answer(request: Request, run_id: str, name: str, do: actions.Act) -> HttpResponse:
    """Do one act at a problem on trial; the problem as it looks then, or a refusal, as JSON. It counts nowhere."""
    usage, status = request.POST.get("usage", "")[:LONGEST], 200
    told: dict[str, object] = {}
    try:
        eyes = _eyes(request, queries.authored_run(request.actor, run_id))
        stage = eyes.stage(run_id)
        try:
            told["outcome"] = actions.rehearse_act(
                actor=request.actor, stage=stage, name=name, usage=usage, act=do, now=request.now, **answered(request)
            )
        except LinkspanError as error:
            told["refusal"], status = in_words(error), error.status
        opened = actions.rehearse_unit(actor=request.actor, stage=stage, name=name, now=request.now)
    except LinkspanError as error:
        return as_json(error)
    block = next((block for block in opened.blocks if block.id == usage), None)
    if block is None:
        gone = _("Your answer is kept. This part is closed now: load the page again.")
        return JsonResponse({"code": "part_closed", "message": gone}, status=status)
    told |= {"block": block, "shown": block.problem, "answered": usage}
    return redrawn(request, run_id, told, address_for(request, run_id, eyes), status)


@post_only
@signed_in
def handle(request: Request, run_id: str, name: str) -> HttpResponse:
    """What a block of a package answers its own script on trial, as JSON."""
    try:
        stage = _eyes(request, queries.authored_run(request.actor, run_id)).stage(run_id)
        told = actions.rehearse_call(actor=request.actor, stage=stage, name=name, now=request.now, **called(request))
    except LinkspanError as error:
        return as_json(error)
    return JsonResponse({"status": told.status, "type": told.type, "body": told.body})


@require_GET
@signed_in
def to(request: Request, run_id: str, name: str) -> HttpResponse:
    """Where a link in a course leads within the preview."""
    found = _eyes(request, queries.authored_run(request.actor, run_id)).seen(request.actor, run_id)
    there = reverse("previews-unit", args=[run_id, queries.unit_around(found.root, name)])
    return redirect(f"{there}?{_kept(request)}")


@post_only
@signed_in
def again(request: Request, run_id: str) -> HttpResponse:
    """Forget what was answered on trial in this place."""
    stage = _eyes(request, queries.authored_run(request.actor, run_id)).stage(run_id)
    actions.begin_again(actor=request.actor, stage=stage)
    there = reverse("previews-outline", args=[run_id])
    return done(request, _("The trial begins again. Nothing is left of its answers."), f"{there}?{_kept(request)}")


def _told(request: Request, run: CourseRun) -> dict[str, object]:
    learner, at, group = (request.GET.get(name, "")[:LONGEST] for name in ("learner", "at", "group"))
    return {
        "run": run,
        "learner": learner,
        "at": at or f"{request.now.astimezone(ZoneInfo(run.time_zone)):%Y-%m-%dT%H:%M}",
        "shown_at": f"{at} {run.time_zone}" if at else kept(request.now, run.time_zone),
        "kept": _kept(request),
        "on_trial": _on_trial(request),
        "group": group,
        "groups": queries.content_groups_of(request.actor, run.id),
        "may_name": may_preview(request.actor, run.course.institution, as_learner=True),
    }


def _eyes(request: Request, run: CourseRun) -> Eyes:
    learner = _learner(request, request.GET.get("learner", "").strip())
    return Eyes(learner, _at(request, run), request.GET.get("group", "")[:LONGEST], _on_trial(request))


def _on_trial(request: Request) -> bool:
    return request.GET.get("trial") == "yes"


def _kept(request: Request) -> str:
    """Whose eyes, and when, for the next page."""
    told = {name: request.GET.get(name, "")[:LONGEST] for name in ("learner", "at", "group")}
    return urlencode(told | ({"trial": "yes"} if _on_trial(request) else {}))


def _learner(request: Request, email: str) -> UUID | None:
    """Whom the address belongs to; None for a fresh learner."""
    if not email:
        return None
    found = account_at(request.actor, email)
    if found is None:
        raise NotFound("learner_unknown", _("Nobody with this address studies in this run."))
    return found


def _at(request: Request, run: CourseRun) -> datetime:
    given = request.GET.get("at", "")
    return actions.due_of(given, run.time_zone) if given else request.now
