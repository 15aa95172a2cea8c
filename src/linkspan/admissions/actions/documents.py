"""Saving an application to go on later, and the documents that come with it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.rows import round_row
from linkspan.admissions.models import ApplicationRow, DocumentRow, DraftRow
from linkspan.admissions.queries import as_round
from linkspan.admissions.queries.documents import as_document
from linkspan.admissions.rules.applications import State, check_window, may_admit
from linkspan.admissions.rules.documents import Document, Scan, check_document, file_name
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.papers import is_clean, type_of
from linkspan.kernel.versions import check_seen


@transaction.atomic
def save_draft(*, actor: Actor, round_id: UUID, statement: str, now: datetime, seen: str | None = None) -> None:
    """Save what was written so far; only its writer sees it. Refused outside the window or once it is sent.

    Changed if another draft was saved than the one `seen`, unless it is the same.
    """
    learner_id = _applicant(actor)
    check_window(as_round(round_row(round_id)), now)
    if ApplicationRow.objects.filter(learner_id=learner_id, round_id=round_id).exists():
        raise Refused("sent_already", "This application is sent already.")
    if len(statement) > 10_000:
        raise Unusable("statement_too_long", "The statement is longer than 10000 characters.")
    check_draft_seen(learner_id, round_id, seen, statement)
    fields = {"statement": statement, "saved_at": now}
    DraftRow.objects.update_or_create(learner_id=learner_id, round_id=round_id, defaults=fields)


def check_draft_seen(learner_id: UUID, round_id: UUID, seen: str | None, statement: str) -> None:
    """Changed if the saved draft is another than the one `seen`, and than what replaces it."""
    row = DraftRow.objects.select_for_update().filter(learner_id=learner_id, round_id=round_id).first()
    saved = row.statement if row else ""
    if saved != statement:
        check_seen(seen, {"statement": saved})


def add_document(*, actor: Actor, round_id: UUID, slot: str, name: str, content: bytes, now: datetime) -> Document:
    """Hand in a document for one's application, while the window is open or evidence is missing.

    The type is told by the content. It is scanned where a scanner is set up (`LINKSPAN_CLAMD`), and stored encrypted.
    Refused (`document_infected`) if the scanner finds something; nothing is stored then.
    """
    learner_id = _applicant(actor)
    _check_time(learner_id, round_id, now)
    media_type = type_of(content)
    scanned = checked(content)
    with transaction.atomic():
        held = DocumentRow.objects.filter(learner_id=learner_id, round_id=round_id, removed_at=None)
        check_document(slot, name, media_type, held.count())
        sha256 = storage.keep(content)
        same = held.filter(slot=slot, sha256=sha256).first()
        if same is not None:
            return as_document(same)
        row = DocumentRow.objects.create(
            learner_id=learner_id,
            round_id=round_id,
            slot=slot,
            name=file_name(name, media_type),
            media_type=media_type,
            size=len(content),
            sha256=sha256,
            scan=scanned,
            at=now,
        )
        after = {"slot": slot, "sha256": sha256, "scan": scanned}
        audit.record(actor=actor, verb="add_document", subject=f"admissions.document:{row.id}", now=now, after=after)
    return as_document(row)


@transaction.atomic
def remove_document(*, actor: Actor, document_id: UUID, now: datetime) -> Document:
    """Take one's own document back, while it could be handed in; it no longer counts and is no longer shown."""
    row = _document(document_id)
    permit(actor.is_person(row.learner_id), "remove somebody else's document")
    _check_time(row.learner_id, row.round_id, now)
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    audit.record(actor=actor, verb="remove_document", subject=f"admissions.document:{row.id}", now=now)
    return as_document(row)


@transaction.atomic
def read_document(*, actor: Actor, document_id: UUID, now: datetime) -> tuple[Document, bytes]:
    """The document with its content, for its learner and the institution's admissions staff; each reading is kept."""
    row = _document(document_id)
    own = actor.is_person(row.learner_id)
    permit(own or may_admit(actor, row.round.institution), "read this document")
    if not own:
        audit.record(actor=actor, verb="read_document", subject=f"admissions.document:{row.id}", now=now)
    return as_document(row), storage.read(row.sha256)


def checked(content: bytes) -> Scan:
    """What the virus scanner says; Refused if it finds something."""
    return Scan.CLEAN if is_clean(content) else Scan.NOT_SCANNED


def _applicant(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in to apply.")
    return actor.person_id


def _check_time(learner_id: UUID, round_id: UUID, now: datetime) -> None:
    sent = ApplicationRow.objects.filter(learner_id=learner_id, round_id=round_id).first()
    if sent is None or sent.state not in (State.SUBMITTED, State.INCOMPLETE, State.PROVISIONAL):
        check_window(as_round(round_row(round_id)), now)


def _document(document_id: UUID) -> DocumentRow:
    row = DocumentRow.objects.select_related("round").filter(id=document_id, removed_at=None).first()
    if row is None:
        raise NotFound("document_unknown", "There is no such document.")
    return row
