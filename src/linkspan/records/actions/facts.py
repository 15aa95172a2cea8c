"""Facts are recorded, corrected by new facts, and their evidence is checked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import ties_of
from linkspan.catalog.queries import course_run
from linkspan.courseware.queries import grade as course_grade
from linkspan.courseware.rules import grade_told
from linkspan.enrolment.queries import is_verified, verified_learners
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import Each, each
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import new_id
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.papers import check_paper
from linkspan.kernel.reasons import Phrase, joined
from linkspan.records.events import EvidenceChecked, FactRecorded
from linkspan.records.models import FactCheckRow, FactRow
from linkspan.records.rules import (
    DECLARED_BY_LEARNER,
    Kind,
    NewFact,
    check_run_over,
    may_check,
    may_declare,
    may_record,
    problems_of,
)


@transaction.atomic
def record_fact(
    *,
    actor: Actor,
    learner_id: UUID,
    institution: str,
    fact: NewFact,
    source: str,
    now: datetime,
    reason: str = "",
) -> UUID:
    """Record a fact of an institution about a learner.

    The same data again changes nothing. Other data under the same key is a correction: a new version that needs a
    reason; the old one stays.
    """
    permit(may_record(actor, institution), "write to this record")
    return _append(actor=actor, learner_id=learner_id, fact=fact, source=source, now=now, reason=reason)


@transaction.atomic
def record_new_facts(
    *, actor: Actor, institution: str, facts: Sequence[tuple[UUID, NewFact]], source: str, now: datetime
) -> None:
    """Record facts of many learners in bulk, each under a key that the learner has none under yet.

    IntegrityError if one has. One entry of the audit trail names them all.
    """
    permit(may_record(actor, institution), "write to these records")
    for _, fact in facts:
        check_fact(fact, now)
    rows = [
        FactRow(
            id=new_id(),
            learner_id=learner_id,
            kind=fact.kind,
            key=fact.key,
            data=jsonable(fact.data),
            source=source,
            recorded_at=now,
            recorded_by=actor.name,
        )
        for learner_id, fact in facts
    ]
    FactRow.objects.bulk_create(rows, batch_size=500)
    after = {"facts": [row.id for row in rows], "source": source}
    audit.record(actor=actor, verb="record_facts", subject=f"records.import:{source}", now=now, after=after)
    outbox.publish_all([FactRecorded(row.learner_id, row.kind, row.key, False) for row in rows], now=now)


def declare_fact(*, actor: Actor, learner_id: UUID, fact: NewFact, document: bytes | None, now: datetime) -> UUID:
    """A learner states a degree, test, experience or residence, with its document; staff check it.

    The document is told by its content, and scanned where a scanner is set up, before anything is stored.
    """
    permit(may_declare(actor, learner_id, fact.kind), "declare this")
    if document:
        check_paper(document)
    with transaction.atomic():
        return _append(
            actor=actor,
            learner_id=learner_id,
            fact=fact,
            source="learner",
            now=now,
            reason="declared by the learner",
            document_sha256=storage.keep(document) if document else "",
        )


def _append(
    *,
    actor: Actor,
    learner_id: UUID,
    fact: NewFact,
    source: str,
    now: datetime,
    reason: str,
    document_sha256: str = "",
) -> UUID:
    check_fact(fact, now)
    data = jsonable(fact.data)
    rows = FactRow.objects.select_for_update().filter(learner_id=learner_id, kind=fact.kind, key=fact.key)
    newest = rows.order_by("-version").first()
    if newest and newest.data == data and newest.document_sha256 == document_sha256:
        return newest.id
    if newest and not reason.strip():
        raise Refused("correction_needs_reason", "This is on record already. A correction needs a reason.")
    row = FactRow.objects.create(
        learner_id=learner_id,
        kind=fact.kind,
        key=fact.key,
        version=newest.version + 1 if newest else 1,
        data=data,
        source=source,
        document_sha256=document_sha256,
        recorded_at=now,
        recorded_by=actor.name,
        reason=reason,
    )
    verb = "correct_fact" if newest else "record_fact"
    before = newest.data if newest else None
    subject = f"records.learner:{learner_id}"
    after = {"kind": fact.kind, "key": fact.key, "source": source, "data": data}
    audit.record(actor=actor, verb=verb, subject=subject, now=now, before=before, after=after, why=reason)
    outbox.publish(FactRecorded(learner_id, fact.kind, fact.key, newest is not None), now=now)
    return row.id


def check_fact(fact: NewFact, now: datetime) -> None:
    """Unusable (`fact_unusable`) unless the fact has the shape of its kind; every field that is wrong is named."""
    wrong = problems_of(fact.kind, fact.key, fact.data, now.date())
    if wrong:
        words = fact.kind.replace("_", " ")
        raise Unusable(
            "fact_unusable",
            "This {fact} cannot go on record: {problems}.",
            fact=Phrase(words),
            problems=joined(problem.said for problem in wrong),
        )


@transaction.atomic
def check_evidence(
    *, actor: Actor, fact_id: UUID, accept: bool, findings: Mapping[str, Any], reason: str, now: datetime
) -> None:
    """A person on the staff accepts or refuses the evidence of a declared fact.

    `findings` are what the checker establishes, such as `{"accredited": True}`. A refusal needs a reason.
    """
    row = FactRow.objects.select_for_update().filter(id=fact_id).first()
    if row is None or row.kind not in DECLARED_BY_LEARNER:
        raise NotFound("evidence_unknown", "There is no such evidence.")
    ties = ties_of([row.learner_id], now)[row.learner_id]
    permit(may_check(actor, row.learner_id, ties), "check this evidence")
    if not accept and not reason.strip():
        raise Unusable("reason_missing", "Say why the evidence is refused: the learner reads it.")
    if accept:
        check_fact(NewFact(Kind(row.kind), row.key, {**row.data, **findings}), now)
    check, created = FactCheckRow.objects.get_or_create(
        fact=row,
        defaults={
            "learner_id": row.learner_id,
            "accepted": accept,
            "data": jsonable(findings),
            "checked_by": actor.person_id,
            "checked_by_name": actor.name,
            "checked_at": now,
            "reason": reason.strip(),
        },
    )
    if not created:
        if check.accepted != accept:
            raise Refused("evidence_already_checked", "This evidence was already checked. Ask for new evidence.")
        return
    subject = f"records.learner:{row.learner_id}"
    after = {"fact": fact_id, "accepted": accept, "findings": findings}
    audit.record(actor=actor, verb="check_evidence", subject=subject, now=now, after=after, why=reason)
    outbox.publish(EvidenceChecked(row.learner_id, row.id, row.kind, accept, check.reason), now=now)


@transaction.atomic
def freeze_course_grade(*, actor: Actor, learner_id: UUID, run_id: str, now: datetime, reason: str = "") -> NewFact:
    """Put the present grade of a verified learner on record, by the course's own policy and scale.

    A course with letter cut-offs gives a letter, others a percentage. Before the end of the run that takes a reason,
    and so does a regrade: it is a correction.
    """
    run = course_run(run_id)
    permit(may_record(actor, run.course.institution), "freeze grades here")
    check_run_over(run, reason, now)
    if not is_verified(learner_id, run_id):
        raise Refused("not_verified", "Only the verified track gives a grade of record.")
    grade = course_grade(learner_id, run_id, now)
    data = grade_told(run, grade.percent, grade.letter, grade.passed, now.date())
    fact = NewFact(Kind.COURSE_GRADE, run_id, data)
    _append(actor=actor, learner_id=learner_id, fact=fact, source=f"course run {run_id}", now=now, reason=reason)
    return fact


def freeze_run(*, actor: Actor, run_id: str, now: datetime, reason: str = "") -> Each[UUID, None]:
    """Put the present grade of every verified learner of a run on record: who is on record, and whose grade failed.

    Before the end of the run that takes a reason, which stands with each grade. Who is on record with another grade
    already stays so: a regrade is a correction of one learner, with its reason.
    """
    run = course_run(run_id)
    permit(may_record(actor, run.course.institution), "freeze grades here")
    check_run_over(run, reason, now)

    def freeze(learner_id: UUID) -> None:
        if not FactRow.objects.filter(learner_id=learner_id, kind=Kind.COURSE_GRADE, key=run_id).exists():
            freeze_course_grade(actor=actor, learner_id=learner_id, run_id=run_id, now=now, reason=reason)

    return each(verified_learners(run_id), freeze)


def grade_fact(
    *, institution: str, course: str, scale: str, value: str | int, completed: str, started: str | None, run: str
) -> NewFact:
    """A course grade of record; `scale` is letter, percent or points; dates are ISO."""
    data = {"institution": institution, "id": course, "grade": {"scale": scale, "value": value}}
    return NewFact(Kind.COURSE_GRADE, run, data | {"started": started, "completed": completed, "run": run})
