"""The school's inbox: records that learners let it read, as verified credentials with the audit."""

import csv
import io
from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts.actions import read_people
from linkspan.accounts.rules import Basis, Part, Purpose, may_export_disclosed
from linkspan.admissions import actions, queries
from linkspan.admissions.actions import MOST_EXPORTED, DisclosedRecord
from linkspan.admissions.rules import OVER, InboxFilters, Order, State
from linkspan.institutions.queries import institution_names
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.web.pages import choice, page_number, post_only, signed_in
from linkspan.web.tables import plain_cell


class Format(StrEnum):
    """The form of an export."""

    CSV = "csv"
    JSON = "json"


COLUMNS = ("learner", "name", "purpose", "basis", "parts", "credentials", "verdicts", "pathway", "version", "outcome")


@signed_in
def inboxes(request: Request) -> HttpResponseBase:
    """The inboxes of the institutions whose staff one is."""
    codes = sorted(request.actor.institutions_as("admissions") | request.actor.institutions_as("registrar"))
    permit(bool(codes), "see an inbox")
    if len(codes) == 1:
        return inbox(request, codes[0])
    return render(request, "desk/inboxes.html", {"codes": codes, "names": institution_names()})


@signed_in
def inbox(request: Request, institution: str) -> HttpResponse:
    """Whose record may be read, on which basis, until when."""
    filters, name = _filters(request), request.GET.get("name", "")[:80].strip()
    number = page_number(request)
    page = queries.inbox(request.actor, institution, filters, now=request.now, name=name, number=number)
    ids = [entry.learner_id for entry in page.rows]
    people = read_people(actor=request.actor, ids=ids, at=institution, now=request.now)
    kept = request.GET.copy()
    kept.pop("page", None)
    told = {
        "institution": institution,
        "names": institution_names(),
        "page": page,
        "rows": [{"entry": entry, "person": people.get(entry.learner_id)} for entry in page.rows],
        "filters": filters,
        "name": name,
        "filtered": bool(name) or filters != InboxFilters(),
        "kept": kept.urlencode(),
        "purposes": list(Purpose),
        "bases": [one for one in Basis if one is not Basis.AUDIT],
        "states": [state for state in State if state not in OVER],
        "may_export": may_export_disclosed(request.actor, institution),
    }
    return render(request, "desk/inbox.html", told)


def _filters(request: Request) -> InboxFilters:
    sent = request.GET
    order = sent.get("order", "")
    return InboxFilters(
        purpose=_one_of(sent.get("purpose", ""), Purpose),
        basis=_one_of(sent.get("basis", ""), Basis),
        state=_one_of(sent.get("state", ""), State),
        eligibility=_one_of(sent.get("eligibility", ""), ("met", "unknown", "not_met")),
        order=Order(order) if order in set(Order) else Order.NEWEST,
    )


def _one_of(value: str, known: Iterable[str]) -> str:
    return value if value in set(known) else ""


@post_only
@signed_in
def read(request: Request, institution: str, learner_id: UUID) -> HttpResponse:
    """Read one record: the reading is logged, and the learner sees that it was read, by whom and why."""
    shown = actions.disclose_record(
        actor=request.actor,
        learner_id=learner_id,
        institution=institution,
        purpose=request.POST.get("purpose", ""),
        now=request.now,
    )
    return render(request, "desk/disclosed.html", {"shown": shown, "names": institution_names(), "parts": list(Part)})


@post_only
@signed_in
def export(request: Request, institution: str) -> HttpResponse:
    """The filtered inbox as CSV or JSON, for registrars; each record counts as read, and is logged as an export."""
    permit(may_export_disclosed(request.actor, institution), "export records of this institution")
    kind, name = choice(request, "format", Format), request.GET.get("name", "")[:80].strip()
    filters = _filters(request)
    meant = (filters.purpose, filters.basis, filters.state, filters.eligibility)
    if tuple(request.GET.get(field, "") for field in ("purpose", "basis", "state", "eligibility")) != meant:
        raise Unusable("filter_unknown", _("Nothing was exported: the inbox has no such filter. Choose it again."))
    page = queries.inbox(request.actor, institution, filters, now=request.now, name=name, size=MOST_EXPORTED)
    if page.total > len(page.rows):
        raise Unusable(
            "export_too_large",
            "{total} records are too many: filter to {count} or fewer.",
            total=page.total,
            count=len(page.rows),
        )
    wanted = [(entry.learner_id, entry.purpose) for entry in page.rows]
    records = actions.export_records(actor=request.actor, institution=institution, wanted=wanted, now=request.now)
    if kind is Format.JSON:
        response: HttpResponse = JsonResponse({"institution": institution, "records": [_as_json(r) for r in records]})
    else:
        response = HttpResponse(_as_csv(records), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="inbox.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


def _as_json(shown: DisclosedRecord) -> dict[str, Any]:
    return {
        "name": shown.name,
        "purpose": shown.purpose,
        "basis": shown.basis,
        "until": shown.until,
        "record": shown.record,
        "credentials": [
            {"document": held.document, "verification": verdict.as_json()} for held, verdict in shown.credentials
        ],
        "audits": [row.audit.as_json() for row in shown.pathways if row.audit],
    }


def _as_csv(records: tuple[DisclosedRecord, ...]) -> str:
    """One line per record and pathway; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for shown in records:
        for row in shown.pathways or (None,):
            audit = row.audit if row else None
            cells = (
                shown.learner_id,
                shown.name,
                shown.purpose,
                shown.basis,
                " ".join(shown.parts),
                "; ".join(held.title for held, _ in shown.credentials),
                "; ".join(verdict.verdict for _, verdict in shown.credentials),
                row.agreement.id if row else "",
                row.agreement.version if row else "",
                audit.outcome.value if audit else "",
            )
            writer.writerow([plain_cell(str(cell)) for cell in cells])
    return out.getvalue()
