"""Reads of files that learners hand in: what an answer names, and their content for who may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from linkspan.exams.models import AnswerFileRow, AttemptRow
from linkspan.exams.queries.lockdown import check_client
from linkspan.exams.rules import ENDINGS, UNKNOWN_CLIENT, AttemptState, Client, FileKind, HandedIn
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound


def handed_in(attempt_id: UUID, item: str = "") -> tuple[HandedIn, ...]:
    """The files of an attempt, in the order in which they came; of one question, if it is named."""
    rows = AnswerFileRow.objects.filter(attempt_id=attempt_id).order_by("at", "id")
    return tuple(as_file(row) for row in (rows.filter(item=item) if item else rows))


def as_file(row: AnswerFileRow) -> HandedIn:
    """A row as a value."""
    told = (FileKind(row.kind), row.size, row.scanned, not row.document_sha256, row.at)
    return HandedIn(row.id, row.item, row.name, *told)


def named_by(given: Iterable[str], files: Iterable[HandedIn]) -> tuple[HandedIn, ...]:
    """The files that an answer names, in its order."""
    known = {str(one.id): one for one in files}
    return tuple(known[text] for text in given if text in known)


def without_names(files: Iterable[HandedIn]) -> tuple[HandedIn, ...]:
    """The files by numbers, since learners write their names on them."""
    return tuple(
        replace(one, name=f"file-{number}.{ENDINGS[one.kind]}", counts=True) for number, one in enumerate(files, 1)
    )


def own_file(
    actor: Actor, attempt_id: UUID, file_id: UUID, *, now: datetime, client: Client = UNKNOWN_CLIENT
) -> tuple[HandedIn, bytes]:
    """One's own file with its content; while the exam runs, only in the browser that it asks for."""
    row = AttemptRow.objects.select_related("version").filter(id=attempt_id).first()
    if row is None or not actor.is_person(row.learner_id):
        raise unknown()
    if row.state == AttemptState.STARTED:
        check_client(row, client, now)
    return content_of(attempt_id, file_id)


def takes_files(actor: Actor, attempt_id: UUID) -> Mapping[str, int]:
    """The questions of one's own attempt that take files, with how many; of nobody else's."""
    row = AttemptRow.objects.only("learner_id", "uploads").filter(id=attempt_id).first()
    return row.uploads if row is not None and actor.is_person(row.learner_id) else {}


def content_of(attempt_id: UUID, file_id: UUID) -> tuple[HandedIn, bytes]:
    """A file of an attempt with its content; NotFound if there is none, or it is not kept any more."""
    row = AnswerFileRow.objects.filter(attempt_id=attempt_id, id=file_id).first()
    if row is None:
        raise unknown()
    if not row.document_sha256:
        raise NotFound("file_gone", "This file is not kept any more: its time was over.")
    return as_file(row), storage.read(row.document_sha256)


def unknown() -> NotFound:
    """That there is no such file, or it is nobody's business here."""
    return NotFound("document_unknown", "There is no such document.")
