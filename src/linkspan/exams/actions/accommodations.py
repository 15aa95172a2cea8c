"""Extra time: asked for by the learner or granted from a list, by program staff, seen by nobody else.

The audit trail names no reason: that stays with the disability office.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from linkspan.accounts.queries import accounts_at
from linkspan.exams.actions.rows import exam_row
from linkspan.exams.engines.extra_times import read_extra_times
from linkspan.exams.events import AccommodationDecided
from linkspan.exams.models import AccommodationRow, AttemptRow, ExamRow
from linkspan.exams.queries import title_of
from linkspan.exams.rules import (
    ANSWERING,
    AccommodationState,
    ExtraTimeLine,
    ExtraTimeOutcome,
    may_decide_accommodation,
    may_list_accommodations,
)
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.each import each
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable, permit
from linkspan.kernel.papers import check_paper
from linkspan.kernel.reasons import Reason, Sentence


def request_accommodation(
    *, actor: Actor, code: str, extra_percent: int, document: bytes | None, now: datetime
) -> UUID:
    """Ask for extra time, 1 to 200 percent; asking again before a decision changes the request.

    Who has some asks for more; Refused (`extra_time_granted`) where it is not more. What was refused stays refused
    until staff decide otherwise: they see the refusal beside the new request. The document is told by its content,
    and scanned where a scanner is set up, before anything is stored.
    """
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in first.")
    check_range(extra_percent)
    if document:
        check_paper(document)
    with transaction.atomic():
        exam = exam_row(code)
        granted = granted_percent(actor.person_id, code)
        if extra_percent <= granted:
            raise Refused(
                "extra_time_granted", "You have {percent} percent already. Ask for more than that.", percent=granted
            )
        row = _open(actor.person_id, exam)
        row.extra_percent, row.asks_more, row.requested_at = extra_percent, granted > 0, now
        row.document_sha256 = storage.keep(document) if document else row.document_sha256
        row.save()
        audit.record(actor=actor, verb="request_accommodation", subject=f"exams.learner:{actor.person_id}", now=now)
        return row.id


@transaction.atomic
def decide_accommodation(*, actor: Actor, accommodation_id: UUID, approve: bool, reason: str, now: datetime) -> None:
    """Grant or refuse what a learner asked for; a refusal says why. The same decision again changes nothing."""
    rows = AccommodationRow.objects.select_for_update(of=("self",)).select_related("exam")
    found = rows.filter(id=accommodation_id).first()
    if found is None:
        raise NotFound("accommodation_unknown", "There is no such request.")
    permit(may_decide_accommodation(actor, found.exam.institution, found.learner_id), "decide this request")
    to = AccommodationState.APPROVED if approve else AccommodationState.REFUSED
    if found.state == to:
        return
    last = _decided(found.learner_id, found.exam_id).first()
    counts = (last, newest_decision(found.learner_id, found.exam_id))
    if found.state != AccommodationState.REQUESTED and found not in counts:
        raise Refused("decided_since", "A later request was decided since. Decide on that one.")
    if not approve and not reason.strip():
        raise Unusable("reason_missing", "Say why the request is refused: the learner reads it.")
    _decide(actor, found, to, reason.strip(), now)


@transaction.atomic
def approve_accommodation(*, actor: Actor, learner_id: UUID, code: str, extra_percent: int, now: datetime) -> None:
    """Grant extra time, 1 to 200 percent, that was asked for outside the platform."""
    exam = exam_row(code)
    permit(may_decide_accommodation(actor, exam.institution, learner_id), "approve accommodations here")
    check_range(extra_percent)
    decided = newest_decision(learner_id, code)
    if decided is not None and (decided.state, decided.extra_percent) == (AccommodationState.APPROVED, extra_percent):
        return
    row = _open(learner_id, exam)
    row.extra_percent, row.requested_at = extra_percent, row.requested_at or now
    _decide(actor, row, AccommodationState.APPROVED, "", now)


def take_extra_times(
    *, actor: Actor, code: str, content: str, now: datetime, trial: bool = False
) -> tuple[ExtraTimeLine, ...]:
    """Grant extra time to many learners (CSV: email, percent), each by itself; return what became of each row.

    A trial changes nothing and says the same. Unusable if the file as a whole cannot be read.
    """
    exam = exam_row(code)
    permit(may_list_accommodations(actor, exam.institution), "approve accommodations here")
    lines = read_extra_times(content)
    accounts = {str(email): person_id for email, person_id in accounts_at(_addresses(lines)).items()}
    twice = {email for email, count in Counter(line.email for line in lines).items() if count > 1}
    looked = tuple(_looked(actor, exam, line, accounts.get(line.email), line.email in twice) for line in lines)
    if trial:
        return looked

    def grant(line: ExtraTimeLine) -> None:
        learner = accounts[line.email]
        approve_accommodation(actor=actor, learner_id=learner, code=code, extra_percent=line.percent, now=now)

    todo = [line for line in looked if line.outcome is ExtraTimeOutcome.GRANTED]
    failed = {no.one.row: _sentence(no.reason) for no in each(todo, grant).failed}
    return tuple(_refused(line, failed[line.row]) if line.row in failed else line for line in looked)


def _addresses(lines: Iterable[ExtraTimeLine]) -> Iterator[Address]:
    for line in lines:
        with suppress(Unusable):
            yield address(line.email)


def _looked(actor: Actor, exam: ExamRow, line: ExtraTimeLine, learner_id: UUID | None, twice: bool) -> ExtraTimeLine:
    if twice:
        return _refused(line, Sentence("row_twice", "This learner stands in the file twice. Leave one row."))
    if learner_id is None:
        return _refused(line, Sentence("account_unknown", "Nobody has an account with this address."))
    try:
        permit(may_decide_accommodation(actor, exam.institution, learner_id), "approve accommodations here")
        check_range(line.percent)
    except LinkspanError as no:
        return _refused(line, _sentence(no.reason))
    held = newest_decision(learner_id, exam.code)
    same = held is not None and (held.state, held.extra_percent) == (AccommodationState.APPROVED, line.percent)
    return replace(line, outcome=ExtraTimeOutcome.SAME) if same else line


def _refused(line: ExtraTimeLine, reason: str) -> ExtraTimeLine:
    return replace(line, outcome=ExtraTimeOutcome.REFUSED, reason=reason)


def _sentence(reason: Reason) -> Sentence:
    return Sentence(reason.code, reason.words, **reason.values)


def granted_percent(learner_id: UUID, code: str) -> int:
    """The extra time that a learner has in an exam, in percent."""
    newest = newest_decision(learner_id, code)
    return newest.extra_percent if newest is not None and newest.state == AccommodationState.APPROVED else 0


def newest_decision(learner_id: UUID, code: str) -> AccommodationRow | None:
    """What was decided last on a learner's extra time in an exam: that decides, unless more than that was refused."""
    more_refused = Q(asks_more=True, state=AccommodationState.REFUSED)
    return _decided(learner_id, code).exclude(more_refused).first()


def _decided(learner_id: UUID, code: str) -> QuerySet[AccommodationRow]:
    rows = AccommodationRow.objects.filter(learner_id=learner_id, exam_id=code, decided_at__isnull=False)
    return rows.order_by("-decided_at", "-requested_at")


def _open(learner_id: UUID, exam: ExamRow) -> AccommodationRow:
    """The request that waits, locked, or a new one."""
    held = AccommodationRow.objects.select_for_update().filter(
        learner_id=learner_id, exam=exam, state=AccommodationState.REQUESTED
    )
    return held.first() or AccommodationRow(learner_id=learner_id, exam=exam, state=AccommodationState.REQUESTED)


def _decide(actor: Actor, row: AccommodationRow, to: AccommodationState, reason: str, now: datetime) -> None:
    before = granted_percent(row.learner_id, row.exam_id)
    row.state, row.decided_by, row.decided_at, row.reason = to, actor.name, now, reason
    row.save()
    subject = f"exams.learner:{row.learner_id}"
    audit.record(actor=actor, verb="decide_accommodation", subject=subject, now=now, after={"state": to})
    _lengthen(row, before)
    outbox.publish(AccommodationDecided(row.learner_id, title_of(row.exam), to, reason), now=now)


def _lengthen(row: AccommodationRow, before: int) -> None:
    """Move the end of an attempt that runs by what was granted now; nothing granted is taken from one."""
    more = granted_percent(row.learner_id, row.exam_id) - before
    attempts = AttemptRow.objects.select_for_update(of=("self",)).select_related("version").defer("version__bank")
    running = attempts.filter(learner_id=row.learner_id, sitting__exam_id=row.exam_id, state__in=ANSWERING)
    for attempt in running if more > 0 else ():
        if attempt.deadline is not None:
            attempt.deadline += timedelta(minutes=attempt.version.duration_minutes) * more / 100
            attempt.save(update_fields=["deadline"])


def check_range(extra_percent: int) -> None:
    """Unusable outside 1 to 200 percent."""
    if not 1 <= extra_percent <= 200:
        raise Unusable("extra_time_out_of_range", "Extra time is 1 to 200 percent.")
