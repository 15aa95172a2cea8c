"""Accommodations: asked for by the learner or granted from a list, each decided by program staff.

The audit trail names no reason: that stays with the disability office. An exemption takes two persons.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from linkspan.exams.actions.rows import exam_row
from linkspan.exams.events import AccommodationDecided
from linkspan.exams.models import AccommodationRow, AttemptRow, ExamRow
from linkspan.exams.queries import held_by, title_of
from linkspan.exams.queries.accommodations import as_request
from linkspan.exams.queries.values import breaks_at
from linkspan.exams.rules import (
    ANSWERING,
    Accommodation,
    AccommodationKind,
    AccommodationOutcome,
    AccommodationState,
    may_decide_accommodation,
)
from linkspan.exams.rules.accommodations import UNDECIDED, breaks_of, checked, extra_time, is_more
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.papers import check_paper

UNKNOWN = ("accommodation_unknown", "There is no such request.")


def request_accommodations(
    *, actor: Actor, code: str, asked: Sequence[Accommodation], document: bytes | None, now: datetime
) -> tuple[UUID, ...]:
    """Ask for accommodations, several at once, each of its kind; before a decision, asking again changes the request.

    Who has one asks for more; Refused (`extra_time_granted`, `accommodation_granted`) where it is not more. What was
    refused stays refused until staff decide otherwise: they see the refusal beside the new request. The document is
    told by its content, and scanned where a scanner is set up, before anything is stored; it goes with each of them.
    """
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in first.")
    wanted = [checked(one) for one in asked]
    if not wanted:
        raise Unusable("accommodation_missing", "Choose what you need.")
    if len({one.kind for one in wanted}) < len(wanted):
        raise Unusable("accommodation_twice", "Ask for each kind once.")
    if document:
        check_paper(document)
    with transaction.atomic():
        exam = exam_row(code)
        held = held_by(actor.person_id, code, now)
        for one in wanted:
            _check_more(one, held)
        sha256 = storage.keep(document) if document else ""
        return tuple(_ask(actor, exam, one, held, sha256, now) for one in wanted)


def _check_more(one: Accommodation, held: Sequence[Accommodation]) -> None:
    if is_more(one, held):
        return
    if one.kind is AccommodationKind.PERCENT:
        percent = next(has.amount for has in held if has.kind is one.kind)
        told = "You have {percent} percent already. Ask for more than that."
        raise Refused("extra_time_granted", told, percent=percent)
    raise Refused("accommodation_granted", "This is arranged for you already. Ask for more than that.")


def _ask(
    actor: Actor, exam: ExamRow, one: Accommodation, held: Sequence[Accommodation], sha256: str, now: datetime
) -> UUID:
    row = _open(actor.own_id, exam, one.kind)
    row.amount, row.times, row.words = one.amount, one.times, one.words
    row.asks_more, row.requested_at = any(has.kind is one.kind for has in held), now
    row.state, row.proposed_by, row.proposed_by_id = AccommodationState.REQUESTED, "", None
    row.document_sha256 = sha256 or row.document_sha256
    row.save()
    audit.record(actor=actor, verb="request_accommodation", subject=f"exams.learner:{actor.own_id}", now=now)
    return row.id


@transaction.atomic
def decide_accommodation(
    *,
    actor: Actor,
    accommodation_id: UUID,
    approve: bool,
    reason: str,
    now: datetime,
    amount: int | None = None,
    times: int | None = None,
    last_day: date | None = None,
) -> None:
    """Grant or refuse what a learner asked for; a refusal says why. The same decision again changes nothing.

    `amount` and `times` grant a part of it, or more; `last_day` ends it. Who grants an exemption proposes it first.
    """
    rows = AccommodationRow.objects.select_for_update(of=("self",)).select_related("exam")
    found = rows.filter(id=accommodation_id).first()
    if found is None:
        raise NotFound(*UNKNOWN)
    permit(may_decide_accommodation(actor, found.exam.institution, found.learner_id), "decide this request")
    asked = as_request(found).asked
    part = replace(
        asked, amount=asked.amount if amount is None else amount, times=asked.times if times is None else times
    )
    if found.state == (AccommodationState.APPROVED if approve else AccommodationState.REFUSED) and (
        not approve or (as_request(found).granted, found.last_day) == (part, last_day)
    ):
        return
    _check_newest(found)
    if not approve and not reason.strip():
        raise Unusable("reason_missing", "Say why the request is refused: the learner reads it.")
    if approve:
        _grant(actor, found, checked(part), reason.strip(), last_day, now)
    else:
        _decide(actor, found, AccommodationState.REFUSED, reason.strip(), now)


def _check_newest(found: AccommodationRow) -> None:
    """Refused for a request of which another one of its kind was decided since, or waits."""
    if found.state in UNDECIDED:
        return
    decided = _decided(found)
    more = Q(asks_more=True, state=AccommodationState.REFUSED)
    if found not in (decided.first(), decided.exclude(more).first()):
        raise Refused("decided_since", "A later request was decided since. Decide on that one.")
    if found.kind == AccommodationKind.EXEMPTION and _undecided(found.learner_id, found.exam, found.kind).exists():
        raise Refused("decided_since", "A later request waits. Decide on that one.")


@transaction.atomic
def approve_accommodation(
    *,
    actor: Actor,
    learner_id: UUID,
    code: str,
    accommodation: Accommodation,
    now: datetime,
    last_day: date | None = None,
) -> None:
    """Grant an accommodation that was asked for outside the platform; of an exemption, propose it."""
    exam = exam_row(code)
    permit(may_decide_accommodation(actor, exam.institution, learner_id), "approve accommodations here")
    one = checked(accommodation)
    if stands(learner_id, code, one, last_day, now):
        return
    row = _open(learner_id, exam, one.kind)
    if row.state == AccommodationState.PROPOSED and row.proposed_by_id == actor.person_id:
        return
    row.amount, row.times, row.words, row.requested_at = one.amount, one.times, one.words, row.requested_at or now
    _grant(actor, row, one, "", last_day, now)


def stands(learner_id: UUID, code: str, one: Accommodation, last_day: date | None, now: datetime) -> bool:
    """Whether exactly this stands already."""
    rows = AccommodationRow.objects.filter(learner_id=learner_id, exam_id=code, state=AccommodationState.APPROVED)
    same = any(as_request(row).granted == one and row.last_day == last_day for row in rows.filter(kind=one.kind))
    return same and one in held_by(learner_id, code, now)


@transaction.atomic
def open_accommodation_document(*, actor: Actor, accommodation_id: UUID, now: datetime) -> bytes:
    """The document behind a request, for the staff who decide on it alone; every reading goes on the trail."""
    row = AccommodationRow.objects.select_related("exam").filter(id=accommodation_id).first()
    if row is None:
        raise NotFound(*UNKNOWN)
    permit(may_decide_accommodation(actor, row.exam.institution, row.learner_id), "open this document")
    if not row.document_sha256:
        raise NotFound("document_unknown", "There is no document.")
    subject = f"exams.learner:{row.learner_id}"
    audit.record(actor=actor, verb="open_accommodation_document", subject=subject, now=now)
    return storage.read(row.document_sha256)


def proposes(actor: Actor, learner_id: UUID, code: str) -> AccommodationOutcome:
    """What a grant of an exemption by that person does now: it is proposed, or another person proposed it before."""
    rows = AccommodationRow.objects.filter(learner_id=learner_id, exam_id=code, kind=AccommodationKind.EXEMPTION)
    held = rows.filter(state=AccommodationState.PROPOSED).first()
    if held is None:
        return AccommodationOutcome.PROPOSED
    return AccommodationOutcome.SAME if held.proposed_by_id == actor.person_id else AccommodationOutcome.GRANTED


def _undecided(learner_id: UUID, exam: ExamRow, kind: str) -> QuerySet[AccommodationRow]:
    return AccommodationRow.objects.filter(learner_id=learner_id, exam=exam, kind=kind, state__in=UNDECIDED)


def _decided(found: AccommodationRow) -> QuerySet[AccommodationRow]:
    rows = AccommodationRow.objects.filter(learner_id=found.learner_id, exam_id=found.exam_id, kind=found.kind)
    if found.kind == AccommodationKind.OTHER:
        rows = rows.filter(words=found.words)
    return rows.filter(decided_at__isnull=False).order_by("-decided_at", "-requested_at")


def _open(learner_id: UUID, exam: ExamRow, kind: AccommodationKind) -> AccommodationRow:
    """The request that waits, locked, or a new one."""
    held = _undecided(learner_id, exam, kind).select_for_update().first()
    return held or AccommodationRow(learner_id=learner_id, exam=exam, kind=kind, state=AccommodationState.REQUESTED)


def _grant(
    actor: Actor, row: AccommodationRow, one: Accommodation, reason: str, last_day: date | None, now: datetime
) -> None:
    if last_day is not None and last_day < now.date():
        raise Unusable("last_day_over", "The last day is over already.")
    row.granted_amount, row.granted_times, row.last_day = one.amount, one.times, last_day
    if one.kind is AccommodationKind.EXEMPTION and row.state != AccommodationState.PROPOSED:
        row.state, row.proposed_by, row.proposed_by_id = AccommodationState.PROPOSED, actor.name, actor.person_id
        row.reason = reason
        row.save()
        subject = f"exams.learner:{row.learner_id}"
        audit.record(actor=actor, verb="propose_exemption", subject=subject, now=now)
        return
    if row.state == AccommodationState.PROPOSED and row.proposed_by_id == actor.person_id:
        raise Refused("second_person_needed", "You proposed this exemption. Another person decides.")
    _decide(actor, row, AccommodationState.APPROVED, reason or row.reason, now)


def _decide(actor: Actor, row: AccommodationRow, to: AccommodationState, reason: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.reason = to, actor.name, now, reason
    row.save()
    subject = f"exams.learner:{row.learner_id}"
    after = {"state": to, "kind": row.kind}
    audit.record(actor=actor, verb="decide_accommodation", subject=subject, now=now, after=after)
    _lengthen(row.learner_id, row.exam_id)
    outbox.publish(AccommodationDecided(row.learner_id, title_of(row.exam), to, reason), now=now)


def _lengthen(learner_id: UUID, code: str) -> None:
    """Move the end of an attempt that runs by what was granted now; nothing granted is taken from one."""
    attempts = AttemptRow.objects.select_for_update(of=("self",)).select_related("version").defer("version__bank")
    running = attempts.filter(learner_id=learner_id, sitting__exam_id=code, state__in=ANSWERING)
    for attempt in running:
        if attempt.deadline is not None and attempt.started_at is not None:
            give_time(attempt, held_by(learner_id, code, attempt.started_at))
            attempt.save(update_fields=["deadline", "extra_seconds", "break_minutes", "break_times", "break_ends_at"])


def give_time(row: AttemptRow, held: Sequence[Accommodation]) -> timedelta:
    """Note in an attempt the time and breaks that it has, never less than before; return by how much time it grew.

    A deadline moves by it; a break that is taken may last longer.
    """
    extra = extra_time(timedelta(minutes=row.version.duration_minutes), held)
    more = max(extra - timedelta(seconds=row.extra_seconds), timedelta())
    row.extra_seconds += more // timedelta(seconds=1)
    if row.deadline is not None:
        row.deadline += more
    given = breaks_of(held, ()).allowed
    had = Accommodation(AccommodationKind.BREAKS, row.break_minutes, row.break_times)
    if given is not None and is_more(given, [had]):
        row.break_minutes, row.break_times = given.amount, given.times
        if row.break_ends_at is not None and row.paused_at is not None:
            row.break_ends_at = max(row.break_ends_at, row.paused_at + breaks_at(row).left)
    return more
