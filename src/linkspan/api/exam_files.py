"""Files that learners hand in at exams: handed in, and read again by their learner or by who decides late answers."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Form
from ninja.files import UploadedFile

from linkspan.api.answers import Router
from linkspan.api.once import once
from linkspan.exams import actions, queries
from linkspan.exams.rules import MEDIA, Client, FileKind, HandedIn
from linkspan.kernel.public import public_address
from linkspan.kernel.request import Request

router = Router()
LARGEST = 11 * 2**20


@dataclass(frozen=True, slots=True)
class FileTold:
    """A file that was handed in: an answer of the question names it by its `id`, and only then it counts."""

    id: UUID
    item: str
    name: str
    kind: FileKind
    size: int


@router.post("/attempts/{uuid:attempt_id}/files", operation_id="hand_in_exam_file")
def hand_in(request: Request, attempt_id: UUID, item: Form[str], file: File[UploadedFile]) -> FileTold:
    """Hand in a file for a question that takes some; it takes no other file away. Then save an answer that names it."""
    content = file.read(LARGEST)
    actor, name = request.actor, file.name or ""
    looked = actions.look_at_file(actor=actor, attempt_id=attempt_id, item=item[:128], name=name, content=content)
    client = Client.of(public_address(request), request.headers)

    def work() -> FileTold:
        found = actions.hand_in_file(actor=actor, attempt_id=attempt_id, looked=looked, now=request.now, client=client)
        return FileTold(found.id, found.item, found.name, found.kind, found.size)

    sha256 = hashlib.sha256(content).hexdigest()
    return once(request, {"item": item, "name": looked.name, "sha256": sha256}, work)


@router.get("/attempts/{uuid:attempt_id}/files/{uuid:file_id}", operation_id="own_exam_file", response={200: bytes})
def own(request: Request, attempt_id: UUID, file_id: UUID) -> HttpResponse:
    """One's own file."""
    client = Client.of(public_address(request), request.headers)
    return as_file(*queries.own_file(request.actor, attempt_id, file_id, now=request.now, client=client))


@router.get("/late/{uuid:attempt_id}/files/{uuid:file_id}", operation_id="late_exam_file", response={200: bytes})
def late(request: Request, attempt_id: UUID, file_id: UUID) -> HttpResponse:
    """A file of an answer that came late, for who decides whether it counts; each reading is noted."""
    return as_file(
        *actions.read_late_file(actor=request.actor, attempt_id=attempt_id, file_id=file_id, now=request.now)
    )


def as_file(found: HandedIn, content: bytes) -> HttpResponse:
    """A file as a download."""
    response = HttpResponse(content, content_type=MEDIA[found.kind])
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    return response
