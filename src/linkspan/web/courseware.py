"""Courses: outline, units, the frame that shows a unit's content, answers, assets.

A unit's content is somebody else's HTML: it is shown in a frame of its own, with a content policy of its own. Problems
are plain forms that work without scripts; MathJax sets the formulas where scripts run.
"""

import mimetypes
from typing import Any
from urllib.parse import quote, urlencode

from csp.decorators import csp_replace
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from linkspan.courseware import actions, queries
from linkspan.kernel.errors import LinkspanError
from linkspan.web.pages import acts, post_only, signed_in

FRAME_POLICY = {
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "frame-ancestors": ["'self'"],
    "media-src": ["'self'", "https:"],
}


@signed_in
def course(request: HttpRequest, run_id: str) -> HttpResponse:
    """The outline with the learner's scores and grade."""
    found = queries.outline(request.actor, run_id, request.now)
    scores = queries.scores_of(request.actor.person_id, run_id)
    chapters = [
        {
            "title": chapter.title,
            "parts": [
                {
                    "title": part.title,
                    "format": part.format,
                    "units": [
                        {
                            "block": unit,
                            "problems": (problems := [leaf for leaf in unit.walk() if leaf.type == "problem"]),
                            "answered": sum(1 for leaf in problems if leaf.id in scores),
                        }
                        for unit in part.units
                    ],
                }
                for part in chapter.children
            ],
        }
        for chapter in found.chapters
    ]
    mine = queries.grade(request.actor.person_id, run_id, request.now)
    return render(request, "courseware/course.html", {"course": found, "chapters": chapters, "grade": mine})


@signed_in
def unit(request: HttpRequest, run_id: str, name: str) -> HttpResponse:
    """The page around a unit."""
    return render(
        request, "courseware/unit.html", {"unit": queries.unit_place(request.actor, run_id, name, request.now)}
    )


@signed_in
@xframe_options_sameorigin
@csp_replace(FRAME_POLICY)
def frame(request: HttpRequest, run_id: str, name: str) -> HttpResponse:
    """The content of a unit; after an answer, its result stands at the problem."""
    told = {"answered": request.GET.get("answered", ""), "refusal": request.session.pop("courseware_refusal", "")}
    return _frame(request, run_id, name, told)


def _frame(request: HttpRequest, run_id: str, name: str, told: dict[str, Any]) -> HttpResponse:
    opened = actions.open_unit(actor=request.actor, run_id=run_id, name=name, now=request.now)
    return render(request, "courseware/frame.html", {"unit": opened.place, "blocks": opened.blocks, **told})


@post_only
@signed_in
@xframe_options_sameorigin
@csp_replace(FRAME_POLICY)
@acts(actions.Act)
def answer(request: HttpRequest, run_id: str, name: str, do: actions.Act) -> HttpResponse:
    """Do one act at a problem of a unit; hints and answers are shown at once, the rest goes back to the unit."""
    usage = request.POST.get("usage", "")
    try:
        outcome = actions.act_on_problem(
            actor=request.actor,
            run_id=run_id,
            usage=usage,
            act=do,
            answers=_answers(request),
            index=_index(request),
            now=request.now,
        )
    except LinkspanError as refusal:
        request.session["courseware_refusal"] = refusal.message
    else:
        if outcome.hints or outcome.answers is not None:
            return _frame(request, run_id, name, {"answered": usage, "outcome": outcome})
    return redirect(
        f"/courses/{run_id}/frame/{name}/?{urlencode({'answered': usage})}#{quote(usage.replace('/', '-'))}"
    )


def _index(request: HttpRequest) -> int:
    """The hint that is asked for; the first if that makes no sense."""
    asked = request.POST.get("index", "0")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0


def _answers(request: HttpRequest) -> dict[str, Any]:
    """The inputs of a capa form by their number (`2_1`), lists where the name ends in []."""
    found: dict[str, Any] = {}
    for name, values in request.POST.lists():
        if name.startswith("input_"):
            number = "_".join(name.removesuffix("[]").split("_")[-2:])
            found[number] = values if name.endswith("[]") else values[-1]
    return found


@signed_in
def asset(request: HttpRequest, run_id: str, name: str) -> HttpResponse:
    """A file of the course; never run as a page."""
    place = queries.asset(request.actor, run_id, name)
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    response = FileResponse(place.open("rb"), content_type=kind)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
