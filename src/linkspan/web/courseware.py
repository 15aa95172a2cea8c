"""Courses: outline, units, what is done at a problem. What an author wrote is shown in a frame of its own (`content`).

The frame has no cookies: it asks the page around it, over a channel, to send an answer and to redraw the problem.
"""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.catalog.queries import course_run
from linkspan.courseware import actions, queries
from linkspan.courseware.engines.told import TAUGHT
from linkspan.courseware.rules import link_to, may_import
from linkspan.kernel.errors import LinkspanError, NotFound
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.content import SANDBOX, address_for, with_files
from linkspan.web.pages import acts, post_only, signed_in


@signed_in
def course(request: Request, run_id: str) -> HttpResponse:
    """The outline with the learner's scores and grade; of a run that is taught elsewhere, its own page says so."""
    if not queries.has_content(run_id):
        return redirect("catalog-course_run", course_run(run_id).id)
    found = queries.outline(request.actor, run_id, request.now)
    scores = queries.scores_of(request.actor.own_id, run_id)
    chapters = [
        {
            "title": chapter.title,
            "parts": [
                {
                    "title": part.title,
                    "format": part.format,
                    "due": found.dues.get(part.id, part.settings.due),
                    "extended": part.id in found.dues,
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
    mine = queries.grade(request.actor.own_id, run_id, request.now)
    told = {"course": found, "chapters": chapters, "grade": mine}
    told["stopped"] = queries.stopped_in(request.actor, run_id, found.chapters)
    told["marked"] = queries.bookmarks(request.actor, run_id, found.chapters)
    told["news"] = queries.announcements(request.actor, run_id, request.now, size=1).rows
    told["discussed"] = queries.discussion_settings(run_id).is_open
    return render(request, "courseware/course.html", told)


@signed_in
def unit(request: Request, run_id: str, name: str) -> HttpResponse:
    """The page around a unit."""
    found = queries.unit_place(request.actor, run_id, name, request.now)
    told = {
        "unit": found,
        "frame": f"{address_for(request, run_id)}unit/{name}/",
        "sandbox": SANDBOX,
        "problems": " ".join(leaf.id for leaf in found.leaves if leaf.type == "problem"),
        "parts": " ".join(leaf.id for leaf in found.leaves if leaf.type not in TAUGHT),
        "videos": " ".join(leaf.id for leaf in found.leaves if leaf.type == "video"),
        "threads": queries.threads_of_unit(run_id, name, request.actor.person_id),
        "sees_all": may_import(request.actor, found.course.institution),
        "marked": queries.is_bookmarked(request.actor, run_id, name),
        "words": {
            "signed_out": _("You are signed out. Sign in again in another tab, then submit again."),
            "failed": _("The answer was not sent. Check your connection, then submit again."),
        },
    }
    actions.keep_place(actor=request.actor, run_id=run_id, unit=name, now=request.now)
    return render(request, "courseware/unit.html", told)


@post_only
@acts(actions.Act)
def answer(request: Request, run_id: str, name: str, do: actions.Act) -> HttpResponse:
    """Do one act at a problem of the unit that is shown; the problem as it looks then, or a refusal, as JSON."""
    if request.actor.person_id is None:
        return JsonResponse({"code": "signed_out"}, status=401)
    usage, status = request.POST.get("usage", ""), 200
    told: dict[str, object] = {}
    try:
        here = queries.unit_place(request.actor, run_id, name, request.now)
        if all(leaf.id != usage for leaf in here.leaves):
            raise NotFound("problem_unknown", _("There is no such problem in this unit."))
    except LinkspanError as error:
        return as_json(error)
    try:
        told["outcome"] = actions.act_on_problem(
            actor=request.actor,
            run_id=run_id,
            usage=usage,
            act=do,
            now=request.now,
            **answered(request),
        )
    except LinkspanError as error:
        told["refusal"], status = in_words(error), error.status
    opened = actions.open_unit(actor=request.actor, run_id=run_id, name=name, now=request.now)
    block = next((block for block in opened.blocks if block.id == usage), None)
    if block is None:
        gone = _("Your answer is kept. This part is closed now: load the page again.")
        return JsonResponse({"code": "part_closed", "message": gone}, status=status)
    told |= {"block": block, "shown": block.problem, "answered": usage}
    if [leaf.id for leaf in here.leaves] != [leaf.id for leaf in opened.place.leaves]:
        told["changed"] = link_to(name, _("Show the unit as it is now"))
    return redrawn(request, run_id, told, address_for(request, run_id), status)


@post_only
def video(request: Request, run_id: str, name: str) -> HttpResponse:
    """Keep where the learner stopped in a video of the unit."""
    told = {key: request.POST.get(key, "")[:300] for key in ("usage", "position", "speed", "language")}
    try:
        actions.keep_video_place(actor=request.actor, run_id=run_id, name=name, now=request.now, **told)
    except LinkspanError as error:
        return as_json(error)
    return HttpResponse(status=204)


@post_only
def preview(request: Request, run_id: str, name: str) -> HttpResponse:
    """How an input of the unit reads the formula that is being written: HTML or TeX, nothing where it reads none."""
    usage, field, text = (request.POST.get(key, "")[:1001] for key in ("usage", "input", "text"))
    try:
        here = queries.unit_place(request.actor, run_id, name, request.now)
        html, tex = queries.formula_in(here, usage, _number(field), text)
    except LinkspanError as error:
        return as_json(error)
    return JsonResponse({"html": html, "tex": tex})


@post_only
def handle(request: Request, run_id: str, name: str) -> HttpResponse:
    """What a block of a package answers its own script: status, type and body, as JSON."""
    sent = called(request)
    try:
        told = actions.handle_block(actor=request.actor, run_id=run_id, name=name, now=request.now, **sent)
    except LinkspanError as error:
        return as_json(error)
    return JsonResponse({"status": told.status, "type": told.type, "body": told.body})


@signed_in
def to(request: Request, run_id: str, name: str) -> HttpResponse:
    """Where a link in a course leads: the unit that holds what it names."""
    return redirect("courseware-unit", run_id, queries.unit_holding(request.actor, run_id, name, request.now))


def answered(request: Request) -> dict[str, Any]:
    """What a form of a problem sends: inputs by their number, and which hint is asked for."""
    return {"answers": _answers(request), "index": _index(request)}


def called(request: Request) -> dict[str, Any]:
    """What a block of a package asks or tells by its script."""
    keys = ("usage", "handler", "suffix", "query")
    told: dict[str, Any] = {key: request.POST.get(key, "")[:1000] for key in keys}
    return told | {"body": None if request.POST.get("asks") else request.POST.get("body", "").encode()}


def as_json(error: LinkspanError) -> JsonResponse:
    """A refusal for the script of a page."""
    return JsonResponse({"code": error.code, "message": in_words(error)}, status=error.status)


def redrawn(request: Request, run_id: str, told: dict[str, object], base: str, status: int) -> JsonResponse:
    """A problem as it looks now, for the frame to put in the place of the older one."""
    html = with_files(render(request, "courseware/problem.html", told).content.decode(), run_id, base)
    return JsonResponse({"usage": told["answered"], "html": html}, status=status)


def _index(request: Request) -> int:
    """The hint that is asked for; the first if that makes no sense."""
    asked = request.POST.get("index", "0")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0


def _answers(request: Request) -> dict[str, Any]:
    """The inputs of a capa form by their number (`2_1`): lists where the name ends in [], objects where in {}."""
    found: dict[str, Any] = {}
    for name, values in request.POST.lists():
        if name.startswith("input_"):
            found[_number(name)] = values if name.endswith("[]") else values[-1]
            if name.endswith("{}"):
                found[_number(name)] = _object(values[-1])
    return found


def _number(name: str) -> str:
    return "_".join(name.removesuffix("[]").removesuffix("{}").split("_")[-2:])


def _object(text: str) -> dict[str, str]:
    """What a choice with fields hands in; empty if it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
