"""Files as answers of an exam: handed in, read again by their learner, by who marks and by who decides late answers."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache

from linkspan.exams import actions, queries
from linkspan.exams.rules import MEDIA, HandedIn, too_many
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.reasons import Reason
from linkspan.kernel.request import Request
from linkspan.web.exam_client import client_of, gated
from linkspan.web.exam_json import as_json
from linkspan.web.pages import signed_in

#: No question takes a larger file; a little more is read, so that the question's own bound is what is told.
LARGEST = 11 * 2**20
#: How many files one press of a button takes for one question.
MOST_AT_ONCE = 20


@as_json
def hand_in(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """Keep one file that the page's script sends; an answer that names it comes with the next save."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Unusable("file_missing", "Choose a file first.")
    item = request.POST.get("item", "")[:128]
    found = _take(request, attempt_id, item, file)
    return {"id": str(found.id), "name": found.name}


def _take(request: Request, attempt_id: UUID, item: str, file: "UploadedFile[Any]") -> HandedIn:
    actor, client, content = request.actor, client_of(request, attempt_id), file.read(LARGEST)
    looked = actions.look_at_file(actor=actor, attempt_id=attempt_id, item=item, name=file.name or "", content=content)
    return actions.hand_in_file(actor=actor, attempt_id=attempt_id, looked=looked, now=request.now, client=client)


Fields = dict[str, tuple[tuple[str, ...], int | None]]


def take_posted(request: Request, attempt_id: UUID, fields: Fields) -> tuple[Fields, dict[str, Reason]]:
    """The fields with what the plain form's files add to them, and why a file was not taken or does not count yet.

    A file that is not taken leaves everything else as it is.
    """
    wrong: dict[str, Reason] = {}
    found = dict(fields)
    for item, most in queries.takes_files(request.actor, attempt_id).items():
        if item not in fields:
            continue
        given, version = fields[item]
        for file in request.FILES.getlist(f"file_{item}")[:MOST_AT_ONCE]:
            try:
                kept = str(_take(request, attempt_id, item, file).id)
            except (Unusable, Refused) as error:
                wrong[item] = error.reason
                continue
            given = given if kept in given else (*given, kept)
        if len(given) > most:
            wrong[item] = too_many(most).reason
        found[item] = (given[:most], version)
    return found, wrong


@signed_in
@never_cache
@gated
def own(request: Request, attempt_id: UUID, file_id: UUID) -> HttpResponse:
    """One's own file as a download."""
    client = client_of(request, attempt_id)
    return download(*queries.own_file(request.actor, attempt_id, file_id, now=request.now, client=client))


@signed_in
@never_cache
def marked(request: Request, mark_id: UUID, file_id: UUID) -> HttpResponse:
    """A file of an answer that waits for my mark, under a name that tells nothing."""
    return download(*actions.read_marked_file(actor=request.actor, mark_id=mark_id, file_id=file_id, now=request.now))


@signed_in
@never_cache
def late(request: Request, attempt_id: UUID, file_id: UUID) -> HttpResponse:
    """A file of an answer that came late, for who decides whether it counts."""
    return download(
        *actions.read_late_file(actor=request.actor, attempt_id=attempt_id, file_id=file_id, now=request.now)
    )


def download(found: HandedIn, content: bytes) -> HttpResponse:
    """A file as a download: never shown by the browser, whatever it holds."""
    response = HttpResponse(content, content_type=MEDIA[found.kind])
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
