"""Cohorts of a run: made, named, bound to content groups; learners come into them one by one, by a list, by chance."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.accounts.queries import account_at
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import How, PlaceLine, PlaceOutcome, places_written
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, identifier, names_of, page_number, signed_in, text, upload

LARGEST, MOST_SHOWN = 2_000_000, 500
FIELDS = ("cohort", "name", "group", "automatic", "email", "into", "reason")
OUTCOMES: dict[PlaceOutcome, Promise] = {
    PlaceOutcome.PLACED: lazy("Moved"),
    PlaceOutcome.SAME: lazy("Already so"),
    PlaceOutcome.REFUSED: lazy("Refused"),
}
HOW: dict[How, Promise] = {
    How.BY_HAND: lazy("By hand"),
    How.BY_LIST: lazy("By a list"),
    How.BY_CHANCE: lazy("By chance"),
}
UNKNOWN = NotFound("cohort_unknown", "There is no such cohort.")


class CohortAct(StrEnum):
    """What is done with cohorts."""

    MAKE = "make"
    CHANGE = "change"
    LOOK = "look"
    PLACE = "place"
    CHECK = "check"
    TAKE = "take"


@signed_in
@acts(CohortAct)
def cohorts(request: Request, run_id: str, do: CohortAct | None = None) -> HttpResponse:
    """The cohorts of a run and how learners came into them; all input stays on an error."""
    told: dict[str, Any] = {"typed": {name: text(request, name, 2_000) for name in FIELDS}, "did": do}
    try:
        answer = _do(request, run_id, do, told) if do is not None else None
    except NotPermitted:
        raise
    except LinkspanError as error:
        return _shown(request, run_id, told | {"problem": error, "at": error.field}, error.status)
    return answer or _shown(request, run_id, told)


def _do(request: Request, run_id: str, do: CohortAct, told: dict[str, Any]) -> HttpResponse | None:
    """The answer to an act, or None with what its page has to tell."""
    typed = told["typed"]
    if do in (CohortAct.MAKE, CohortAct.CHANGE):
        return _kept(request, run_id, do, typed)
    if do in (CohortAct.CHECK, CohortAct.TAKE):
        told |= _list(request, run_id, do)
        return None
    learner_id, cohort_id = _learner(request, typed["email"]), _cohort(typed["into"])
    told["effect"] = queries.effect_of_place(request.actor, run_id, learner_id, cohort_id, request.now)
    if do is CohortAct.LOOK:
        return None
    actions.place_learner(
        actor=request.actor,
        run_id=run_id,
        learner_id=learner_id,
        cohort_id=cohort_id,
        reason=typed["reason"],
        now=request.now,
    )
    return done(request, _("The learner is moved. Answers stay."), "cohorts-cohorts", run_id)


def _kept(request: Request, run_id: str, do: CohortAct, typed: dict[str, str]) -> HttpResponse:
    name, automatic, group = typed["name"], typed["automatic"] == "on", typed["group"]
    if do is CohortAct.MAKE:
        actions.make_cohort(
            actor=request.actor, run_id=run_id, name=name, automatic=automatic, group=group, now=request.now
        )
    else:
        actions.change_cohort(
            actor=request.actor,
            cohort_id=identifier(typed["cohort"], UNKNOWN),
            name=name,
            automatic=automatic,
            group=group,
            now=request.now,
        )
    return done(request, _("The cohort is saved."), "cohorts-cohorts", run_id)


def _learner(request: Request, email: str) -> UUID:
    found = account_at(request.actor, email)
    if found is None:
        raise Unusable("account_unknown", _("Nobody has an account with this address.")).at("email")
    return found


def _cohort(given: str) -> UUID | None:
    return identifier(given, UNKNOWN) if given else None


def _list(request: Request, run_id: str, do: CohortAct) -> dict[str, Any]:
    """What became of a list, or would; rows that were refused come back, to be corrected and checked again."""
    file = do is CohortAct.CHECK and request.FILES.get("file")
    content = (
        upload(request, "file").decode("utf-8-sig", errors="replace") if file else text(request, "content", LARGEST)
    )
    trial = do is CohortAct.CHECK
    lines = actions.take_places(actor=request.actor, run_id=run_id, content=content, now=request.now, trial=trial)
    refused = [line for line in lines if line.outcome is PlaceOutcome.REFUSED]
    counts = {outcome: sum(line.outcome is outcome for line in lines) for outcome in PlaceOutcome}
    return {
        "lines": [(line, OUTCOMES[line.outcome]) for line in _ordered(lines)[:MOST_SHOWN]],
        "summary": ". ".join(f"{OUTCOMES[one]}: {count}" for one, count in counts.items() if count) or _("No rows"),
        "to_do": counts[PlaceOutcome.PLACED] if trial else 0,
        "content": content,
        "refused": places_written(refused) if refused else "",
        "taken": not trial,
    }


def _ordered(lines: tuple[PlaceLine, ...]) -> list[PlaceLine]:
    return sorted(lines, key=lambda line: (line.outcome is not PlaceOutcome.REFUSED, line.row))


def _shown(request: Request, run_id: str, told: dict[str, Any], status: int = 200) -> HttpResponse:
    run = queries.cohorts_run(request.actor, run_id)
    found = queries.cohorts_of(request.actor, run_id)
    page = queries.places_of(request.actor, run_id, number=page_number(request))
    groups = queries.content_groups_of(request.actor, run_id)
    names = {one.key: one.name for one in groups}
    told |= {
        "run": run,
        "cohorts": [(one, names.get(one.group, "")) for one in found],
        "groups": groups,
        "page": page,
        "called": {one.id: one.name for one in found},
        "how": HOW,
        "names": names_of(request, {row.learner_id for row in page.rows}, at=run.course.institution),
    }
    return render(request, "desk/cohorts.html", told, status=status)
