"""What is done to records: facts are recorded, corrected by new facts, and their evidence is checked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import open_accounts
from linkspan.accounts.queries import unconfirmed
from linkspan.catalog.queries import course_run
from linkspan.courseware.connector import LearningPlatform
from linkspan.courseware.queries import grade as course_grade
from linkspan.enrolment.queries import is_verified, verified_learners
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import new_id
from linkspan.kernel.jsonable import jsonable
from linkspan.records.events import EvidenceChecked, FactRecorded
from linkspan.records.models import FactCheckRow, FactRow
from linkspan.records.rules import (
    DECLARED_BY_LEARNER,
    ImportedLearner,
    Kind,
    NewFact,
    may_check,
    may_declare,
    may_record,
    missing_fields,
)

LETTERS = frozenset({"A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-"})


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
    if any(missing_fields(fact) for _, fact in facts):
        raise Unusable("fact_incomplete", "A fact lacks fields that its kind demands.")
    FactRow.objects.bulk_create(rows, batch_size=500)
    after = {"facts": [row.id for row in rows], "source": source}
    audit.record(actor=actor, verb="record_facts", subject=f"records.import:{source}", now=now, after=after)
    outbox.publish_all([FactRecorded(row.learner_id, row.kind, row.key, False) for row in rows], now=now)


@transaction.atomic
def declare_fact(*, actor: Actor, learner_id: UUID, fact: NewFact, document: bytes | None, now: datetime) -> UUID:
    """A learner states a degree, test, experience or residence, with its document; staff check it."""
    permit(may_declare(actor, learner_id, fact.kind), "declare this")
    stored = storage.keep(document) if document else ""
    return _append(
        actor=actor,
        learner_id=learner_id,
        fact=fact,
        source="learner",
        now=now,
        reason="declared by the learner",
        document_sha256=stored,
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
    lacking = missing_fields(fact)
    if lacking:
        raise Unusable("fact_incomplete", f"A {fact.kind} needs {', '.join(sorted(lacking))}.")
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
    permit(may_check(actor, row.learner_id), "check this evidence")
    if not accept and not reason.strip():
        raise Unusable("reason_missing", "Say why the evidence is refused: the learner reads it.")
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


def import_from_platform(
    *, actor: Actor, institution: str, platform: LearningPlatform, now: datetime
) -> dict[str, UUID]:
    """Take in everybody whom a learning platform hands over (`import_learners`); nothing if one row is unusable."""
    learners = []
    for number, row in enumerate(platform.completers(), start=1):
        strange = [kind for kind, _, _ in row.facts if kind not in set(Kind)]
        if strange:
            raise Unusable("import_row_unusable", f"row {number}: there is no kind of fact {strange[0]}")
        facts = tuple(NewFact(Kind(kind), key, data) for kind, key, data in row.facts)
        learners.append(ImportedLearner(row.email, row.name, facts))
    return import_learners(actor=actor, institution=institution, learners=learners, source=platform.name, now=now)


@transaction.atomic
def freeze_course_grade(*, actor: Actor, learner_id: UUID, run_id: str, now: datetime) -> NewFact:
    """Put the present grade of a verified learner on record, by the course's own policy and scale.

    A course with letter cut-offs gives a letter, others a percentage. A regrade is a correction with its reason.
    """
    run = course_run(run_id)
    permit(may_record(actor, run.course.institution), "freeze grades here")
    if not is_verified(learner_id, run_id):
        raise Refused("not_verified", "Only the verified track gives a grade of record.")
    grade = course_grade(learner_id, run_id, now)
    letters = grade.letter in LETTERS or (grade.letter is None and run.course.credits is not None)
    scale, value = ("letter", grade.letter or "F") if letters else ("percent", str(grade.percent))
    data = {
        "institution": run.course.institution,
        "id": run.course.code,
        "credits": str(run.course.credits) if run.course.credits is not None else None,
        "grade": {"scale": scale, "value": value},
        "percent": str(grade.percent),
        "passed": grade.passed,
        "started": run.starts.date().isoformat(),
        "completed": now.date().isoformat(),
        "run": run_id,
    }
    fact = NewFact(Kind.COURSE_GRADE, run_id, data)
    _append(actor=actor, learner_id=learner_id, fact=fact, source=f"course run {run_id}", now=now, reason="")
    return fact


@transaction.atomic
def freeze_run(*, actor: Actor, run_id: str, now: datetime) -> int:
    """Put the present grade of every verified learner of a run on record; returns how many are on record.

    Who is on record with another grade already stays so: a regrade is a correction of one learner, with its reason.
    """
    run = course_run(run_id)
    permit(may_record(actor, run.course.institution), "freeze grades here")
    frozen = 0
    for learner_id in verified_learners(run_id):
        if not FactRow.objects.filter(learner_id=learner_id, kind=Kind.COURSE_GRADE, key=run_id).exists():
            freeze_course_grade(actor=actor, learner_id=learner_id, run_id=run_id, now=now)
        frozen += 1
    return frozen


@transaction.atomic
def import_learners(
    *, actor: Actor, institution: str, learners: Iterable[ImportedLearner], source: str, now: datetime
) -> dict[str, UUID]:
    """Take in learners with their facts from a learning platform, in bulk; returns the learner id by e-mail.

    Importing the same again adds nothing; facts that differ from what is on record are left as they are and must be
    corrected one by one with a reason. Declared kinds count as checked by the platform that hands them over. Facts of
    an address that somebody registered and has not confirmed are left out, and come with an import after that.
    """
    permit(may_record(actor, institution), "import records here")
    rows = list(learners)
    opened = open_accounts(actor=actor, people=[(row.email, row.name) for row in rows], now=now)
    strange = unconfirmed(opened.values())
    ids = {email: person_id for email, person_id in opened.items() if person_id not in strange}
    rows = [row for row in rows if row.email.lower() in ids]
    wanted = set(ids.values())
    held: set[tuple[UUID, str, str]] = set()
    for start in range(0, len(rows), 500):
        some = [ids[row.email.lower()] for row in rows[start : start + 500]]
        held |= set(FactRow.objects.filter(learner_id__in=some).values_list("learner_id", "kind", "key"))
    facts, checks = _new_rows(rows, ids, held, actor, source, now)
    FactRow.objects.bulk_create(facts, batch_size=500)
    FactCheckRow.objects.bulk_create(checks, batch_size=500)
    after = {"learners": len(wanted), "facts": len(facts), "unconfirmed": len(strange), "source": source}
    audit.record(actor=actor, verb="import_learners", subject=f"records.import:{source}", now=now, after=after)
    return ids


def _new_rows(
    rows: list[ImportedLearner],
    ids: Mapping[str, UUID],
    held: set[tuple[UUID, str, str]],
    actor: Actor,
    source: str,
    now: datetime,
) -> tuple[list[FactRow], list[FactCheckRow]]:
    facts: list[FactRow] = []
    checks: list[FactCheckRow] = []
    for number, learner in enumerate(rows, start=1):
        learner_id = ids[learner.email.lower()]
        for fact in learner.facts:
            lacking = missing_fields(fact)
            if lacking:
                raise Unusable("import_row_unusable", f"row {number}: {fact.kind} needs {', '.join(sorted(lacking))}")
            if (learner_id, fact.kind, fact.key) in held:
                continue
            row = FactRow(
                id=new_id(),
                learner_id=learner_id,
                kind=fact.kind,
                key=fact.key,
                data=jsonable(fact.data),
                source=source,
                recorded_at=now,
                recorded_by=actor.name,
            )
            facts.append(row)
            if fact.kind in DECLARED_BY_LEARNER:
                checks.append(_platform_check(row, source, now))
    return facts, checks


def _platform_check(row: FactRow, source: str, now: datetime) -> FactCheckRow:
    return FactCheckRow(learner_id=row.learner_id, fact=row, accepted=True, checked_by_name=source, checked_at=now)


def grade_fact(
    *, institution: str, course: str, scale: str, value: str | int, completed: str, started: str | None, run: str
) -> NewFact:
    """A course grade of record; `scale` is letter, percent or points; dates are ISO."""
    data = {"institution": institution, "id": course, "grade": {"scale": scale, "value": value}}
    return NewFact(Kind.COURSE_GRADE, run, data | {"started": started, "completed": completed, "run": run})
