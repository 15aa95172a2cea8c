"""Saving answers: rows are added only, what is not named does not change, and nothing that came is dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery

from linkspan.exams.actions.rows import bind_device, own_attempt_row
from linkspan.exams.engines.sealing import check_signature, file_key, signing_key
from linkspan.exams.events import LateAnswersCame
from linkspan.exams.models import AttemptRow, PageRow, ResponseRow
from linkspan.exams.queries import (
    Saved,
    as_exam,
    bank_of,
    check_client,
    check_seb,
    outside_seb,
    saved_answers,
    taken_breaks,
)
from linkspan.exams.rules import (
    HIGHEST_SEQUENCE,
    MOST_PAGES,
    PLAIN_FORM,
    UNKNOWN_CLIENT,
    AttemptState,
    Batch,
    Change,
    Client,
    Current,
    ItemKind,
    NotTaken,
    Standing,
    check_value,
    counts,
    in_time,
    too_many,
)
from linkspan.exams.rules.saving import is_long
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A live page: the keys that it signs and seals with, and the answers that it begins from."""

    id: UUID
    number: int
    signing_key: str
    file_key: str
    answers: tuple[Saved, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one change; `version` and `value` are the answer that counts now."""

    item: str
    seq: int
    standing: Standing
    version: int | None
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a save; `newest` is false once a later page was opened: then the older is read-only."""

    taken: tuple[Taken, ...]
    not_taken: tuple[NotTaken, ...]
    now: datetime
    deadline: datetime
    newest: bool
    running: bool


@transaction.atomic
def open_page(*, actor: Actor, attempt_id: UUID, now: datetime, client: Client = UNKNOWN_CLIENT) -> OpenedPage:
    """Open a live page on one's running attempt; every page opened before becomes read-only."""
    row = own_attempt_row(actor, attempt_id)
    check_client(row, client, now)
    _check_running(row)
    bind_device(row, client)
    number = 1 + (row.pages.aggregate(last=Max("number"))["last"] or PLAIN_FORM)
    if number > MOST_PAGES:
        raise Refused("too_many_pages", "This exam was opened too often. Save by the buttons of the page.")
    page = PageRow.objects.create(learner_id=row.learner_id, attempt=row, number=number, opened_at=now)
    secret = storage.document_key()
    keys = (signing_key(secret, page.id).hex(), file_key(secret, page.id).hex())
    return OpenedPage(page.id, number, *keys, saved_answers(row.id))


@transaction.atomic
def save_answers(
    *, actor: Actor, attempt_id: UUID, batch: Batch, now: datetime, client: Client = UNKNOWN_CLIENT
) -> Receipt:
    """Store a page's signed changes, each under its sequence number; the same again gives the same answer.

    A change to what the page has not seen is kept beside, one after the end is kept apart for a person to decide.
    """
    page, newest = page_of(attempt_id, batch.writer)
    if not actor.is_person(page.learner_id):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    check_seb(page.attempt, client, now)
    return take(page, newest, batch, now, actor, outside_seb(page.attempt, client))


@transaction.atomic
def save_response(
    *,
    actor: Actor,
    attempt_id: UUID,
    item: str,
    given: list[str],
    replaces: int | None,
    now: datetime,
    client: Client = UNKNOWN_CLIENT,
) -> Taken:
    """Save one answer by its item; an empty one clears it. It counts only if it replaces the version that does.

    The same answer again adds nothing.
    """
    row = own_attempt_row(actor, attempt_id)
    found = _save_plain(row, {item: (tuple(given), replaces)}, now, client)
    return found[0]


@transaction.atomic
def save_form(
    *,
    actor: Actor,
    attempt_id: UUID,
    fields: Mapping[str, tuple[tuple[str, ...], int | None]],
    now: datetime,
    client: Client = UNKNOWN_CLIENT,
) -> tuple[Taken, ...]:
    """Save what a plain form changed: of each item, what it holds and the version that it showed.

    A field that holds what it showed was not touched, and changes nothing. What was `kept` the learner decides.
    """
    row = own_attempt_row(actor, attempt_id)
    shown = {
        (answer.item, answer.version): tuple(answer.given)
        for answer in row.responses.filter(item__in=fields, version__isnull=False)
    }
    touched = {
        item: (given, version)
        for item, (given, version) in fields.items()
        if given != shown.get((item, version or 0), ())
    }
    return tuple(_save_plain(row, touched, now, client))


def _save_plain(
    row: AttemptRow, fields: Mapping[str, tuple[tuple[str, ...], int | None]], now: datetime, client: Client
) -> list[Taken]:
    check_client(row, client, now)
    if not fields:
        return []
    check_open(row)
    bind_device(row, client)
    unknown = sorted(set(fields) - set(row.form))
    if unknown:
        raise Unusable("response_unusable", "That is not an answer to an item of this form.")
    page, _ = PageRow.objects.get_or_create(
        attempt=row, number=PLAIN_FORM, defaults={"learner_id": row.learner_id, "opened_at": now}
    )
    page.attempt = row
    current = {saved.item: saved for saved in saved_answers(row.id)}
    first = 1 + (page.responses.aggregate(last=Max("seq"))["last"] or 0)
    if first + len(fields) > HIGHEST_SEQUENCE:
        raise Refused("too_many_saves", "This exam was saved too often. Hand in what is saved.")
    changes: list[Change] = []
    same: list[Taken] = []
    for item, (given, version) in fields.items():
        value, held = check_value([text for text in given if text.strip()]), current.get(item)
        if is_long(value) and item not in _essays(row):
            raise Unusable("response_unusable", "This answer is too long for its question.")
        if item in row.uploads and value and (wrong := _files_wrong(row, item, value)):
            raise wrong
        if value == (held.given if held else ()):
            same.append(Taken(item, 0, Standing.APPLIED, held.version if held else None, value))
        else:
            changes.append(Change(item, first + len(changes), version, value))
    return same + _store(page, changes, None, now, outside_seb(row, client))[0]


def _essays(row: AttemptRow) -> frozenset[str]:
    """The questions of a version that take a long text. Asked only where one came: the bank is large."""
    return frozenset(item.id for item in bank_of(row.version) if item.kind is ItemKind.ESSAY)


def _files_wrong(row: AttemptRow, item: str, value: Sequence[str]) -> Unusable | None:
    """Why these are no answer to a question that takes files; None if they are files handed in for it."""
    most = row.uploads[item]
    if len(value) > most:
        return too_many(most)
    held = {str(one) for one in row.files.filter(item=item).values_list("id", flat=True)}
    if len(set(value)) < len(value) or not set(value) <= held:
        return Unusable("file_unknown", "The answer names what was not handed in for this question.")
    return None


def page_of(attempt_id: UUID, writer: UUID) -> tuple[PageRow, bool]:
    """The page with its attempt, which is locked, and whether none was opened later; NotFound if there is none such."""
    later = PageRow.objects.filter(attempt=OuterRef("attempt")).order_by("-number").values("number")[:1]
    rows = PageRow.objects.select_related("attempt__sitting", "attempt__version__exam").defer(
        "attempt__version__bank", "attempt__version__seb_settings"
    )
    rows = rows.annotate(newest=Subquery(later))
    page = rows.select_for_update(of=("attempt",)).filter(id=writer, attempt_id=attempt_id).first()
    if page is None or page.number == PLAIN_FORM:
        raise NotFound("page_unknown", "There is no such page of this attempt.")
    return page, page.number == page.newest


def take(page: PageRow, newest: bool, batch: Batch, now: datetime, actor: Actor, without_seb: bool = False) -> Receipt:
    """Check a batch's signature and store what it holds; the caller has locked the attempt and permitted."""
    check_signature(storage.document_keys(), batch)
    row = page.attempt
    check_open(row)
    on_form = [change for change in batch.changes if change.item in row.form]
    long = [change for change in on_form if is_long(change.value)]
    essays = _essays(row) if long else frozenset()
    too_long = [change for change in long if change.item not in essays]
    files = {
        change.seq: wrong
        for change in on_form
        if change.item in row.uploads and change.value and (wrong := _files_wrong(row, change.item, change.value))
    }
    on_form = [change for change in on_form if change not in too_long and change.seq not in files]
    not_taken = [
        NotTaken(change.item, change.seq, "response_unusable", "This answer is too long for its question.")
        for change in too_long
    ]
    not_taken += batch.not_taken
    not_taken += [
        NotTaken(change.item, change.seq, files[change.seq].code, files[change.seq].message)
        for change in batch.changes
        if change.seq in files
    ]
    not_taken += [
        NotTaken(change.item, change.seq, "item_unknown", "That item is not on this form.")
        for change in batch.changes
        if change.item not in row.form
    ]
    taken, reused = _store(page, on_form, batch, now, without_seb)
    if reused:
        after = {"sequence_numbers": [change.seq for change in reused]}
        audit.record(actor=actor, verb="refuse_answers", subject=f"exams.attempt:{row.id}", now=now, after=after)
    not_taken += [
        NotTaken(change.item, change.seq, "sequence_reused", "Another answer came under this number. It stays.")
        for change in reused
    ]
    running = row.state == AttemptState.STARTED
    return Receipt(tuple(taken), tuple(not_taken), now, row.deadline or now, newest, running)


def _store(
    page: PageRow, changes: Sequence[Change], batch: Batch | None, now: datetime, without_seb: bool
) -> tuple[list[Taken], list[Change]]:
    """Add a row for each change that is new, and tell how each stands; apart, those whose number was used before."""
    log = _log(page, changes) if changes else []
    known = {row.seq: row for row in log if row.page_id == page.id}
    current = {row.item: row for row in log if row.version is not None}
    added, reused, taken = [], [], []
    for change in changes:
        row = known.get(change.seq)
        if row is None:
            row = known[change.seq] = _row(page, change, current.get(change.item), batch, now)
            row.without_seb = without_seb
            added.append(row)
        elif (row.item, tuple(row.given)) != (change.item, change.value):
            reused.append(change)
            continue
        if row in added and row.version is not None:
            current[change.item] = row
        held = current.get(change.item)
        told = (held.version, tuple(held.given)) if held else (None, ())
        taken.append(Taken(change.item, change.seq, Standing(row.standing), *told))
    if any(row.standing == Standing.LATE for row in added):
        _tell_late(page.attempt, now)
    ResponseRow.objects.bulk_create(added)
    return taken, reused


def _log(page: PageRow, changes: Sequence[Change]) -> list[ResponseRow]:
    """What is saved of these items, lowest version first, and under these numbers of this page."""
    wanted = Q(item__in={change.item for change in changes}) | Q(page=page, seq__in={change.seq for change in changes})
    return list(page.attempt.responses.filter(wanted).select_related("page").order_by("version"))


def _row(page: PageRow, change: Change, held: ResponseRow | None, batch: Batch | None, now: datetime) -> ResponseRow:
    attempt = page.attempt
    last = held.version or 0 if held else 0
    current = Current(last, held.page.number if held.page else PLAIN_FORM, held.seq or 0) if held else None
    timely = in_time(
        change,
        state=AttemptState(attempt.state),
        started=attempt.started_at or now,
        deadline=attempt.deadline or now,
        grace=as_exam(attempt.version).grace,
        now=now,
        paused=attempt.paused_at,
        on_break=attempt.break_ends_at is not None,
        breaks=taken_breaks(attempt),
    )
    standing = Standing.LATE
    if timely:
        standing = Standing.APPLIED if counts(change, page.number, current) else Standing.KEPT
    return ResponseRow(
        learner_id=attempt.learner_id,
        attempt=attempt,
        item=change.item,
        given=list(change.value),
        at=now,
        page=page,
        seq=change.seq,
        replaces=change.replaces,
        standing=standing,
        version=last + 1 if standing == Standing.APPLIED else None,
        batch=batch.number if batch else None,
        digest=batch.digest if batch else "",
        previous=batch.prev if batch else "",
        given_at=change.at,
        elapsed=change.elapsed,
    )


def check_open(row: AttemptRow) -> None:
    """Refused before the start and after the release; in between, what comes after the end is kept apart."""
    if row.started_at is None:
        raise Refused("attempt_not_running", "This attempt was not started; nothing was saved.")
    if row.released_at is not None:
        raise Refused("result_released", "The result is out. Appeal, and name the answers that are missing.")


def _check_running(row: AttemptRow) -> None:
    if row.state != AttemptState.STARTED:
        raise Refused("attempt_not_running", "This attempt is not running; nothing was saved.")


def _tell_late(row: AttemptRow, now: datetime) -> None:
    """Tell the exam's staff once, however many late answers come before somebody looks."""
    if not row.responses.filter(standing=Standing.LATE).exists():
        exam = as_exam(row.version)
        outbox.publish(LateAnswersCame(row.learner_id, row.id, exam.title, exam.institution), now=now)
