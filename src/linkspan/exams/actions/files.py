"""Files as answers: handed in, never taken away, and read by who marks or decides, which is noted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from linkspan.exams.actions.answers import check_open
from linkspan.exams.actions.rows import attempt_row, bind_device, own_attempt_row
from linkspan.exams.models import AnswerFileRow, AttemptRow, ResponseRow
from linkspan.exams.queries import as_exam, as_file, bank_of, check_client, content_of, one_to_mark
from linkspan.exams.queries.files import unknown
from linkspan.exams.rules import UNKNOWN_CLIENT, Accepts, Client, FileKind, HandedIn, Standing, may_decide_late
from linkspan.exams.rules.kinds.upload import check_file, check_room, file_name
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.papers import is_clean, type_of


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at and may be kept for a question; nothing is stored yet."""

    item: str
    name: str
    kind: FileKind
    content: bytes
    scanned: bool


def look_at_file(*, actor: Actor, attempt_id: UUID, item: str, name: str, content: bytes) -> Looked:
    """The file, told by its content and scanned where a scanner is set up; Unusable or Refused if it cannot be taken.

    It calls out, so it comes before the transaction that stores.
    """
    kind = check_file(_accepts(actor, attempt_id, item), content, type_of(content))
    return Looked(item, file_name(name, kind), kind, content, is_clean(content))


@transaction.atomic
def hand_in_file(
    *, actor: Actor, attempt_id: UUID, looked: Looked, now: datetime, client: Client = UNKNOWN_CLIENT
) -> HandedIn:
    """Keep a file for a question of one's attempt; it counts once a saved answer names it.

    The same again is the same file; no file ever takes another one away. What comes after the end is kept too: the
    answer that names it is late.
    """
    row = own_attempt_row(actor, attempt_id)
    check_client(row, client, now)
    check_open(row)
    bind_device(row, client)
    told = {"item": looked.item, "name": looked.name, "document_sha256": storage.keep(looked.content)}
    same = row.files.filter(**told).first()
    if same is not None:
        return as_file(same)
    held = row.files.aggregate(size=Sum("size"))["size"] or 0
    check_room(row.files.count(), held, len(looked.content))
    found = AnswerFileRow(learner_id=row.learner_id, attempt=row, kind=looked.kind, at=now, **told)
    found.size, found.scanned = len(looked.content), looked.scanned
    found.save(force_insert=True)
    return as_file(found)


def _accepts(actor: Actor, attempt_id: UUID, item: str) -> Accepts:
    """What a question of one's own attempt takes; before the file is looked at."""
    row = AttemptRow.objects.select_related("version").filter(id=attempt_id).first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    check_open(row)
    asked = next((one for one in bank_of(row.version) if one.id == item and item in row.uploads), None)
    if asked is None or asked.accepts is None:
        raise Unusable("no_upload", "This question takes no files.")
    return asked.accepts


@transaction.atomic
def read_marked_file(*, actor: Actor, mark_id: UUID, file_id: UUID, now: datetime) -> tuple[HandedIn, bytes]:
    """A file of an answer that waits for the actor's mark, under a neutral name; each reading is kept."""
    found = one_to_mark(actor, mark_id)
    shown = next((one for one in found.files if one.id == file_id), None)
    if shown is None:
        raise unknown()
    attempt_id = AnswerFileRow.objects.values_list("attempt_id", flat=True).get(id=file_id)
    _, content = content_of(attempt_id, file_id)
    _note(actor, attempt_id, file_id, now)
    return shown, content


@transaction.atomic
def read_late_file(*, actor: Actor, attempt_id: UUID, file_id: UUID, now: datetime) -> tuple[HandedIn, bytes]:
    """A file of an answer that came late, for who decides whether it counts; each reading is kept."""
    row = attempt_row(attempt_id)
    permit(may_decide_late(actor, as_exam(row.version), row.learner_id), "decide late answers here")
    late = ResponseRow.objects.filter(attempt=row, standing=Standing.LATE).values_list("given", flat=True)
    if not any(str(file_id) in given for given in late):
        raise unknown()
    found, content = content_of(attempt_id, file_id)
    _note(actor, attempt_id, file_id, now)
    return found, content


def _note(actor: Actor, attempt_id: UUID, file_id: UUID, now: datetime) -> None:
    subject = f"exams.attempt:{attempt_id}"
    audit.record(actor=actor, verb="read_answer_file", subject=subject, now=now, after={"file": str(file_id)})
