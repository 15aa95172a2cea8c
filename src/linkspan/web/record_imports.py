"""Importing records from a platform's export: a file, a look at what it would do, the import, the rows to correct."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from linkspan.catalog.queries import course_runs
from linkspan.courseware.rules import Form, reading_of
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.kernel.versions import version_of
from linkspan.records import actions, queries
from linkspan.records.rules import Export
from linkspan.web.pages import done, seen, signed_in, text, upload
from linkspan.web.tables import csv_file

MOST_SHOWN = 200
#: The field of the form that a refusal of a file speaks of; any other speaks of the file.
FIELD_OF = {
    "run_missing": "run",
    "run_unknown": "run",
    "run_differs": "run",
    "place_unusable": "platform",
    "pass_mark_unusable": "pass_mark",
}


@signed_in
def desk(request: Request) -> HttpResponse:
    """The imports of my institutions, and a form for another file; what was typed is kept where it cannot be used."""
    exports = queries.exports(request.actor)
    schools = sorted(request.actor.institutions_as("registrar") | request.actor.institutions_as("program_staff"))
    runs = [run for run in reversed(course_runs()) if run.course.institution in schools]
    told: dict[str, Any] = {"exports": exports, "schools": schools, "runs": runs}
    told["connects"] = request.actor.institutions_as("registrar")
    if request.method != "POST":
        return render(request, "desk/imports.html", told)
    try:
        made = _handed_in(request)
    except (Unusable, NotFound) as error:
        wrong = {"problem": in_words(error), "at": FIELD_OF.get(error.code, "file"), "typed": request.POST}
        return render(request, "desk/imports.html", told | wrong, status=error.status)
    return redirect("record_imports-one", made)


def _handed_in(request: Request) -> UUID:
    content, file = upload(request, "file"), request.FILES.get("file")
    name = (file and file.name) or ""
    asked = (text(request, field, longest) for field, longest in (("run", 255), ("platform", 300), ("pass_mark", 8)))
    return actions.hand_in_export(
        actor=request.actor,
        institution=text(request, "institution", 64),
        name=name,
        content=content,
        reading=reading_of(name, *asked),
        now=request.now,
    )


@signed_in
def one(request: Request, export_id: UUID) -> HttpResponse:
    """What a file would do, or did; a post imports it."""
    if request.method != "POST":
        return _page(request, export_id)
    reason = text(request, "reason", 1000)
    try:
        actions.take_export(
            actor=request.actor, export_id=export_id, reason=reason, seen=seen(request), now=request.now
        )
    except Refused as problem:
        return _page(request, export_id, status=409, problem=in_words(problem), reason=reason)
    told = queries.export(request.actor, export_id).outcome or {}
    count = told["new"] + told["corrected"]
    words = ngettext("{count} fact is on record.", "{count} facts are on record.", count)
    return done(request, words.format(count=count), "record_imports-one", export_id)


@require_GET
@signed_in
def refused_lines(request: Request, export_id: UUID) -> HttpResponse:
    """The refused rows as they were handed in, to be corrected and handed in again."""
    is_report = queries.export(request.actor, export_id).reading.form is Form.GRADE_REPORT
    kind, ending = ("text/csv", "csv") if is_report else ("application/jsonl", "jsonl")
    lines = queries.refused_lines(request.actor, export_id, request.now)
    answer = HttpResponse(lines, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused.{ending}"'
    return answer


@require_GET
@signed_in
def refusals(request: Request, export_id: UUID) -> HttpResponse:
    """Why rows are refused, as a table."""
    rows = _found(request, queries.export(request.actor, export_id))["refusals"]
    header = ("row", "email", "field", "reason")
    return csv_file("refused.csv", header, ([row[name] for name in header] for row in rows))


def _found(request: Request, export: Export) -> dict[str, Any]:
    """What became of an import, or would become of it now."""
    return dict(export.outcome or queries.export_trial(request.actor, export.id, request.now).told())


def _page(request: Request, export_id: UUID, status: int = 200, **told: str) -> HttpResponse:
    export = queries.export(request.actor, export_id)
    found = _found(request, export)
    counts = {name: value for name, value in found.items() if isinstance(value, int)}
    shown = {"export": export, "found": found, "seen": version_of(counts)}
    shown["open_until"] = queries.needs_reason(request.actor, export_id, request.now)
    changes = [row | {"fields": _differences(row["before"], row["after"])} for row in found["changes"][:MOST_SHOWN]]
    return render(request, "desk/import.html", shown | told | {"changes": changes}, status=status)


def _differences(before: Any, after: Any, name: str = "") -> list[tuple[str, str, str]]:
    """What two versions of a fact say otherwise, by field."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [] if before == after else [(name.strip(), _shown(before), _shown(after))]
    names = sorted({*before, *after})
    return [row for one in names for row in _differences(before.get(one), after.get(one), f"{name} {one}")]


def _shown(value: Any) -> str:
    return "" if value is None else str(value)[:200]
