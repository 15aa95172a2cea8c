"""Make cohorts of a run, and have learners come into them: by hand, by a list, by chance."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import accounts_at
from linkspan.catalog.queries import course_run
from linkspan.courseware.events import CohortChanged, CohortDraws
from linkspan.courseware.models import CohortPlaceRow, CohortRow
from linkspan.courseware.queries import cohort_row, cohorts_run, course_of, has_content
from linkspan.courseware.rules import PLACE_COLUMNS, How, Partition, PlaceLine, PlaceOutcome
from linkspan.courseware.rules.cohorts import (
    check_group,
    check_name,
    check_reason_of_move,
    check_room_for_cohort,
    drawn,
)
from linkspan.enrolment.queries import is_enrolled, learners_of_run
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.each import each
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.people_list import read_people

SYSTEM = system_actor("courseware")
AT_ONCE = 1_000


@transaction.atomic
def make_cohort(
    *, actor: Actor, run_id: str, name: str, now: datetime, automatic: bool = False, group: str = ""
) -> UUID:
    """Make a cohort of a run, bound to a content group of its course (`PARTITION:GROUP`) or to none.

    Learners who are in no cohort come into the automatic ones by chance, those of today and those who enrol later.
    """
    run, name = cohorts_run(actor, run_id), check_name(name)
    check_group(group, _partitions(run_id))
    _one_at_a_time(run_id)
    _check_free(run_id, name)
    check_room_for_cohort(CohortRow.objects.filter(run_id=run_id).count())
    row = CohortRow.objects.create(
        run_id=run_id,
        institution=run.course.institution,
        name=name,
        automatic=automatic,
        group=group,
        by=actor.name,
        at=now,
    )
    _note(actor, "make_cohort", row, None, now)
    if automatic:
        outbox.publish(CohortDraws(row.run_id), now=now)
    return row.id


@transaction.atomic
def change_cohort(
    *, actor: Actor, cohort_id: UUID, name: str, now: datetime, automatic: bool = False, group: str = ""
) -> None:
    """Name a cohort anew, bind it to another content group, or let it draw or not; the same changes nothing."""
    row = cohort_row(actor, cohort_id)
    name = check_name(name)
    if group != row.group:
        check_group(group, _partitions(row.run_id))
    _one_at_a_time(row.run_id)
    row = CohortRow.objects.get(id=cohort_id)
    if name != row.name:
        _check_free(row.run_id, name)
    before = _told(row)
    row.name, row.automatic, row.group = name, automatic, group
    if _told(row) == before:
        return
    row.save(update_fields=["name", "automatic", "group"])
    _note(actor, "change_cohort", row, before, now)
    if automatic and not before["automatic"]:
        outbox.publish(CohortDraws(row.run_id), now=now)


@transaction.atomic
def place_learner(
    *, actor: Actor, run_id: str, learner_id: UUID, cohort_id: UUID | None, now: datetime, reason: str = ""
) -> None:
    """Have a learner study in a cohort from now on, or in none; answers and grades on record stay as they are."""
    run = cohorts_run(actor, run_id)
    reason = check_reason_of_move(reason)
    row = None
    if cohort_id is not None:
        row = cohort_row(actor, cohort_id)
        if row.run_id != run_id:
            raise NotFound("cohort_unknown", "There is no such cohort.")
    if not is_enrolled(learner_id, run_id):
        raise Unusable("not_enrolled", "This person does not study in this run.")
    _one_at_a_time(run_id)
    before = _current(run_id, learner_id)
    if _is_in(before, row):
        return
    _place(run_id, learner_id, row, How.BY_HAND, reason, actor, now)
    audit.record(
        actor=actor,
        verb="place_in_cohort",
        subject=f"accounts.user:{learner_id}",
        now=now,
        before={"run": run_id, "cohort": before.cohort.name if before and before.cohort else ""},
        after={"run": run_id, "cohort": row.name if row else ""},
        why=reason,
        institution=run.course.institution,
    )


def take_places(
    *, actor: Actor, run_id: str, content: str, now: datetime, trial: bool = False
) -> tuple[PlaceLine, ...]:
    """Place the learners of a list (CSV: email, cohort by its name), each by itself; what became of each row.

    A trial changes nothing and says the same. Unusable if the list as a whole cannot be read.
    """
    run = cohorts_run(actor, run_id)
    rows = read_people(content, PLACE_COLUMNS)
    lines = tuple(PlaceLine(number, email, cohort) for number, (email, cohort) in rows)
    listed = _List(actor, run_id, lines, trial, now)
    result = each(lines, listed.place)
    failed = {no.one.row: no.message for no in result.failed}
    outcomes = dict(result.done)
    placed = sum(one is PlaceOutcome.PLACED for one in outcomes.values())
    if placed and not trial:
        audit.record(
            actor=actor,
            verb="take_cohort_list",
            subject=f"courseware.course:{run_id}",
            now=now,
            after={"placed": placed, "refused": len(failed)},
            institution=run.course.institution,
        )
    return tuple(
        replace(one, outcome=outcomes.get(one.row, PlaceOutcome.REFUSED), problem=failed.get(one.row, ""))
        for one in lines
    )


class _List:
    """A list on its way: its accounts and cohorts, looked up once."""

    def __init__(self, actor: Actor, run_id: str, lines: tuple[PlaceLine, ...], trial: bool, now: datetime) -> None:
        self._actor, self._run_id, self._trial, self._now = actor, run_id, trial, now
        self._accounts = {str(email): one for email, one in accounts_at(_addresses(lines)).items()}
        self._cohorts = {row.name.casefold(): row for row in CohortRow.objects.filter(run_id=run_id)}
        self._rows = Counter(one.email for one in lines)

    def place(self, line: PlaceLine) -> tuple[int, PlaceOutcome]:
        """Do what a row says; Unusable says why not."""
        learner_id, row = self._checked(line)
        if not self._trial:
            _one_at_a_time(self._run_id)
        if _is_in(_current(self._run_id, learner_id), row):
            return line.row, PlaceOutcome.SAME
        if not self._trial:
            _place(self._run_id, learner_id, row, How.BY_LIST, "", self._actor, self._now)
        return line.row, PlaceOutcome.PLACED

    def _checked(self, line: PlaceLine) -> tuple[UUID, CohortRow | None]:
        if self._rows[line.email] > 1:
            raise Unusable("row_twice", "This learner is in the list twice. Leave one row.")
        learner_id = self._accounts.get(line.email)
        if learner_id is None:
            raise Unusable("account_unknown", "Nobody has an account with this address.")
        if not is_enrolled(learner_id, self._run_id):
            raise Unusable("not_enrolled", "This person does not study in this run.")
        row = self._cohorts.get(line.cohort.casefold())
        if line.cohort and row is None:
            raise Unusable("cohort_unnamed", "This run has no cohort of this name.")
        return learner_id, row


@transaction.atomic
def draw_cohort(*, learner_id: UUID, run_id: str, now: datetime) -> None:
    """Have a learner who was never in a cohort of the run come into an automatic one; nothing where there is none."""
    if not CohortRow.objects.filter(run_id=run_id, automatic=True).exists() or not is_enrolled(learner_id, run_id):
        return
    _draw(run_id, [learner_id], now)


@transaction.atomic
def draw_cohorts(*, run_id: str, now: datetime) -> None:
    """The same for everybody who studies in the run."""
    learners = learners_of_run(SYSTEM, run_id)
    for first in range(0, len(learners), AT_ONCE):
        _draw(run_id, learners[first : first + AT_ONCE], now)


def _draw(run_id: str, learners: Iterable[UUID], now: datetime) -> None:
    _one_at_a_time(run_id)
    cohorts = {row.id: row for row in CohortRow.objects.filter(run_id=run_id, automatic=True)}
    if not cohorts:
        return
    held = CohortPlaceRow.objects.filter(run_id=run_id, learner_id__in=list(learners))
    placed = set(held.values_list("learner_id", flat=True))
    rows = [
        CohortPlaceRow(
            learner_id=one,
            run_id=run_id,
            cohort_id=drawn(str(one), run_id, list(cohorts)),
            how=How.BY_CHANCE,
            by=SYSTEM.name,
            at=now,
        )
        for one in learners
        if one not in placed
    ]
    CohortPlaceRow.objects.bulk_create(rows, batch_size=500)


def _place(
    run_id: str, learner_id: UUID, row: CohortRow | None, how: How, reason: str, actor: Actor, now: datetime
) -> None:
    CohortPlaceRow.objects.filter(run_id=run_id, learner_id=learner_id, current=True).update(current=False)
    CohortPlaceRow.objects.create(
        learner_id=learner_id, run_id=run_id, cohort=row, how=how, reason=reason, by=actor.name, at=now
    )
    outbox.publish(CohortChanged(learner_id, run_id, course_run(run_id).title, row.name if row else ""), now=now)


def _current(run_id: str, learner_id: UUID) -> CohortPlaceRow | None:
    rows = CohortPlaceRow.objects.filter(run_id=run_id, learner_id=learner_id, current=True)
    return rows.select_related("cohort").first()


def _is_in(held: CohortPlaceRow | None, row: CohortRow | None) -> bool:
    return (held.cohort_id if held else None) == (row.id if row else None)


def _check_free(run_id: str, name: str) -> None:
    if any(name.casefold() == row.name.casefold() for row in CohortRow.objects.filter(run_id=run_id)):
        raise Refused("cohort_there", "This run has a cohort of this name. Choose another one.").at("name")


def _partitions(run_id: str) -> tuple[Partition, ...]:
    return course_of(run_id).partitions if has_content(run_id) else ()


def _one_at_a_time(run_id: str) -> None:
    one_at_a_time(f"courseware.cohorts {run_id}")


def _addresses(lines: Iterable[PlaceLine]) -> Iterator[Address]:
    for line in lines:
        with suppress(Unusable):
            yield address(line.email)


def _told(row: CohortRow) -> dict[str, object]:
    return {"run": row.run_id, "name": row.name, "automatic": row.automatic, "group": row.group}


def _note(actor: Actor, verb: str, row: CohortRow, before: dict[str, object] | None, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        subject=f"courseware.cohort:{row.id}",
        now=now,
        before=before,
        after=_told(row),
        institution=row.institution,
    )
