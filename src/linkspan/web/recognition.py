"""The degree plan, planning it by term, the transcript."""

import json
from decimal import Decimal
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linkspan.admissions.queries import applications_of
from linkspan.admissions.rules import State
from linkspan.finance.queries import tuition_forgone
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.versions import Changed, version_of
from linkspan.kernel.written import listed
from linkspan.recognition import actions, queries
from linkspan.recognition.engines.planner import propose
from linkspan.recognition.engines.transcript import transcript_pdf
from linkspan.recognition.queries import PlanTask
from linkspan.recognition.rules import SEASONS, WORDS, Placed, Task, Term, Todo, parse_term, plan_shown, terms_from
from linkspan.web.pages import done, post_only, seen, signed_in, text, ticked, typed
from linkspan.web.tables import as_file

#: How many terms are offered for each course.
AHEAD = 24


@signed_in
def degree(request: Request) -> HttpResponse:
    """The degree plan: what is waived, done, open, locked, when; and the tuition that was waived."""
    actor = request.actor
    plans = queries.degree_plans(actor, actor.own_id)
    shown = {plan.application_id for plan in plans}
    joined = [held for held in applications_of(actor, actor.own_id) if held.state == State.JOINED]
    told = {
        "plans": plans,
        "posting": [held for held in joined if held.id not in shown],
        "awards": queries.awards_of(actor, actor.own_id),
        "cases": queries.cases_of(actor, actor.own_id),
        "answers": queries.my_answers(actor),
        "changes": queries.changes_in_effect(actor, actor.own_id),
        "degrees": queries.my_degrees(actor),
        "forgone": tuition_forgone(actor, actor.own_id),
    }
    return render(request, "degree.html", told)


@post_only
@signed_in
def answer(request: Request, case_id: UUID) -> HttpResponse:
    """What the learner says about the case on which their credit waits."""
    actions.answer_case(actor=request.actor, case_id=case_id, text=text(request, "text", 5_000), now=request.now)
    return done(request, _("The registrar reads your answer before deciding."), "recognition-degree")


@signed_in
def plan(request: Request, application_id: UUID) -> HttpResponse:
    """The earliest finish, why not earlier, and the form to place each course; a post keeps the plan."""
    asked = request.POST if request.method == "POST" else request.GET
    first = parse_term(asked["first"]) if asked.get("first") else None
    most = _most(asked.get("most", ""))
    found = queries.plan_task(request.actor, application_id, request.now, first=first, most_courses=most)
    if request.method != "POST":
        return _planned(request, found, queries.kept_plan(application_id), ())
    placed = _placed(request, found.task)
    try:
        with typed(**plan_shown(found.task, placed)):
            actions.keep_plan(
                actor=request.actor,
                application_id=application_id,
                placed=placed,
                most_courses=most,
                now=request.now,
                seen=seen(request),
            )
    except Changed:
        raise
    except Refused as refusal:
        answer = _planned(request, found, placed, refusal.reasons)
        answer.status_code = 409
        return answer
    return done(request, _("Your plan is kept."), "recognition-degree")


def _planned(request: Request, found: PlanTask, kept: dict[str, Placed], broken: tuple[str, ...]) -> HttpResponse:
    proposal = propose(found.task)
    shown = kept or proposal.plan or {}
    upcoming = terms_from(found.task.first, AHEAD)
    rows = [
        {
            "todo": todo,
            "placed": shown.get(todo.key),
            "chosen": str(shown[todo.key].term) if todo.key in shown else "",
            "needs": _needs(found.task, todo),
            "terms": [term for term in upcoming if term.season in todo.slot.offered],
        }
        for todo in found.task.todo
    ]
    told = {
        "plan": found.plan,
        "rows": rows,
        "proposal": proposal,
        "columns": _columns(found, rows, proposal.finish),
        "order": json.dumps([str(term) for term in upcoming]),
        "by_term": _by_term(found.task, proposal.plan or {}),
        "why": [(_(WORDS[limit]), term) for limit, term in proposal.binding.items()],
        "degree": found.task.degree,
        "most": found.task.most_courses or "",
        "first": found.task.first,
        "upcoming": upcoming[:12],
        "kept": bool(kept),
        "seen": seen(request) or version_of(plan_shown(found.task, kept)),
        "broken": broken,
        "mine": request.actor.is_person(found.learner_id),
    }
    return render(request, "degree_plan.html", told)


def _columns(found: PlanTask, rows: list[dict[str, Any]], finish: Term | None) -> list[dict[str, Any]]:
    """The terms up to the last that is planned, and one more, each with its courses; first those without a term."""
    task = found.task
    planned = [row["placed"].term for row in rows if row["placed"]]
    last = max([*planned, task.first, *([finish] if finish else [])])
    terms = list(takewhile(lambda term: term <= last, terms_from(task.first, AHEAD)))
    terms += sorted(set(planned) - set(terms))
    columns = []
    for term in (None, *sorted(terms), *terms_from(last, 2)[1:]):
        here = [row for row in rows if (row["placed"].term if row["placed"] else None) == term]
        most = task.degree.load.get(term.season, Decimal(0)) if term else None
        if not here and (term is None or most == 0):
            continue
        credits = sum((row["todo"].slot.credits for row in here), Decimal(0))
        days = found.calendar.get(term) if term else None
        columns.append({"term": term or "", "rows": here, "credits": credits, "most": most, "days": days})
    return columns


def _needs(task: Task, todo: Todo) -> list[str]:
    """What a course asks of its place in the plan, in words."""
    slot = todo.slot
    needs: list[str] = []
    before = [other.title for other in task.todo if other.slot.slot == slot.after]
    if before:
        needs.append(_("Directly after: {courses}").format(courses=listed(before)))
    if slot.last:
        needs.append(_("Comes last"))
    if slot.alone:
        needs.append(_("Alone in its term"))
    if slot.on_campus:
        needs.append(_("On campus"))
    seasons = [season for season in SEASONS if season in slot.offered]
    if len(seasons) < len([season for season, most in task.degree.load.items() if most != 0]):
        needs.append(_("Offered in: {seasons}").format(seasons=listed([_(season) for season in seasons])))
    return needs


def _by_term(task: Task, placed: dict[str, Placed]) -> list[tuple[Term, list[str]]]:
    terms = sorted({one.term for one in placed.values()})
    return [(term, [todo.title for todo in task.todo if placed[todo.key].term == term]) for term in terms]


def _placed(request: Request, task: Task) -> dict[str, Placed]:
    return {
        todo.key: Placed(parse_term(text(request, f"term_{todo.key}", 20)), ticked(request, f"campus_{todo.key}"))
        for todo in task.todo
        if text(request, f"term_{todo.key}", 20)
    }


def _most(value: str) -> int | None:
    if not value.strip():
        return None
    if not value.isascii() or not value.isdecimal() or not 1 <= int(value[:4]) <= 20:
        raise Unusable("most_unusable", "At most how many courses a term: a whole number from 1 to 20, or nothing.")
    return int(value)


@signed_in
def transcript(request: Request, application_id: UUID) -> HttpResponse:
    """The transcript as a tagged PDF."""
    told = queries.transcript(request.actor, application_id, request.now, (get_language() or "en").split("-")[0])
    head = told.pop("head")
    return as_file(transcript_pdf(told, head), "application/pdf", "transcript.pdf")


@post_only
@signed_in
def signed_transcript(request: Request, application_id: UUID) -> HttpResponse:
    """The transcript as a signed CLR 2.0 credential, to keep as a file; it also stands among the credentials."""
    held = actions.issue_transcript(actor=request.actor, application_id=application_id, now=request.now)
    answer = HttpResponse(json.dumps(held.document, ensure_ascii=False), content_type="application/vc")
    answer["Content-Disposition"] = 'attachment; filename="transcript.clr.json"'
    return answer
