"""Practice before an exam: begun as often as wanted, saved by the protocol of exams, kept apart from all attempts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.answers import OpenedPage, Receipt, Taken
from linkspan.exams.actions.making import draft_row, save_draft
from linkspan.exams.engines import seb_client
from linkspan.exams.engines.sealing import check_signature, file_key, signing_key
from linkspan.exams.models import DeviceCheckRow, ExamRow, PracticeRow
from linkspan.exams.queries.devices import device_before
from linkspan.exams.queries.practice import own_practice, practice_answers, sample_names
from linkspan.exams.queries.values import as_exam
from linkspan.exams.rules import (
    UNKNOWN_CLIENT,
    Batch,
    Change,
    Client,
    Current,
    ItemKind,
    NotTaken,
    Standing,
    Version,
    check_value,
    counts,
)
from linkspan.exams.rules.conduct import Conduct, check_conduct
from linkspan.exams.rules.kinds.upload import check_file, file_name
from linkspan.exams.rules.practice import (
    BEGUN_WITHIN,
    MOST_FILES_HERE,
    MOST_PAGES_HERE,
    MOST_SAVES,
    PROBES,
    SAMPLES,
    DeviceCheck,
    Seen,
    check_begun,
    ends_at,
    lines_of,
)
from linkspan.exams.rules.saving import is_long
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.papers import type_of
from linkspan.kernel.reasons import stored


@transaction.atomic
def begin_practice_run(*, actor: Actor, code: str, now: datetime) -> UUID:
    """Begin practice for an exam with sample questions of its kinds; return its id. It counts for nothing."""
    exam = ExamRow.objects.select_related("in_force__exam").filter(code=code).first()
    if exam is None or exam.in_force is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    one_at_a_time(f"exams.practice:{actor.own_id}")
    check_begun(PracticeRow.objects.filter(learner_id=actor.own_id, began_at__gt=now - BEGUN_WITHIN).count())
    form = list(sample_names(exam.in_force))
    return PracticeRow.objects.create(learner_id=actor.own_id, version=exam.in_force, form=form, began_at=now).id


@transaction.atomic
def open_practice_page(*, actor: Actor, practice_id: UUID, now: datetime) -> OpenedPage:
    """Open a live page on one's own practice; every page opened before becomes read-only."""
    row = own_practice(actor, practice_id, locked=True)
    _check_running(row)
    if len(row.pages) >= MOST_PAGES_HERE:
        raise Refused("too_many_pages", "This exam was opened too often. Save by the buttons of the page.")
    page, number = new_id(), len(row.pages) + 1
    row.pages[str(page)] = number
    row.save(update_fields=["pages"])
    secret = storage.document_key()
    keys = (signing_key(secret, page).hex(), file_key(secret, page).hex())
    return OpenedPage(page, number, *keys, practice_answers(row))


@transaction.atomic
def save_practice(*, actor: Actor, practice_id: UUID, batch: Batch, now: datetime) -> Receipt:
    """Store a page's signed changes as an exam does; the same again gives the same answer."""
    row = own_practice(actor, practice_id, locked=True)
    number = row.pages.get(str(batch.writer))
    if number is None:
        raise NotFound("page_unknown", "There is no such page of this attempt.")
    check_signature(storage.document_keys(), batch)
    taken: list[Taken] = []
    wrong = list(batch.not_taken)
    for change in batch.changes:
        problem = _problem(row, change)
        if problem is None:
            taken.append(_put(row, str(batch.writer), number, change, now))
        else:
            wrong.append(problem)
    row.save(update_fields=["log", "answers"])
    running = row.handed_in_at is None and now < ends_at(row.began_at)
    return Receipt(tuple(taken), tuple(wrong), now, ends_at(row.began_at), number == len(row.pages), running)


@transaction.atomic
def save_practice_form(
    *,
    actor: Actor,
    practice_id: UUID,
    fields: Mapping[str, tuple[tuple[str, ...], int | None]],
    now: datetime,
) -> None:
    """Save what the plain form of practice holds; the newest answer counts."""
    row = own_practice(actor, practice_id, locked=True)
    for item, (given, _) in fields.items():
        if (item in row.form or item in PROBES) and not _wrong(row, item, check_value(list(given))):
            held = row.answers.get(item)
            if given != tuple(held["value"] if held else ()):
                _answer(row, item, given, 0, 0, now)
    row.save(update_fields=["answers"])


@transaction.atomic
def hand_in_practice_file(*, actor: Actor, practice_id: UUID, name: str, content: bytes) -> UUID:
    """Take a file for a sample question: looked at by its content and size as an exam would, and not kept."""
    row = own_practice(actor, practice_id, locked=True)
    _check_running(row)
    accepts = SAMPLES[ItemKind.UPLOAD].accepts
    if accepts is None or SAMPLES[ItemKind.UPLOAD].id not in row.form:
        raise Unusable("file_unknown", "The answer names what was not handed in for this question.")
    if len(row.files) >= MOST_FILES_HERE:
        raise Refused("practice_files_full", "Practice takes no more files. Hand it in.")
    kind = check_file(accepts, content, type_of(content))
    file_id = new_id()
    row.files[str(file_id)] = file_name(name, kind)
    row.save(update_fields=["files"])
    return file_id


@transaction.atomic
def hand_in_practice(*, actor: Actor, practice_id: UUID, now: datetime) -> None:
    """Hand practice in; a second time changes nothing."""
    row = own_practice(actor, practice_id, locked=True)
    if row.handed_in_at is None:
        row.handed_in_at = now
        row.save(update_fields=["handed_in_at"])


@transaction.atomic
def check_device(
    *,
    actor: Actor,
    code: str,
    seen: Seen,
    now: datetime,
    practice_id: UUID | None = None,
    client: Client = UNKNOWN_CLIENT,
) -> DeviceCheck:
    """Keep what was found of a device before an exam.

    How many answers came is counted here, in the practice that the page saved into; so is which browser it is.
    """
    exam = ExamRow.objects.select_related("in_force__exam").filter(code=code).first()
    if exam is None or exam.in_force is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    one_at_a_time(f"exams.practice:{actor.own_id}")
    since = now - BEGUN_WITHIN
    check_begun(DeviceCheckRow.objects.filter(learner_id=actor.own_id, at__gt=since).count())
    found = as_exam(exam.in_force)
    saved = 0
    if practice_id is not None:
        row = own_practice(actor, practice_id)
        saved = sum(probe in row.answers for probe in PROBES) if row.version.exam_id == code else 0
    why = seb_client.why_not(found.seb, client) if found.seb else None
    needs = device_before(actor.own_id, found).needs
    lines = lines_of(needs, seen, saved, why.reason.sentence if why else None)
    kept = [
        {"check": one.check, "found": one.found, "words": stored([one.words])[0], "todo": stored([one.todo])[0]}
        for one in lines
    ]
    made = DeviceCheckRow.objects.create(learner_id=actor.own_id, version=exam.in_force, lines=kept, at=now)
    return DeviceCheck(made.id, now, lines)


@transaction.atomic
def put_conduct(*, actor: Actor, code: str, conduct: Conduct, now: datetime) -> Version:
    """Say how the draft is conducted: for who makes the exam."""
    version = draft_row(actor, code)
    version.conduct = check_conduct(conduct).as_kept()
    return save_draft(version, actor, "put_exam_conduct", now, version.conduct)


def _check_running(row: PracticeRow) -> None:
    if row.handed_in_at is not None:
        raise Refused("practice_over", "This practice was handed in. Begin another one.")


def _problem(row: PracticeRow, change: Change) -> NotTaken | None:
    words = None
    if change.item not in row.form and change.item not in PROBES:
        words = ("item_unknown", "That item is not on this form.")
    elif row.handed_in_at is not None:
        words = ("practice_over", "This practice was handed in. Begin another one.")
    elif sum(len(held) for held in row.log.values()) >= MOST_SAVES:
        words = ("too_many_saves", "This exam was saved too often. Hand in what is saved.")
    elif _wrong(row, change.item, change.value):
        words = ("response_unusable", "This answer is too long for its question.")
    return NotTaken(change.item, change.seq, *words) if words else None


def _wrong(row: PracticeRow, item: str, value: tuple[str, ...]) -> bool:
    """Whether a value is none that its question takes: only an essay is long, and files were handed in."""
    if item == SAMPLES[ItemKind.UPLOAD].id:
        return not set(value) <= set(row.files)
    return is_long(value) and item != SAMPLES[ItemKind.ESSAY].id


def _put(row: PracticeRow, page: str, number: int, change: Change, now: datetime) -> Taken:
    log = row.log.setdefault(page, {})
    standing = log.get(str(change.seq))
    held = row.answers.get(change.item)
    if standing is None:
        current = Current(held["version"], held["page"], held["seq"]) if held else None
        standing = Standing.APPLIED if counts(change, number, current) else Standing.KEPT
        log[str(change.seq)] = standing
        if standing == Standing.APPLIED:
            held = _answer(row, change.item, change.value, number, change.seq, now)
    told = (held["version"], tuple(held["value"])) if held else (None, ())
    return Taken(change.item, change.seq, Standing(standing), *told)


def _answer(row: PracticeRow, item: str, value: tuple[str, ...], page: int, seq: int, now: datetime) -> dict[str, Any]:
    version = row.answers[item]["version"] + 1 if item in row.answers else 1
    told = {"value": list(value), "version": version, "page": page, "seq": seq, "at": now.isoformat()}
    row.answers[item] = told
    return told
