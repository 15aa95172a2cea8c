"""Files of both ways: a version as CTDL, JSON or a CSV table; a table into a draft, tried first if wanted."""

import json
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries
from linkspan.pathways.rules import agreement_as_ctdl, recognition_as_csv
from linkspan.web.pages import done, post_only, signed_in, ticked, upload


@signed_in
def give(request: Request, agreement_id: str, version: int, name: str) -> HttpResponse:
    """One version as a file: `ctdl.json`, `agreement.json` or `recognition.csv`."""
    found = queries.version_detail(request.actor, agreement_id, version)
    if name == "recognition.csv":
        answer = HttpResponse(recognition_as_csv(found.terms.recognition), content_type="text/csv; charset=utf-8")
    elif name == "ctdl.json":
        graph = agreement_as_ctdl(found.terms, settings.BASE_URL.rstrip("/"))
        answer = HttpResponse(json.dumps(graph, ensure_ascii=False, indent=1), content_type="application/ld+json")
    elif name == "agreement.json":
        content = json.dumps(found.document, ensure_ascii=False, indent=1)
        answer = HttpResponse(content, content_type="application/json")
    else:
        raise NotFound("file_unknown", "There is no such file of this version.")
    answer["Content-Disposition"] = f'attachment; filename="{agreement_id}.{version}.{name}"'
    return answer


@post_only
@signed_in
def take(request: Request, draft_id: UUID) -> HttpResponse:
    """The rows of a table instead of the draft's; with «try only» nothing is kept."""
    try:
        table = upload(request, "file").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unusable("table_unusable", _("The table is not UTF-8 text. Save it as «CSV UTF-8».")) from error
    dry = ticked(request, "dry_run")
    told = actions.import_recognition(actor=request.actor, draft_id=draft_id, table=table, dry_run=dry, now=request.now)
    tried = _("{rows} rows could stand instead of {instead_of}; nothing was changed.")
    words = tried if dry else _("{rows} rows are in.")
    return done(request, words.format(**told), "agreements-editor-edit", draft_id)
