"""Reads of facts and records."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from linkspan.accounts.queries import accounts_at, people_at_work, unconfirmed
from linkspan.accounts.rules import Tie, holds_any
from linkspan.catalog.queries import course_run, exam_owners
from linkspan.courseware.engines.exports import ExportText
from linkspan.courseware.engines.grade_report import GradeReport
from linkspan.courseware.queries import file_of, grades, has_content, linked_addresses, settled
from linkspan.courseware.rules import LearningPlatform, Reading
from linkspan.enrolment.queries import verified_learners
from linkspan.kernel import storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.readers import granted
from linkspan.kernel.record import Record
from linkspan.kernel.refusals import Refusal
from linkspan.records import rules
from linkspan.records.models import ExportRow, FactCheckRow, FactRow
from linkspan.records.rules import (
    EVIDENCE_CHECKERS,
    GRADES,
    CheckedRows,
    Export,
    Fact,
    GradebookRow,
    Held,
    Imported,
    Kind,
    Meets,
    check_rows,
    imported,
    may_read_record,
    may_record,
    plan_import,
)

GRADEBOOK_PAGE = 50
#: A trial stands in for the reason that the import itself will be given.
AS_IF = "as if there were a reason"
_DECIDED = ("check_row__accepted", "check_row__checked_by")


def facts_of(actor: Actor, learner_id: UUID) -> tuple[Fact, ...]:
    """The newest version of every fact of a learner, oldest first."""
    permit(may_read_record(actor, learner_id), "read this record")
    return _facts([learner_id]).get(learner_id, ())


def learner_record(actor: Actor, learner_id: UUID) -> Record:
    """The learner's record in the format of `linkspan audit`, for the learner, the system and auditors."""
    permit(may_read_record(actor, learner_id), "read this record")
    return rules.learner_record(str(learner_id), facts_of(actor, learner_id))


def learner_records(actor: Actor, learner_ids: Iterable[UUID], as_of: datetime | None = None) -> dict[UUID, Record]:
    """Many records in few queries, for jobs and auditors; `as_of` leaves out what came on record later."""
    permit(actor.is_system or actor.has_role("auditor"), "read these records")
    ids = list(learner_ids)
    found = _facts(ids, as_of)
    return {learner: rules.learner_record(str(learner), found.get(learner, ())) for learner in ids}


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Where those people have a grade of record, from a platform too."""
    rows = FactRow.objects.filter(learner_id__in=ids, kind=Kind.COURSE_GRADE)
    return ((who, Tie.STUDIES, school) for who, school in rows.values_list("learner_id", "data__institution"))


def evidence_queue(actor: Actor, now: datetime) -> tuple[Fact, ...]:
    """Facts that learners declared and nobody has checked yet, oldest first, for those whose work is with them."""
    permit(holds_any(actor, EVIDENCE_CHECKERS), "check evidence")
    rows = (
        FactRow.objects.filter(kind__in=list(rules.DECLARED_BY_LEARNER), check_row=None)
        .exclude(kind=Kind.RESIDENCE)
        .order_by("recorded_at")
    )
    waiting = [_fact_of(*row) for row in rows.values_list(*_PARTS)]
    mine = people_at_work(actor, {fact.learner_id for fact in waiting}, EVIDENCE_CHECKERS, now)
    return tuple(fact for fact in waiting if fact.learner_id in mine)[:200]


@granted
def refused_before(waiting: Collection[Fact]) -> dict[UUID, tuple[Refusal, ...]]:
    """What staff refused of the same kind to the same learner, newest first, for facts that wait for a check."""
    checks = FactCheckRow.objects.filter(learner_id__in={fact.learner_id for fact in waiting}, accepted=False)
    told = list(checks.select_related("fact").order_by("-checked_at"))
    return {
        fact.id: tuple(
            Refusal(one.fact.key, one.checked_at, one.reason)
            for one in told
            if (one.learner_id, one.fact.kind) == (fact.learner_id, fact.kind)
        )
        for fact in waiting
    }


def grades_of_record(actor: Actor, learner_id: UUID) -> tuple[Fact, ...]:
    """The learner's course grades and exam results of record."""
    permit(may_read_record(actor, learner_id), "read these grades")
    wanted = (Kind.COURSE_GRADE, Kind.EXAM_RESULT)
    return tuple(fact for fact in _facts([learner_id]).get(learner_id, ()) if fact.kind in wanted)


def grades_here(actor: Actor, learner_id: UUID) -> tuple[Fact, ...]:
    """The course grades on record that the institutions gave whose program staff or registrar the actor is."""
    return grades_among(actor, _facts([learner_id]).get(learner_id, ()))


def grades_among(actor: Actor, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The same, of facts at hand."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "read these grades")
    return tuple(one for one in facts if one.kind == Kind.COURSE_GRADE and one.data.get("institution") in mine)


def gradebook(actor: Actor, run_id: str, now: datetime, *, number: int = 1) -> Page[GradebookRow]:
    """The verified learners of a run with their grades now and on record, for those who put them on record."""
    permit(may_record(actor, course_run(run_id).course.institution), "see the gradebook of this run")
    ids = verified_learners(run_id)
    page = page_of(ids, len(ids), lambda one: one, number=number, size=GRADEBOOK_PAGE)
    graded = grades(page.rows, run_id, now) if has_content(run_id) else {}
    held = _facts(list(page.rows))

    def row(learner_id: UUID) -> GradebookRow:
        grade = graded.get(learner_id)
        facts = held.get(learner_id, ())
        on_record = next((fact for fact in facts if (fact.kind, fact.key) == (Kind.COURSE_GRADE, run_id)), None)
        if grade is None:
            return GradebookRow(learner_id, None, None, None, on_record)
        return GradebookRow(learner_id, grade.percent, grade.letter, grade.passed, on_record)

    return Page(tuple(row(one) for one in page.rows), page.number, page.size, page.total)


def learners_with(actor: Actor, kind: Kind, keys: Iterable[str] | None) -> tuple[UUID, ...]:
    """Learners who have a fact of that kind (under one of the keys), for jobs of the system and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "list learners")
    rows = FactRow.objects.filter(kind=kind)
    if keys is not None:
        rows = rows.filter(key__in=list(keys))
    return tuple(rows.order_by("learner_id").values_list("learner_id", flat=True).distinct())


def grades_imported(actor: Actor, source: str, at: datetime) -> dict[UUID, tuple[Fact, ...]]:
    """The grades that an import put on record for the first time, by learner, for jobs of the system."""
    permit(actor.is_system, "list learners")
    rows = FactRow.objects.filter(source=source, recorded_at=at, version=1, kind__in=GRADES)
    return _newest(rows.values_list(*_PARTS))


def holders_of(actor: Actor, issuer: str, program: str) -> tuple[UUID, ...]:
    """Who holds an active credential of a program, for jobs of the system and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "list learners")
    rows = FactRow.objects.filter(kind=Kind.CREDENTIAL, data__issuer=issuer, data__program=program)
    newest = {
        (learner_id, key): status
        for learner_id, key, status in rows.order_by("version").values_list("learner_id", "key", "data__status")
    }
    return tuple(sorted({learner_id for (learner_id, _), status in newest.items() if status == "active"}))


def facts_of_many(
    actor: Actor, learner_ids: Iterable[UUID], as_of: datetime | None = None
) -> dict[UUID, tuple[Fact, ...]]:
    """Grades of record of many learners, as they stood at an instant, for jobs of the system and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "read these grades")
    wanted = (Kind.COURSE_GRADE, Kind.EXAM_RESULT)
    found = _facts(list(learner_ids), as_of)
    return {learner: tuple(f for f in facts if f.kind in wanted) for learner, facts in found.items()}


def facts_stamp(actor: Actor, as_of: datetime) -> tuple[str, ...]:
    """Another value whenever what `learner_records` tells as of an instant could differ, for what keeps counts.

    Facts and checks are added, never changed: their numbers and the newest of each tell.
    """
    permit(actor.is_system or actor.has_role("auditor"), "read these records")
    facts = FactRow.objects.filter(recorded_at__lte=as_of).order_by("-recorded_at", "-id")
    checks = FactCheckRow.objects.order_by("-checked_at", "-id")
    newest = (rows.values_list("id", flat=True).first() for rows in (facts, checks))
    return (str(facts.count()), str(checks.count()), *map(str, newest))


def learner_slices(actor: Actor, size: int) -> tuple[tuple[UUID, UUID, int], ...]:
    """Everybody who has facts, in slices of `size`: first and last learner, and how many; for jobs and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "list learners")
    everybody = FactRow.objects.order_by("learner_id").values_list("learner_id", flat=True).distinct()
    return tuple((some[0], some[-1], len(some)) for some in batched(everybody.iterator(), size))


def records_between(actor: Actor, first: UUID, last: UUID) -> dict[UUID, Record]:
    """The records of a slice of learners, in one query."""
    permit(actor.is_system or actor.has_role("auditor"), "read these records")
    rows = FactRow.objects.filter(learner_id__gte=first, learner_id__lte=last)
    found = _newest(rows.values_list(*_PARTS).iterator(chunk_size=5_000))
    return {learner: rules.learner_record(str(learner), found[learner]) for learner in sorted(found)}


def meets_of(actor: Actor, institution: str, checked: CheckedRows, reason: str) -> Meets:
    """What the rows of an import meet on record, for the actions and trials of this domain."""
    accounts = accounts_at({row.email for _, row in checked.rows})
    emails = {learner_id: email for email, learner_id in accounts.items()}
    exams = {str(f.data.get("id")) for _, row in checked.rows for f in row.facts if f.kind == Kind.EXAM_RESULT}
    held: dict[tuple[Address, str, str], Held] = {}
    for some in batched(emails, 500):
        rows = FactRow.objects.filter(learner_id__in=some).order_by("version")
        told = rows.values_list("learner_id", "kind", "key", "version", "data", "source", *_DECIDED)
        for learner_id, kind, key, version, data, source, accepted, by in told.iterator(chunk_size=2_000):
            refused = accepted is False and by is not None
            held[(emails[learner_id], kind, key)] = Held(version, data, source, refused)
    return Meets(
        institution, accounts, unconfirmed(emails), held, exam_owners(exams), actor.person_id, actor.is_system, reason
    )


def trial(actor: Actor, institution: str, checked: CheckedRows, reason: str) -> Imported:
    """What an import would do now, for those who may import."""
    permit(may_record(actor, institution), "import records here")
    meets = meets_of(actor, institution, checked, reason)
    return imported(checked, plan_import(checked.rows, meets), meets)


def exports(actor: Actor) -> tuple[Export, ...]:
    """The newest exports that were handed in at the actor's institutions."""
    mine = actor.institutions_as("registrar") | actor.institutions_as("program_staff")
    permit(bool(mine), "import records")
    return tuple(_export(row) for row in ExportRow.objects.filter(institution__in=mine).order_by("-handed_in_at")[:50])


def export(actor: Actor, export_id: UUID) -> Export:
    """One of them."""
    return _export(_export_row(actor, export_id))


def export_trial(actor: Actor, export_id: UUID, now: datetime) -> Imported:
    """What an export that waits would do, its corrections included: they take a reason when it is imported."""
    row = _export_row(actor, export_id)
    return trial(actor, row.institution, checked_file(row.institution, _file(row, now), now), AS_IF)


def checked_file(institution: str, platform: LearningPlatform, now: datetime) -> CheckedRows:
    """A platform's rows after the check, with the usernames that are linked with somebody at that institution."""
    linked = linked_addresses(institution, platform.place) if platform.place else {}
    return check_rows(platform.rows(), now.date(), linked)


def needs_reason(actor: Actor, export_id: UUID, now: datetime) -> str:
    """The day until which the grades of a file that waits may change, so that its import takes a reason; else empty."""
    row = _export_row(actor, export_id)
    return "" if row.outcome is not None else _file(row, now).open_until


def refused_lines(actor: Actor, export_id: UUID, now: datetime) -> bytes:
    """The lines of an export that were refused, or would be, as they were handed in, to be corrected and given back."""
    row = _export_row(actor, export_id)
    told = row.outcome["refused_rows"] if row.outcome else export_trial(actor, export_id, now).refused_rows
    return b"".join(_file(row, now).lines(set(told)))


def platform_file(
    actor: Actor, institution: str, name: str, raw: bytes, reading: Reading, now: datetime
) -> LearningPlatform:
    """A platform's file as it is to be read, for those who may import it there."""
    permit(may_record(actor, institution), "import records here")
    return file_of(name, raw, settled(institution, name, reading), now)


def _file(row: ExportRow, now: datetime) -> ExportText | GradeReport:
    return file_of(row.name, storage.read(row.sha256), Reading.read(row.read_as), now)


def _export_row(actor: Actor, export_id: UUID) -> ExportRow:
    row = ExportRow.objects.filter(id=export_id).first()
    if row is None or not may_record(actor, row.institution):
        raise NotFound("export_unknown", "There is no such import at your institution.")
    return row


def _export(row: ExportRow) -> Export:
    return Export(
        row.id,
        row.institution,
        row.name,
        row.handed_in_by_name,
        row.handed_in_at,
        row.taken_by_name,
        row.taken_at,
        row.reason,
        row.outcome,
        Reading.read(row.read_as),
    )


#: What a fact is made of, read as plain values: reading many people, the making of model objects costs most.
_PARTS = (
    "learner_id",
    "kind",
    "key",
    "version",
    "id",
    "data",
    "source",
    "recorded_at",
    "reason",
    "check_row__accepted",
    "check_row__data",
    "check_row__checked_at",
    "check_row__reason",
)


def _facts(learner_ids: list[UUID], as_of: datetime | None = None) -> dict[UUID, tuple[Fact, ...]]:
    found: dict[UUID, tuple[Fact, ...]] = {}
    for some in batched(learner_ids, 500):
        rows = FactRow.objects.filter(learner_id__in=some)
        found |= _newest((rows if as_of is None else rows.filter(recorded_at__lte=as_of)).values_list(*_PARTS))
    return found


def _newest(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, tuple[Fact, ...]]:
    """The newest version of each fact of each learner, in the order in which they came on record."""
    newest: dict[tuple[UUID, str, str], tuple[Any, ...]] = {}
    for row in rows:
        held = newest.get(row[:3])
        if held is None or held[3] < row[3]:
            newest[row[:3]] = row
    found: dict[UUID, list[Fact]] = {}
    for row in sorted(newest.values(), key=lambda row: (row[7], row[1], row[2])):
        found.setdefault(row[0], []).append(_fact_of(*row))
    return {learner: tuple(facts) for learner, facts in found.items()}


def _fact_of(
    learner_id: UUID,
    kind: str,
    key: str,
    version: int,
    fact_id: UUID,
    data: dict[str, Any],
    source: str,
    recorded_at: datetime,
    reason: str,
    accepted: bool | None,
    found: dict[str, Any] | None,
    checked_at: datetime | None,
    why: str | None,
) -> Fact:
    """A fact with what its check found, if it was checked; what staff and platforms record needs no check."""
    if accepted is None and kind not in rules.DECLARED_BY_LEARNER:
        accepted = True
    told = {**data, **found} if found else data
    return Fact(
        fact_id,
        learner_id,
        Kind(kind),
        key,
        told,
        source,
        recorded_at,
        accepted,
        checked_at,
        reason if why is None else why,
    )
