"""A run's learners: who is enrolled, a roster from a file, and the gradebook before grades go on record."""

from enum import StrEnum
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.catalog.queries import course_run
from linkspan.enrolment import actions
from linkspan.enrolment.rules import RosterOutcome, counted, may_enrol_others
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.outbox import waits_by_key
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import version_of
from linkspan.records import actions as records
from linkspan.records.queries import gradebook as grades_of
from linkspan.screens.lists import ListName
from linkspan.web.acts import ask
from linkspan.web.lists import list_page
from linkspan.web.pages import (
    VERB,
    acts,
    done,
    names_of,
    page_number,
    post_only,
    seen,
    signed_in,
    text,
    texts,
    upload,
)
from linkspan.web.tables import csv_file
from linkspan.web.waits import GRADES

LARGEST, MOST_SHOWN = 2_000_000, 500
WORDS: dict[RosterOutcome, Promise] = {
    RosterOutcome.ENROLLED: lazy("Enrolled"),
    RosterOutcome.UPGRADED: lazy("Moved to the verified track"),
    RosterOutcome.SAME: lazy("As before"),
    RosterOutcome.REFUSED: lazy("Refused"),
}


class Take(StrEnum):
    """What is done with a roster: `add` is one learner that is typed."""

    CHECK = "check"
    TAKE = "take"
    ADD = "add"
    REFUSED = "refused"


class Out(StrEnum):
    """How learners are taken out of a run: what they paid stays, or goes back."""

    WITHDRAW = "withdraw"
    REFUND = "refund"


@signed_in
@acts(Take)
def roster(request: Request, run_id: str, do: Take | None = None) -> HttpResponse:
    """Who is enrolled in a run; enrol learners one by one or from a file, which is looked at first."""
    if do is None:
        return _roster(request, run_id, {})
    content = _content(request, do)
    asked: dict[str, Any] = {"content": content, "typed": request.POST.dict() if do is Take.ADD else {}}
    try:
        lines = actions.take_roster(actor=request.actor, run_id=run_id, roster=content, now=request.now, trial=True)
        counts = counted(lines)
        refused = [line for line in lines if line.outcome is RosterOutcome.REFUSED]
        if do is Take.REFUSED:
            rows = [(*line.cells, in_words(line.reason)) for line in refused]
            return csv_file("refused.csv", ("email", "name", "track", "reason"), rows)
        if do is Take.ADD and refused:
            raise Unusable("row_refused", in_words(refused[0].reason))
        if do is Take.TAKE and seen(request) != version_of(counts):
            raise Refused("changed_since", _("Something was changed since you checked the file. Look at it again."))
        if do is not Take.CHECK:
            return _end(request, run_id, content)
    except (Unusable, Refused) as error:
        return _roster(request, run_id, asked | {"problem": in_words(error)}, status=error.status)
    shown = sorted(lines, key=lambda line: (line.outcome is not RosterOutcome.REFUSED, line.row))
    told = {
        "lines": [(line, WORDS[line.outcome]) for line in shown[:MOST_SHOWN]],
        "counts": [(WORDS[outcome], counts[outcome]) for outcome in RosterOutcome if counts[outcome]],
        "refused": refused,
        "to_do": counts[RosterOutcome.ENROLLED] + counts[RosterOutcome.UPGRADED],
        "seen": version_of(counts),
    }
    return _roster(request, run_id, asked | told)


def _content(request: Request, do: Take) -> str:
    """The roster that is sent: a file, the one on the page, or a single row of what is typed."""
    if do is Take.ADD:
        cells = [text(request, name, 300).replace('"', '""') for name in ("email", "name", "track")]
        return "email,name,track\r\n" + ",".join(f'"{cell}"' for cell in cells)
    if do is Take.CHECK and "file" in request.FILES:
        return upload(request, "file").decode("utf-8-sig", errors="replace")
    return text(request, "content", LARGEST)


def _end(request: Request, run_id: str, content: str) -> HttpResponse:
    lines = actions.take_roster(actor=request.actor, run_id=run_id, roster=content, now=request.now)
    counts = counted(lines)
    words = ". ".join(f"{WORDS[outcome]}: {counts[outcome]}" for outcome in RosterOutcome if counts[outcome])
    return done(request, f"{words}.", "rosters-roster", run_id)


def _roster(request: Request, run_id: str, told: dict[str, Any], status: int = 200) -> HttpResponse:
    run = course_run(run_id)
    permit(may_enrol_others(request.actor, run.course.institution), "list learners")
    told |= {"bulk": reverse("rosters-withdraw", args=[run_id])}
    told |= {"bulk_acts": [(Out.WITHDRAW, _("Withdraw")), (Out.REFUND, _("Withdraw and refund"))]}
    return list_page(request, "desk/roster.html", ListName.ROSTER, {**told, "run": run}, run_id, status)


@signed_in
@acts(Out)
def withdraw(request: Request, run_id: str, do: Out | None = None) -> HttpResponse:
    """Who would be withdrawn, and what becomes of their charges; with a reason and their number it is done."""
    asked = do or request.GET.get(VERB, "")
    if asked not in set(Out):
        raise Unusable("choice_unknown", _("Choose what is done with the learners."))
    most = actions.MOST_WITHDRAWN
    sent = (texts(request, "one", most) if do else request.GET.getlist("one"))[:most]
    if not sent:
        return done(request, _("Choose at least one learner first."), "rosters-roster", run_id)
    money = "back" if Out(asked) is Out.REFUND else ""
    return ask(
        request,
        actions.WITHDRAW,
        subject=run_id,
        fields={"enrolments": sent, "money": money},
        back=reverse("rosters-roster", args=[run_id]),
        kept=[(VERB, str(asked)), *(("one", one) for one in sent)],
    )


@signed_in
def gradebook(request: Request, run_id: str) -> HttpResponse:
    """The grades of a run as they are now and on record, before they go on record."""
    return _gradebook(request, run_id)


@post_only
@signed_in
def freeze(request: Request, run_id: str) -> HttpResponse:
    """Put the grades of a run on record; before its end that takes a reason."""
    back = reverse("rosters-gradebook", args=[run_id])
    try:
        return ask(request, records.PUBLISH_GRADES, subject=run_id, back=back)
    except Refused as error:
        reason = text(request, "reason", 2_000)
        return _gradebook(request, run_id, status=409, problem=in_words(error), reason=reason)


def _gradebook(request: Request, run_id: str, status: int = 200, **told: Any) -> HttpResponse:
    run = course_run(run_id)
    page = grades_of(request.actor, run_id, request.now, number=page_number(request))
    names = names_of(request, {row.learner_id for row in page.rows}, at=run.course.institution)
    told |= {"run": run, "page": page, "names": names, "over": run.ends <= request.now}
    told["waits"] = waits_by_key(GRADES, [run_id]).get(run_id, 0)
    return render(request, "desk/gradebook.html", told, status=status)
