"""Results of a version: its pass mark by judges and methods, questions dropped or rekeyed, and whom that changes."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.exams import actions, queries
from linkspan.exams.rules import (
    FEWEST_RESULTS,
    Bounds,
    Means,
    Method,
    Ruling,
    RulingState,
    Version,
    answer_in_words,
    may_rule,
    right_answer,
    typed_from,
)
from linkspan.kernel.errors import LinkspanError, Refused, Unusable
from linkspan.kernel.paging import page_of
from linkspan.kernel.request import Request
from linkspan.kernel.versions import Changed, version_of
from linkspan.web.exam_writing import KINDS
from linkspan.web.pages import acts, choice, done, names_of, page_number, seen, signed_in, text

PAGE = 50
BOUNDS = ("cut_least", "cut_most", "fail_least", "fail_most")
#: What may become of a question.
OF_QUESTION = tuple(one for one in Means if one is not Means.CUT)


class Propose(StrEnum):
    """What is proposed from the page of results."""

    PROPOSE = "propose"


class Decide(StrEnum):
    """What becomes of a proposal."""

    ADOPT = "adopt"
    WITHDRAW = "withdraw"


class Say(StrEnum):
    """What a judge does."""

    RATE = "rate"
    BOUND = "bound"


@signed_in
@acts(Propose)
def results(request: Request, code: str, number: int, do: Propose | None = None) -> HttpResponse:
    """What each method would give as a pass mark, and what was ruled; a post proposes a pass mark."""
    if do is None:
        return _results(request, code, number)
    typed = {name: text(request, name, 1000) for name in ("percent", "reason")} | {"method": ""}
    try:
        method = choice(request, "method", Method)
        typed["method"] = method
        told: dict[str, Any] = {"code": code, "number": number, "method": method, "reason": typed["reason"]}
        made = actions.propose_cut(actor=request.actor, percent=_percent(typed["percent"]), now=request.now, **told)
    except (Unusable, Refused) as error:
        return _results(request, code, number, typed, error)
    return redirect("exam_rulings-ruling", made)


def _results(
    request: Request, code: str, number: int, typed: dict[str, str] | None = None, problem: LinkspanError | None = None
) -> HttpResponse:
    told = {
        "found": queries.version(request.actor, code, number),
        "standards": queries.standards(request.actor, code, number),
        "rulings": queries.rulings(request.actor, code, number),
        "typed": typed or {"method": Method.FIXED},
        "methods": list(Method),
        "problem": problem,
    }
    return render(request, "desk/exam_results.html", told, status=problem.status if problem else 200)


@signed_in
@acts(Propose)
def question(request: Request, code: str, number: int, do: Propose | None = None) -> HttpResponse:
    """A question of a published version, and what is to become of it; a post proposes that."""
    name = (request.POST if do else request.GET).get("item", "")[:128]
    item = queries.item_of(request.actor, code, number, name)
    queries.ruled_version(request.actor, code, number)
    typed = {"lines": typed_from(item).lines, "reason": "", "means": Means.DROP.value}
    problem = None
    if do is not None:
        typed = {"lines": text(request, "lines"), "reason": text(request, "reason", 2000), "means": ""}
        try:
            means = choice(request, "means", Means)
            typed["means"] = means
            told: dict[str, Any] = {"code": code, "number": number, "item": name, "means": means}
            told |= {"lines": typed["lines"], "reason": typed["reason"]}
            made = actions.propose_ruling(actor=request.actor, now=request.now, **told)
            return redirect("exam_rulings-ruling", made)
        except (Unusable, Refused) as error:
            problem = error
    told = {
        "found": queries.version(request.actor, code, number),
        "item": item,
        "hint": KINDS[item.kind][1],
        "means": OF_QUESTION,
        "typed": typed,
        "problem": problem,
    }
    return render(request, "desk/exam_question_ruling.html", told, status=problem.status if problem else 200)


@signed_in
@acts(Decide)
def ruling(request: Request, ruling_id: UUID, do: Decide | None = None) -> HttpResponse:
    """What a proposal changes, and for whom; a post adopts or withdraws it."""
    found = queries.ruling(request.actor, ruling_id)
    here = ("exam_rulings-results", found.exam_code, found.version)
    if do is None:
        return _ruling(request, ruling_id)
    try:
        if do is Decide.WITHDRAW:
            actions.withdraw_ruling(actor=request.actor, ruling_id=ruling_id, now=request.now)
            return done(request, _("The proposal is withdrawn. Nothing changed."), *here)
        actions.adopt_ruling(actor=request.actor, ruling_id=ruling_id, seen=seen(request) or "", now=request.now)
    except (Unusable, Refused) as error:
        return _ruling(request, ruling_id, error)
    return done(request, _("Adopted. Results are worked out again; those whose known result changes are told."), *here)


def _ruling(request: Request, ruling_id: UUID, problem: LinkspanError | None = None) -> HttpResponse:
    found = queries.ruling(request.actor, ruling_id)
    waits = found.state is RulingState.PROPOSED
    effect = queries.effect_of(ruling_id) if waits else queries.changed_by(request.actor, ruling_id)
    page = page_of(effect.changes, len(effect.changes), lambda one: one, number=page_number(request), size=PAGE)
    version = queries.version(request.actor, found.exam_code, found.version)
    told = {
        "ruling": found,
        "found": version,
        "key": _key_words(version, found),
        "waits": waits,
        "effect": effect,
        "page": page,
        "names": names_of(request, [one.learner_id for one in page.rows], at=version.exam.institution),
        "mine": request.actor.person_id == found.proposed_by_id,
        "seen": version_of(actions.effect_shown(effect)),
        "changed": isinstance(problem, Changed),
        "problem": problem,
    }
    return render(request, "desk/exam_ruling.html", told, status=problem.status if problem else 200)


def _key_words(version: Version, found: Ruling) -> tuple[str, ...]:
    """The key of a ruling as a learner would read such an answer."""
    item = next((one for one in version.bank if one.id == found.item), None)
    return answer_in_words(item, right_answer(replace(item, answers=found.key))) if item and found.key else ()


@signed_in
@acts(Say)
def judge(request: Request, code: str, number: int, do: Say | None = None) -> HttpResponse:
    """The questions that I judge, and the bounds that I hold right; what was typed is kept on an error."""
    typed: dict[str, str] = {}
    problem = None
    if do is not None:
        names = [name for name in request.POST if name.startswith(("rate_", *BOUNDS))]
        typed = {name: text(request, name, 20) for name in names}
        try:
            ratings = _ratings(typed) if do is Say.RATE else {}
            bounds = Bounds(*(_percent(typed.get(name, "")) for name in BOUNDS)) if do is Say.BOUND else None
            told: dict[str, Any] = {"code": code, "number": number, "ratings": ratings, "bounds": bounds}
            actions.put_judgement(actor=request.actor, now=request.now, **told)
            return done(request, _("Your judgement is kept. Nobody else sees it."), request.get_full_path())
        except Unusable as error:
            problem = error
    found = queries.version(request.actor, code, number)
    held = queries.judgement_of(request.actor, code, number)
    asked = [item for item in found.bank if not item.retired]
    page = page_of(asked, len(asked), lambda one: one, number=page_number(request), size=PAGE)
    rows = [(item, typed.get(f"rate_{item.id}", str(held.ratings.get(item.id, "")))) for item in page.rows]
    shown = {name: f"{getattr(held.bounds, name).normalize():f}" if held.bounds else "" for name in BOUNDS}
    told = {
        "found": found,
        "rows": rows,
        "page": page,
        "rated": sum(item.id in held.ratings for item in asked),
        "asked": len(asked),
        "bounds": shown | {name: typed[name] for name in BOUNDS if name in typed},
        "problem": problem,
        "may_rule": may_rule(request.actor, found.exam.institution),
    }
    return render(request, "desk/exam_judge.html", told, status=problem.status if problem else 200)


@signed_in
def oddities(request: Request, code: str, number: int) -> HttpResponse:
    """Answers that agree too often and answers that came too fast, beside what chance gives."""
    found = queries.version(request.actor, code, number)
    alike = queries.answers_alike(request.actor, code, number)
    fast = queries.answers_too_fast(request.actor, code, number)
    people = {key for row in (alike.rows if alike else ()) for key in (row.one, row.other)}
    people |= {row.learner_id for row in (fast.rows if fast else ())}
    told = {
        "found": found,
        "alike": alike,
        "pairs": [(row, round(row.chance * 1000, 2)) for row in (alike.rows if alike else ())],
        "level": int(alike.level * 1000) if alike else 0,
        "expected": round(alike.expected_false, 1) if alike else None,
        "fast": fast,
        "fewest": FEWEST_RESULTS,
        "names": names_of(request, people, at=found.exam.institution),
    }
    return render(request, "desk/exam_oddities.html", told)


def _ratings(typed: dict[str, str]) -> dict[str, int]:
    """What is typed as ratings; empty fields say nothing."""
    given = {name.removeprefix("rate_"): one for name, one in typed.items() if name.startswith("rate_") and one}
    if not all(one.isascii() and one.isdigit() and len(one) < 4 for one in given.values()):
        raise Unusable("ratings_unusable", _("Each rating is a whole number from 0 to 100."))
    return {name: int(one) for name, one in given.items()}


def _percent(typed: str) -> Decimal:
    try:
        return Decimal(typed.replace(",", ".")[:12])
    except InvalidOperation:
        raise Unusable("no_number", _("Enter a number, such as 60.")) from None
