"""Extra time: asked for by the learner, granted by program staff, seen by nobody else.

The audit trail names no reason: that stays with the disability office.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.rows import exam_row
from linkspan.exams.events import AccommodationDecided
from linkspan.exams.models import AccommodationRow, ExamRow
from linkspan.exams.queries import title_of
from linkspan.exams.rules import AccommodationState, may_decide_accommodation
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit


@transaction.atomic
def request_accommodation(
    *, actor: Actor, code: str, extra_percent: int, document: bytes | None, now: datetime
) -> UUID:
    """Ask for extra time, 1 to 200 percent; asking again before a decision changes the request.

    What was refused stays refused until staff decide otherwise: they see the refusal beside the new request.
    """
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in first.")
    check_range(extra_percent)
    exam = exam_row(code)
    decided = newest_decision(actor.person_id, code)
    if decided is not None and decided.state == AccommodationState.APPROVED:
        return decided.id
    row = _open(actor.person_id, exam)
    row.extra_percent, row.requested_at = extra_percent, now
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
    newest = newest_decision(found.learner_id, found.exam_id)
    if found.state != AccommodationState.REQUESTED and newest is not None and newest.id != found.id:
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


def newest_decision(learner_id: UUID, code: str) -> AccommodationRow | None:
    """What was decided last on a learner's extra time in an exam: that decides."""
    rows = AccommodationRow.objects.filter(learner_id=learner_id, exam_id=code, decided_at__isnull=False)
    return rows.order_by("-decided_at", "-requested_at").first()


def _open(learner_id: UUID, exam: ExamRow) -> AccommodationRow:
    """The request that waits, locked, or a new one."""
    held = AccommodationRow.objects.select_for_update().filter(
        learner_id=learner_id, exam=exam, state=AccommodationState.REQUESTED
    )
    return held.first() or AccommodationRow(learner_id=learner_id, exam=exam, state=AccommodationState.REQUESTED)


def _decide(actor: Actor, row: AccommodationRow, to: AccommodationState, reason: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.reason = to, actor.name, now, reason
    row.save()
    subject = f"exams.learner:{row.learner_id}"
    audit.record(actor=actor, verb="decide_accommodation", subject=subject, now=now, after={"state": to})
    outbox.publish(AccommodationDecided(row.learner_id, title_of(row.exam), to, reason), now=now)


def check_range(extra_percent: int) -> None:
    """Unusable outside 1 to 200 percent."""
    if not 1 <= extra_percent <= 200:
        raise Unusable("extra_time_out_of_range", "Extra time is 1 to 200 percent.")
