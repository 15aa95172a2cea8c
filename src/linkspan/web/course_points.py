"""Points that staff decide in a run: of a subsection for one learner, of a problem for everybody."""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linkspan.accounts.queries import account_at
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import Block, Rescore, ScoreChange, subsections
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, names_of, page_number, signed_in, text
from linkspan.web.tables import csv_file

FIELDS = ("email", "subsection", "points", "reason")


class Decide(StrEnum):
    """What is done with points in a run."""

    LOOK = "look"
    SET = "set"
    SCORE = "score"


class Scoring(StrEnum):
    """What is done with a scoring that was tried."""

    COUNT = "count"
    DISCARD = "discard"


@signed_in
@acts(Decide)
def points(request: Request, run_id: str, do: Decide | None = None) -> HttpResponse:
    """What staff set in a run; set points after looking what they do, or have a problem scored again."""
    told: dict[str, Any] = {"typed": {name: text(request, name, 1_000) for name in (*FIELDS, "problem")}}
    told["typed"]["lower"] = "lower" in request.POST
    try:
        if do is Decide.SCORE:
            return redirect("course_points-scoring", _asked(request, run_id, told["typed"]))
        if do is not None:
            return _decided(request, run_id, do, told)
    except (Unusable, Refused, NotFound) as error:
        return _shown(request, run_id, told, error)
    return _shown(request, run_id, told)


def _decided(request: Request, run_id: str, do: Decide, told: dict[str, Any]) -> HttpResponse:
    typed = told["typed"]
    learner_id = account_at(request.actor, typed["email"])
    if learner_id is None:
        raise Unusable("account_unknown", _("Nobody has an account with this address."))
    asked = {
        "actor": request.actor,
        "run_id": run_id,
        "learner_id": learner_id,
        "usage": typed["subsection"],
        "earned": _number(typed["points"]),
        "now": request.now,
    }
    if do is Decide.SET:
        actions.set_points(**asked, reason=typed["reason"])
        return done(request, _("These points count from now on. The learner is told."), "course_points-points", run_id)
    told["effect"] = actions.try_points(**asked)
    return _shown(request, run_id, told)


def _number(given: str) -> Decimal | None:
    """Points as they were typed; None where the field is empty: what was answered counts again."""
    try:
        return Decimal(given.replace(",", ".")[:20]) if given else None
    except InvalidOperation:
        raise Unusable("points_no_number", _("Give points as a number, such as 7.5.")) from None


def _asked(request: Request, run_id: str, typed: dict[str, Any]) -> UUID:
    return actions.ask_rescore(
        actor=request.actor,
        run_id=run_id,
        usage=typed["problem"],
        only_higher=not typed["lower"],
        reason=typed["reason"],
        now=request.now,
    )


def _shown(request: Request, run_id: str, told: dict[str, Any], problem: LinkspanError | None = None) -> HttpResponse:
    run = queries.points_run(request.actor, run_id)
    root = queries.course_of(run_id).root if queries.has_content(run_id) else None
    parts = subsections(root) if root else ()
    page = queries.points_set(request.actor, run_id, number=page_number(request))
    told |= {
        "run": run,
        "page": page,
        "names": names_of(request, {row.learner_id for row in page.rows}, at=run.course.institution),
        "parts": parts,
        "problems": [(part.title or part.name, _problems(part)) for part in parts],
        "titles": {part.id: part.title or part.name for part in parts},
        "scorings": queries.rescores_of(request.actor, run_id),
        "problem": problem,
    }
    return render(request, "desk/course_points.html", told, status=problem.status if problem else 200)


def _problems(part: Block) -> list[Block]:
    return [leaf for leaf in part.walk() if leaf.type == "problem"]


@signed_in
@acts(Scoring)
def scoring(request: Request, rescore_id: UUID, do: Scoring | None = None) -> HttpResponse:
    """Whose points another scoring changes; a post has it count, or throws it away."""
    found = queries.rescore(request.actor, rescore_id)
    if do is None:
        return _scoring(request, found)
    try:
        if do is Scoring.DISCARD:
            actions.discard_rescore(actor=request.actor, rescore_id=rescore_id, now=request.now)
            return done(
                request, _("The scoring was discarded. Every score stays."), "course_points-points", found.run_id
            )
        actions.take_rescore(actor=request.actor, rescore_id=rescore_id, now=request.now)
    except (Unusable, Refused) as error:
        return _scoring(request, queries.rescore(request.actor, rescore_id), error)
    return redirect("course_points-scoring", rescore_id)


def _scoring(request: Request, found: Rescore, problem: LinkspanError | None = None) -> HttpResponse:
    page = queries.score_changes(request.actor, found.id, number=page_number(request))
    told = {
        "scoring": found,
        "run": queries.points_run(request.actor, found.run_id),
        "page": page,
        "names": names_of(request, [row.learner_id for row in page.rows], at=found.institution),
        "problem": problem,
    }
    return render(request, "desk/course_scoring.html", told, status=problem.status if problem else 200)


@require_GET
@signed_in
def changes(request: Request, rescore_id: UUID) -> HttpResponse:
    """Whose points it changes, as a table."""
    rows: list[ScoreChange] = []
    page = queries.score_changes(request.actor, rescore_id, size=200)
    rows += page.rows
    while page.has_next:
        page = queries.score_changes(request.actor, rescore_id, number=page.number + 1, size=200)
        rows += page.rows
    at = queries.rescore(request.actor, rescore_id).institution
    names = names_of(request, [row.learner_id for row in rows], at=at)
    cells = ((names.get(row.learner_id, ""), row.before, row.after, row.possible) for row in rows)
    return csv_file("points.csv", ("learner", "before", "after", "possible"), cells)
