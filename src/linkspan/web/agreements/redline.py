"""An agreement as a redline: a page to read and print, and a PDF to send to counsel."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request
from linkspan.pathways.engines.redline_pdf import redline_pdf
from linkspan.screens.redline import RedlineScreen, draft_redline, printed, sections_of, version_redline
from linkspan.web.pages import signed_in
from linkspan.web.tables import as_file


@signed_in
def of_version(request: Request, agreement_id: str, version: int) -> HttpResponse:
    """A version clause by clause, with what changed since another one."""
    screen = version_redline(request.actor, agreement_id, version, _other(request))
    back = reverse("agreements-desk-version", args=[agreement_id, version])
    return _shown(request, screen, back, f"{agreement_id}.{version}")


@signed_in
def of_draft(request: Request, draft_id: UUID) -> HttpResponse:
    """The same of a draft."""
    screen = draft_redline(request.actor, draft_id, _other(request))
    back = reverse("agreements-editor-edit", args=[draft_id])
    return _shown(request, screen, back, f"draft.{screen.version}")


def _shown(request: Request, screen: RedlineScreen, back: str, name: str) -> HttpResponse:
    if request.GET.get("file") == "pdf":
        return as_file(redline_pdf(dict(printed(screen))), "application/pdf", f"{name}.pdf")
    changed = sum(line.changed for line in screen.lines)
    told = {"screen": screen, "sections": sections_of(screen), "changed": changed, "back": back}
    return render(request, "desk/agreement_redline.html", told)


def _other(request: Request) -> int | None:
    given = request.GET.get("with", "")
    if not given:
        return None
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise NotFound("version_unknown", "There is no such earlier version.")
    return int(given)
