"""Later due dates for single learners of a run: one by one, or from a list that is looked at first."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.accounts.queries import account_at
from linkspan.catalog.queries import course_run
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import ExtensionLine, ExtensionOutcome, may_extend, subsections
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable, permit
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, names_of, page_number, signed_in, text, upload

LARGEST, MOST_SHOWN = 2_000_000, 500
FIELDS = ("email", "subsection", "due", "reason")
WORDS: dict[ExtensionOutcome, Promise] = {
    ExtensionOutcome.GRANTED: lazy("Granted"),
    ExtensionOutcome.REFUSED: lazy("Refused"),
}


class Extend(StrEnum):
    """What is done with due dates."""

    GRANT = "grant"
    END = "end"
    CHECK = "check"
    TAKE = "take"


@signed_in
@acts(Extend)
def extensions(request: Request, run_id: str, do: Extend | None = None) -> HttpResponse:
    """The extensions of a run; grant one, end one, or grant those of a list. All input stays on an error."""
    told: dict[str, Any] = {}
    try:
        if do is Extend.GRANT:
            told["typed"] = {name: text(request, name, 1_000) for name in FIELDS}
            return _grant(request, run_id, told["typed"])
        if do is Extend.END:
            return _end(request, run_id)
        if do is not None:
            told["content"] = _content(request, do)
            lines = actions.take_extensions(
                actor=request.actor,
                run_id=run_id,
                content=told["content"],
                now=request.now,
                trial=do is Extend.CHECK,
            )
            if do is Extend.TAKE:
                return done(request, _summary(lines), "extensions-extensions", run_id)
            told |= _looked(lines)
    except (Unusable, Refused, NotFound) as error:
        return _shown(request, run_id, told, error)
    return _shown(request, run_id, told)


def _grant(request: Request, run_id: str, typed: dict[str, str]) -> HttpResponse:
    learner_id = account_at(request.actor, typed["email"])
    if learner_id is None:
        raise Unusable("account_unknown", _("Nobody has an account with this address."))
    actions.grant_extension(
        actor=request.actor,
        run_id=run_id,
        learner_id=learner_id,
        usage=typed["subsection"],
        due=actions.due_of(typed["due"], course_run(run_id).time_zone),
        reason=typed["reason"],
        now=request.now,
    )
    return done(request, _("The learner has more time, and is told."), "extensions-extensions", run_id)


def _end(request: Request, run_id: str) -> HttpResponse:
    try:
        extension_id = UUID(text(request, "extension", 40))
    except ValueError:
        raise NotFound("extension_unknown", _("There is no such extension. It may have been ended.")) from None
    actions.end_extension(actor=request.actor, extension_id=extension_id, now=request.now)
    return done(request, _("The usual due date counts again."), "extensions-extensions", run_id)


def _content(request: Request, do: Extend) -> str:
    if do is Extend.CHECK:
        return upload(request, "file").decode("utf-8-sig", errors="replace")
    return text(request, "content", LARGEST)


def _looked(lines: tuple[ExtensionLine, ...]) -> dict[str, Any]:
    ordered = sorted(lines, key=lambda line: (line.outcome is not ExtensionOutcome.REFUSED, line.row))
    return {
        "lines": [(line, WORDS[line.outcome]) for line in ordered[:MOST_SHOWN]],
        "to_do": sum(line.outcome is ExtensionOutcome.GRANTED for line in lines),
        "summary": _summary(lines),
    }


def _summary(lines: tuple[ExtensionLine, ...]) -> str:
    counts = {outcome: sum(line.outcome is outcome for line in lines) for outcome in ExtensionOutcome}
    return ". ".join(f"{WORDS[outcome]}: {count}" for outcome, count in counts.items() if count) or str(_("No rows"))


def _shown(request: Request, run_id: str, told: dict[str, Any], problem: LinkspanError | None = None) -> HttpResponse:
    run = course_run(run_id)
    permit(may_extend(request.actor, run.course.institution), "extend due dates here")
    page = queries.extensions_of(request.actor, run_id, number=page_number(request))
    parts = subsections(queries.course_of(run_id).root) if queries.has_content(run_id) else ()
    told |= {
        "run": run,
        "page": page,
        "names": names_of(request, {row.learner_id for row in page.rows}, at=run.course.institution),
        "parts": parts,
        "titles": {part.id: part.title or part.name for part in parts},
        "problem": problem,
    }
    return render(request, "desk/extensions.html", told, status=problem.status if problem else 200)
