"""Answers that came after the end: taken in from a file, and accepted or not by a named person, never dropped."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from linkspan.exams.actions.answers import Receipt, page_of, take
from linkspan.exams.actions.rows import attempt_row, mark
from linkspan.exams.engines.sealing import open_file
from linkspan.exams.models import AttemptRow, ResponseRow
from linkspan.exams.queries import as_exam
from linkspan.exams.rules import Standing, may_decide_late, may_proctor, read_batch
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, permit


@transaction.atomic
def take_answer_file(*, actor: Actor, attempt_id: UUID, content: bytes, now: datetime) -> Receipt:
    """Take in the sealed file of unsent answers that a learner's page offered; the same rules as for a save.

    Refused whole if one batch of it is not as the page signed it; the same file again adds nothing.
    """
    row = attempt_row(attempt_id)
    permit(may_proctor(actor, as_exam(row.version), row.learner_id), "take in answers here")
    batches = [read_batch(body) for body in open_file(storage.document_keys(), attempt_id, content)]
    receipts = [take(*page_of(attempt_id, batch.writer), batch, now, actor) for batch in batches]
    if not receipts:
        raise Unusable("answers_file_empty", "This file holds no answers.")
    taken = tuple(one for receipt in receipts for one in receipt.taken)
    after = {"answers": len(taken), "late": sum(1 for one in taken if one.standing == Standing.LATE)}
    audit.record(actor=actor, verb="take_answer_file", subject=f"exams.attempt:{row.id}", now=now, after=after)
    last = receipts[-1]
    not_taken = tuple(one for receipt in receipts for one in receipt.not_taken)
    return Receipt(taken, not_taken, now, last.deadline, last.newest, last.running)


@transaction.atomic
def decide_late_answers(
    *, actor: Actor, attempt_id: UUID, shown: Collection[UUID], accept: Collection[UUID], reason: str, now: datetime
) -> None:
    """Accept some late answers and decline the others that were shown; one that came since still waits.

    Accepted answers count from now on and the attempt is marked again. Either needs a reason. Once decided, it stays.
    """
    row = attempt_row(attempt_id)
    permit(may_decide_late(actor, as_exam(row.version), row.learner_id), "decide late answers here")
    if row.released_at is not None:
        raise Refused("result_released", "The result is out. Only an appeal changes it.")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: it stays with the answers.")
    if not set(accept) <= set(shown):
        raise Unusable("answer_unknown", "Accept only answers that the page showed.")
    waiting = row.responses.filter(standing=Standing.LATE, id__in=shown).order_by("page__number", "seq", "at")
    for answer in waiting:
        _decide(answer, answer.id in accept, actor, reason.strip(), now)
    if not waiting:
        return
    if row.submitted_at is not None:
        mark(row)
    after = {"accepted": sorted({a.item for a in waiting if a.id in accept})}
    after["declined"] = sorted({a.item for a in waiting if a.id not in accept})
    subject = f"exams.attempt:{row.id}"
    audit.record(actor=actor, verb="decide_late_answers", subject=subject, now=now, after=after, why=reason.strip())


def _decide(answer: ResponseRow, accepted: bool, actor: Actor, reason: str, now: datetime) -> None:
    answer.standing = Standing.ACCEPTED if accepted else Standing.DECLINED
    answer.decided_by, answer.decided_at, answer.reason = actor.name, now, reason
    if accepted:
        answer.version = 1 + _last_version(answer.attempt, answer.item)
    answer.save(update_fields=["standing", "version", "decided_by", "decided_at", "reason"])


def _last_version(row: AttemptRow, item: str) -> int:
    return int(row.responses.filter(item=item).aggregate(last=Max("version"))["last"] or 0)
