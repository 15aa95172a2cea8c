"""A course as a learner sees it, for its staff: at a date, as a learner of it or as a fresh one; nothing is kept."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linkspan.accounts.queries import account_at
from linkspan.catalog.rules import CourseRun
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import may_preview
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted
from linkspan.kernel.request import Request
from linkspan.kernel.written import kept
from linkspan.web.content import SANDBOX, Eyes, address_for
from linkspan.web.pages import signed_in

LONGEST = 300


@require_GET
@signed_in
def outline(request: Request, run_id: str) -> HttpResponse:
    """Choose whose eyes and which date; the outline as it is then."""
    run = queries.authored_run(request.actor, run_id)
    told = _told(request, run)
    try:
        eyes = _eyes(request, run)
        told["course"] = queries.preview_outline(request.actor, run_id, eyes.learner_id, eyes.at, eyes.group)
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
    found = queries.preview(request.actor, run_id, eyes.learner_id, eyes.at, eyes.group)
    told = _told(request, run) | {
        "unit": queries.place(found.course, found.root, name),
        "frame": f"{address_for(request, run_id, eyes)}unit/{name}/",
        "sandbox": SANDBOX,
    }
    return render(request, "desk/unit_preview.html", told)


def _told(request: Request, run: CourseRun) -> dict[str, object]:
    learner, at, group = (request.GET.get(name, "")[:LONGEST] for name in ("learner", "at", "group"))
    return {
        "run": run,
        "learner": learner,
        "at": at or f"{request.now.astimezone(ZoneInfo(run.time_zone)):%Y-%m-%dT%H:%M}",
        "shown_at": f"{at} {run.time_zone}" if at else kept(request.now, run.time_zone),
        "kept": urlencode({"learner": learner, "at": at, "group": group}),
        "group": group,
        "groups": queries.content_groups_of(request.actor, run.id),
        "may_name": may_preview(request.actor, run.course.institution, as_learner=True),
    }


def _eyes(request: Request, run: CourseRun) -> Eyes:
    learner = _learner(request, request.GET.get("learner", "").strip())
    return Eyes(learner, _at(request, run), request.GET.get("group", "")[:LONGEST])


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
