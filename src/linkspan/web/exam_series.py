"""Series of exams: made and published, and learners invited to them; who is where in one."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.catalog.queries import programs
from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.rules import Completion, InviteLine, InviteOutcome, SeriesTerms, may_invite
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import LinkspanError, Refused, Unusable
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.web.catalog_words import COMPLETIONS
from linkspan.web.pages import acts, done, identifier, names_of, page_number, seen, signed_in, text, ticked, upload

FIELDS = ("title", "exams", "completion", "best", "pass_percent")
FLAGS = ("in_order", "by_invitation", "one_fee")
LARGEST, MOST_SHOWN = 1_000_000, 500
WORDS: Mapping[InviteOutcome, Promise] = {
    InviteOutcome.INVITED: lazy("Invited"),
    InviteOutcome.SAME: lazy("As before"),
    InviteOutcome.REFUSED: lazy("Refused"),
}


class OfSeries(StrEnum):
    """What is done on the page of a series."""

    SAVE = "save"
    PUBLISH = "publish"
    CHECK = "check"
    INVITE = "invite"
    WITHDRAW = "withdraw"


@signed_in
def at_school(request: Request, school: str) -> HttpResponse:
    """The series of an institution; a post drafts one. Everything typed is kept on an error."""
    made = queries.made_series(request.actor, school)
    offered = [(row.key, row.title) for row in programs(request.now.date()) if row.institution == school]
    told: dict[str, Any] = {"school": institution(school), "made": made, "programs": offered}
    if request.method != "POST":
        return _form(request, told, {"completion": Completion.ALL.value, "best": "1", "pass_percent": "60"})
    values = _typed(request) | {"code": text(request, "code", 64), "program": text(request, "program", 128)}
    try:
        if values["program"] not in dict(offered):
            raise Invalid({"program": Sentence("program_unusable", "Choose a program of your institution.")})
        terms = _terms(values)
        code, key = values["code"], values["program"]
        actions.draft_series(actor=request.actor, code=code, program_key=key, terms=terms, now=request.now)
    except Invalid as error:
        return _form(request, told, values, error)
    return done(request, _("The draft is saved."), "exam_series-one", values["code"])


def _form(
    request: Request, told: dict[str, Any], values: Mapping[str, str], error: Invalid | None = None
) -> HttpResponse:
    errors = error.fields if error else {}
    told |= {"values": values, "errors": errors, "completions": COMPLETIONS.items()}
    return render(request, "desk/exam_series_list.html", told, status=422 if errors else 200)


def _typed(request: Request) -> dict[str, str]:
    given = {name: text(request, name) for name in FIELDS}
    return given | {name: "on" if ticked(request, name) else "" for name in FLAGS}


def _terms(values: Mapping[str, str]) -> SeriesTerms:
    """What was typed as terms; Invalid naming each field that cannot be read."""
    wrong: dict[str, Sentence] = {}
    numbers: dict[str, Decimal] = {}
    for name in ("best", "pass_percent"):
        try:
            numbers[name] = Decimal(values[name] or "0")
        except InvalidOperation:
            wrong[name] = Sentence("not_a_number", "Enter a number.")
    lines = [line.partition("=") for line in values["exams"].splitlines() if line.strip()]
    given = [weight.strip() for _, _, weight in lines]
    weights: list[Decimal] = []
    try:
        weights = [Decimal(one or "1") for one in given] if any(given) else []
    except InvalidOperation:
        wrong["exams"] = Sentence("not_a_number", "Write a weight as a number: CFx = 2")
    if values["completion"] not in set(Completion):
        wrong["completion"] = Sentence("choice_unknown", "Choose one of the list.")
    if wrong:
        raise Invalid(wrong)
    best = numbers["best"]
    return SeriesTerms(
        values["title"],
        tuple(code.strip() for code, _, _ in lines),
        Completion(values["completion"]),
        tuple(weights),
        int(best) if best.is_finite() and best == best.to_integral_value() and abs(best) < 100 else 0,
        numbers["pass_percent"],
        *(bool(values[name]) for name in FLAGS),
    )


@signed_in
@acts(OfSeries)
def one(request: Request, code: str, do: OfSeries | None = None) -> HttpResponse:
    """A series: its versions, who is invited and who stands where; what is typed is kept on an error."""
    if do in (OfSeries.CHECK, OfSeries.INVITE):
        return _invite(request, code, do)
    if do is None:
        return _page(request, code)
    try:
        said = _do(request, code, do)
    except Invalid as error:
        return _page(request, code, values=_typed(request), errors=error.fields, status=error.status)
    except (Refused, Unusable) as problem:
        return _page(request, code, problem=problem, status=problem.status)
    return done(request, said, request.path)


def _do(request: Request, code: str, do: OfSeries) -> str:
    actor, now = request.actor, request.now
    if do is OfSeries.SAVE:
        actions.change_series(actor=actor, code=code, terms=_terms(_typed(request)), seen=seen(request), now=now)
        return _("The draft is saved.")
    if do is OfSeries.PUBLISH:
        number = queries.series_versions(actor, code)[0].version
        actions.publish_series(actor=actor, code=code, number=number, seen=seen(request), now=now)
        return _("It is published. Who begins now is judged by it.")
    unknown = Unusable("learner_unknown", "Choose a learner of the list.")
    learner_id = identifier(text(request, "learner", 36), unknown)
    reason = text(request, "reason", 1000)
    actions.withdraw_invitation(actor=actor, code=code, learner_id=learner_id, reason=reason, now=now)
    return _("The invitation is withdrawn. The learner is told why.")


def _invite(request: Request, code: str, do: OfSeries) -> HttpResponse:
    content = text(request, "content", LARGEST)
    try:
        if do is OfSeries.CHECK and request.FILES.get("file"):
            content = upload(request, "file", largest=LARGEST).decode("utf-8-sig", errors="replace")
        trial = do is OfSeries.CHECK
        lines = actions.invite_learners(actor=request.actor, code=code, content=content, trial=trial, now=request.now)
    except (Refused, Unusable) as problem:
        return _page(request, code, problem=problem, content=content, status=problem.status)
    if do is OfSeries.INVITE:
        return done(request, _summary(lines), request.path)
    ordered = sorted(lines, key=lambda line: (line.outcome is not InviteOutcome.REFUSED, line.row))
    rows = [(line, WORDS[line.outcome]) for line in ordered[:MOST_SHOWN]]
    to_do = sum(line.outcome is InviteOutcome.INVITED for line in lines)
    return _page(request, code, rows=rows, content=content, to_do=to_do, summary=_summary(lines))


def _summary(lines: tuple[InviteLine, ...]) -> str:
    counts = {outcome: sum(line.outcome is outcome for line in lines) for outcome in InviteOutcome}
    return ". ".join(f"{WORDS[outcome]}: {count}" for outcome, count in counts.items() if count)


def _page(request: Request, code: str, *, status: int = 200, **told: Any) -> HttpResponse:
    versions = queries.series_versions(request.actor, code)
    newest = versions[0]
    shown = queries.series_shown(newest.terms)
    page = queries.learners_in(request.actor, code, page_number(request))
    problem: LinkspanError | None = told.get("problem")
    given = {
        "newest": newest,
        "in_force": next((one for one in versions if one.published_at), None),
        "rule": COMPLETIONS[newest.terms.completion],
        "values": shown,
        "seen": version_of(shown),
        "errors": {},
        "completions": COMPLETIONS.items(),
        "may_publish": queries.may_publish_series(request.actor, newest),
        "may_invite": may_invite(request.actor, newest.institution),
        "page": page,
        "names": names_of(request, [learner for learner, _ in page.rows]),
        "problem": problem,
    }
    return render(request, "desk/exam_series.html", given | told, status=status)
