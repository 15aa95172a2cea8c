"""Give single learners a later due date, and end it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from linkspan.accounts.queries import accounts_at
from linkspan.catalog.queries import course_run
from linkspan.catalog.rules import CourseRun
from linkspan.courseware.events import ExtensionGranted
from linkspan.courseware.models import ExtensionRow
from linkspan.courseware.queries import course_of
from linkspan.courseware.rules import ExtensionLine, ExtensionOutcome, check_later, check_time, may_extend, part_of
from linkspan.enrolment.queries import is_enrolled
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.each import each
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.people_list import read_people

COLUMNS = ("email", "subsection", "due", "reason")
LONGEST_REASON = 1_000


@transaction.atomic
def grant_extension(
    *, actor: Actor, run_id: str, learner_id: UUID, usage: str, due: datetime, reason: str, now: datetime
) -> None:
    """Have a subsection (id or url_name) due later for one learner, who is told. The same again changes nothing."""
    run, course = _run(actor, run_id), course_of(run_id)
    part = part_of(course.root, usage)
    _check(run_id, learner_id, reason)
    check_time(due)
    check_later(part, due, course.root.settings.end)
    held = ExtensionRow.objects.select_for_update().filter(learner_id=learner_id, run_id=run_id, usage=part.id).first()
    if held is not None and (held.due, held.reason) == (due, reason):
        return
    ExtensionRow.objects.update_or_create(
        learner_id=learner_id,
        run_id=run_id,
        usage=part.id,
        defaults={"due": due, "reason": reason, "by": actor.name, "at": now},
    )
    before = {"due": held.due.isoformat()} if held else None
    after = {"run": run_id, "subsection": part.id, "due": due.isoformat()}
    _note(actor, run, "grant_extension", learner_id, now, before, after, reason)
    told = f"{due.astimezone(ZoneInfo(run.time_zone)):%Y-%m-%d %H:%M} {run.time_zone}"
    outbox.publish(ExtensionGranted(learner_id, run_id, run.title, part.title or part.name, told), now=now)


@transaction.atomic
def end_extension(*, actor: Actor, extension_id: UUID, now: datetime) -> None:
    """Let the due date for everybody count again for a learner."""
    row = ExtensionRow.objects.select_for_update().filter(id=extension_id).first()
    if row is None or not may_extend(actor, course_run(row.run_id).course.institution):
        raise NotFound("extension_unknown", "There is no such extension. It may have been ended.")
    before = {"run": row.run_id, "subsection": row.usage, "due": row.due.isoformat()}
    _note(actor, course_run(row.run_id), "end_extension", row.learner_id, now, before, None, "")
    row.delete()


def take_extensions(
    *, actor: Actor, run_id: str, content: str, now: datetime, trial: bool = False
) -> tuple[ExtensionLine, ...]:
    """Grant the extensions of a list (CSV: email, subsection, due, reason), each by itself; what became of each row.

    A trial changes nothing and says the same. Unusable if the list as a whole cannot be read.
    """
    run = _run(actor, run_id)
    rows = read_people(content, COLUMNS)
    lines = [ExtensionLine(number, email, part, due, reason) for number, (email, part, due, reason) in rows]
    accounts = {str(email): person_id for email, person_id in accounts_at(_addresses(lines)).items()}
    twice = {key for key, count in Counter((one.email, one.subsection) for one in lines).items() if count > 1}

    def grant(line: ExtensionLine) -> None:
        if (line.email, line.subsection) in twice:
            raise Unusable("row_twice", "This learner has the subsection twice in the list. Leave one row.")
        if line.email not in accounts:
            raise Unusable("account_unknown", "Nobody has an account with this address.")
        asked = _Asked(run, accounts[line.email], line.subsection, due_of(line.due, run.time_zone), line.reason)
        if trial:
            asked.check()
        else:
            asked.grant(actor, now)

    failed = {no.one.row: no.message for no in each(lines, grant).failed}
    return tuple(
        replace(one, outcome=ExtensionOutcome.REFUSED, problem=failed[one.row]) if one.row in failed else one
        for one in lines
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """An extension that a row asks for."""

    run: CourseRun
    learner_id: UUID
    usage: str
    due: datetime
    reason: str

    def check(self) -> None:
        course = course_of(self.run.id)
        part = part_of(course.root, self.usage)
        _check(self.run.id, self.learner_id, self.reason)
        check_time(self.due)
        check_later(part, self.due, course.root.settings.end)

    def grant(self, actor: Actor, now: datetime) -> None:
        grant_extension(
            actor=actor,
            run_id=self.run.id,
            learner_id=self.learner_id,
            usage=self.usage,
            due=self.due,
            reason=self.reason,
            now=now,
        )


def due_of(text: str, zone: str) -> datetime:
    """A time by the clocks of a zone, or with its own distance from UTC; Unusable if it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Unusable("time_unusable", "Give days and times like 2030-03-31 23:59.") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))


def _addresses(lines: Iterable[ExtensionLine]) -> Iterator[Address]:
    for line in lines:
        with suppress(Unusable):
            yield address(line.email)


def _run(actor: Actor, run_id: str) -> CourseRun:
    run = course_run(run_id)
    permit(may_extend(actor, run.course.institution), "extend due dates here")
    return run


def _check(run_id: str, learner_id: UUID, reason: str) -> None:
    if not is_enrolled(learner_id, run_id):
        raise Unusable("not_enrolled", "This person does not study in this run.")
    if not reason or len(reason) > LONGEST_REASON:
        raise Unusable("reason_missing", "Give a reason of up to {most} characters.", most=LONGEST_REASON)


def _note(
    actor: Actor,
    run: CourseRun,
    verb: str,
    learner_id: UUID,
    now: datetime,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
    why: str,
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        subject=f"accounts.user:{learner_id}",
        now=now,
        before=before,
        after=after,
        why=why,
        institution=run.course.institution,
    )
