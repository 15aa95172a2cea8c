"""The author's desk: courses are handed in, tried, imported, compared and rolled back."""

from enum import StrEnum
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET

from linkspan.courseware import actions, queries
from linkspan.courseware.rules import Comparison, Edit, GradeChange, Trial, TrialAct, may_extend
from linkspan.kernel.errors import LinkspanError, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.web.pages import acts, done, names_of, page_number, post_only, seen, signed_in, text, upload
from linkspan.web.tables import csv_file

MOST_SHOWN = 500
EDITS = {Edit.ADDED: lazy("Added"), Edit.REMOVED: lazy("Removed"), Edit.CHANGED: lazy("Changed")}


class HandIn(StrEnum):
    """What a run is given: a file to try, a repository to fetch, or an earlier version to go back to."""

    TRY = "try"
    FETCH = "fetch"
    BACK = "back"


@signed_in
def desk(request: Request) -> HttpResponse:
    """The runs of my institutions: what is to be done first in each."""
    runs = queries.authored_runs(request.actor)
    told = {"runs": runs, "begins": not runs or any(one.taught is None for one in runs)}
    return render(request, "desk/authoring.html", told)


@signed_in
@acts(HandIn)
def run(request: Request, run_id: str, do: HandIn | None = None) -> HttpResponse:
    """One run: its versions and trials; a post has a file or an earlier version tried."""
    if do is None:
        return _run(request, run_id)
    try:
        return redirect("authoring-trial", _begun(request, run_id, do))
    except (Unusable, Refused) as error:
        return _run(request, run_id, error)


def _begun(request: Request, run_id: str, do: HandIn) -> UUID:
    if do is HandIn.BACK:
        version = _version(request.POST.get("version", ""))
        return actions.try_version(actor=request.actor, run_id=run_id, version_id=version, now=request.now)
    if do is HandIn.FETCH:
        address, ref = text(request, "address", 2_000), text(request, "ref", 2_000)
        return actions.hand_in_repository(actor=request.actor, run_id=run_id, address=address, ref=ref, now=request.now)
    content, file = upload(request, "file", largest=actions.LARGEST), request.FILES.get("file")
    name = (file and file.name) or ""
    return actions.hand_in_course(actor=request.actor, run_id=run_id, name=name, content=content, now=request.now)


def _version(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Unusable("version_unknown", _("Choose a version of this course.")) from None


def _run(request: Request, run_id: str, problem: LinkspanError | None = None) -> HttpResponse:
    run = queries.authored_run(request.actor, run_id)
    told = {
        "run": run,
        "may_extend": may_extend(request.actor, run.course.institution),
        "versions": queries.versions_of(request.actor, run_id),
        "trials": queries.trials_of(request.actor, run_id),
        "problem": problem,
        "at": problem.field if problem else "",
        "typed": {name: request.POST.get(name, "")[:2_000] for name in ("address", "ref")},
        "most": actions.LARGEST >> 20,
    }
    return render(request, "desk/authored_run.html", told, status=problem.status if problem else 200)


@signed_in
@acts(TrialAct)
def trial(request: Request, trial_id: UUID, do: TrialAct | None = None) -> HttpResponse:
    """What a trial found; a post imports exactly that, or discards it."""
    found = queries.trial(request.actor, trial_id)
    if do is TrialAct.DISCARD:
        actions.discard_trial(actor=request.actor, trial_id=trial_id, now=request.now)
        return done(request, _("The course was discarded. Nothing was changed."), "authoring-run", found.run_id)
    if do is None:
        return _trial(request, found)
    try:
        actions.take_course(actor=request.actor, trial_id=trial_id, sha256=seen(request) or "", now=request.now)
    except (Unusable, Refused) as error:
        return _trial(request, queries.trial(request.actor, trial_id), error)
    return done(request, _("Learners see this version now."), "authoring-run", found.run_id)


def _trial(request: Request, found: Trial, problem: LinkspanError | None = None) -> HttpResponse:
    changes = queries.grade_changes(request.actor, found.id, number=page_number(request))
    told = {
        "trial": found,
        "run": queries.authored_run(request.actor, found.run_id),
        "page": changes,
        "names": names_of(request, [row.learner_id for row in changes.rows], at=found.institution),
        "problem": problem,
        "errors": found.report.errors[:MOST_SHOWN],
        "warnings": found.report.warnings[:MOST_SHOWN],
        "most": MOST_SHOWN,
    }
    if found.report.changes is not None:
        told |= _differs(found.report.changes, found.report.parts)
    return render(request, "desk/course_trial.html", told, status=problem.status if problem else 200)


@require_GET
@signed_in
def grades(request: Request, trial_id: UUID) -> HttpResponse:
    """Whose grade a trial would change, as a table; names where one's work is with the learner."""
    rows: list[GradeChange] = []
    page = queries.grade_changes(request.actor, trial_id, size=200)
    rows += page.rows
    while page.has_next:
        page = queries.grade_changes(request.actor, trial_id, number=page.number + 1, size=200)
        rows += page.rows
    names = names_of(request, [row.learner_id for row in rows], at=queries.trial(request.actor, trial_id).institution)
    header = ("learner", "before", "after", "passed_before", "passed_after")
    cells = (
        (names.get(row.learner_id, ""), row.before, row.after, row.passed_before, row.passed_after) for row in rows
    )
    return csv_file("grades.csv", header, cells)


@require_GET
@signed_in
def compare(request: Request, run_id: str, before: UUID, after: UUID) -> HttpResponse:
    """What differs between two versions."""
    found = queries.comparison(request.actor, run_id, before, after)
    numbers = {one.id: one.number for one in queries.versions_of(request.actor, run_id)}
    told = {
        "run": queries.authored_run(request.actor, run_id),
        "before": numbers[before],
        "after": numbers[after],
    } | _differs(found, len(found.blocks))
    return render(request, "desk/course_compare.html", told)


def _differs(found: Comparison, parts: int) -> dict[str, object]:
    """What a page tells of two versions; `parts` that differ all told."""
    counts = {edit: sum(one.edit is edit for one in found.blocks) for edit in Edit}
    return {
        "policy": found.policy,
        "counts": [(words, counts[edit]) for edit, words in EDITS.items()],
        "blocks": [(one, EDITS[one.edit]) for one in found.blocks[:MOST_SHOWN]],
        "left": max(0, parts - MOST_SHOWN),
        "files": [(name, EDITS[edit]) for name, edit in list(found.files.items())[:MOST_SHOWN]],
    }


@post_only
@signed_in
def export(request: Request, run_id: str, version_id: UUID) -> FileResponse:
    """A version as the archive that is imported again."""
    file = actions.export_course(actor=request.actor, run_id=run_id, version_id=version_id, now=request.now)
    return FileResponse(file, as_attachment=True, filename="course.tar.gz", content_type="application/gzip")


@require_GET
@signed_in
def findings(request: Request, trial_id: UUID) -> HttpResponse:
    """Everything that a trial found wrong or cannot teach here, as a table."""
    report = queries.trial(request.actor, trial_id).report
    rows = [one.cells for one in report.errors + report.warnings]
    if report.problem:
        rows.insert(0, ("error", "", report.problem.code, in_words(report.problem)))
    return csv_file("findings.csv", ("kind", "block", "code", "message"), rows)
