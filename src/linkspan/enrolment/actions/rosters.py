"""Staff enrol learners in a run from a roster: row by row, and the same roster again changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from linkspan.accounts.actions import open_account
from linkspan.accounts.queries import accounts_at, unconfirmed
from linkspan.catalog.queries import course_run
from linkspan.catalog.rules import CourseRun
from linkspan.enrolment.actions.enrolments import enrol
from linkspan.enrolment.engines.roster import read_roster
from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.queries import enrolment, verified_price
from linkspan.enrolment.rules import (
    Enrolment,
    EnrolmentState,
    RosterLine,
    RosterOutcome,
    RosterRow,
    Track,
    check_upgrade,
    check_window,
    may_enrol_others,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each
from linkspan.kernel.errors import LinkspanError, Refused, permit


def take_roster(
    *, actor: Actor, run_id: str, roster: str, now: datetime, trial: bool = False
) -> tuple[RosterLine, ...]:
    """Enrol the learners of a roster (CSV: email, name, track), each by itself; return what became of each row.

    An address without an account gets one, which waits for whoever proves the address. Nobody is moved to a lower
    track. A trial changes nothing and says the same. Unusable if the roster as a whole cannot be read.
    """
    run = course_run(run_id)
    permit(may_enrol_others(actor, run.course.institution), "enrol learners here")
    rows, refused = read_roster(roster)
    lines = _looked(actor, run, rows, now)
    if not trial:
        lines = _enrolled(actor, run, rows, lines, now)
    return tuple(sorted([*lines, *refused], key=lambda line: line.row))


def _looked(actor: Actor, run: CourseRun, rows: Sequence[RosterRow], now: datetime) -> list[RosterLine]:
    accounts = accounts_at(row.email for row in rows)
    strange = unconfirmed(accounts.values())
    held = {row.learner_id: enrolment(row) for row in EnrolmentRow.objects.filter(run_id=run.id)}
    priced = verified_price(run, now) is not None

    def look(row: RosterRow) -> RosterLine:
        cells = (row.email, row.name, row.track)
        learner_id = accounts.get(row.email)
        try:
            if learner_id in strange:
                raise Refused(
                    "unconfirmed",
                    "Somebody registered this address and has not confirmed it. Add the learner after that.",
                )
            if learner_id is None and not row.name:
                raise Refused("name_missing", "This address has no account yet. Add the learner's name.")
            found = _outcome(run, row, held.get(learner_id) if learner_id else None, now)
            if found is not RosterOutcome.SAME and row.track is Track.VERIFIED:
                check_upgrade(run, now)
                if not priced:
                    raise Refused(
                        "no_price",
                        "The verified track is not on sale for this course yet. Set a price, or enter audit.",
                    )
        except LinkspanError as no:
            return RosterLine(row.number, cells, RosterOutcome.REFUSED, no.message)
        return RosterLine(row.number, cells, found)

    return [look(row) for row in rows]


def _outcome(run: CourseRun, row: RosterRow, held: Enrolment | None, now: datetime) -> RosterOutcome:
    if held is None:
        check_window(run, now)
        return RosterOutcome.ENROLLED
    if held.state is EnrolmentState.WITHDRAWN:
        raise Refused("withdrew", "This learner left the run. Ask them to enrol again.")
    if row.track is Track.VERIFIED and held.track is Track.AUDIT and held.charge_id is None:
        return RosterOutcome.UPGRADED
    return RosterOutcome.SAME


def _enrolled(
    actor: Actor, run: CourseRun, rows: Sequence[RosterRow], lines: list[RosterLine], now: datetime
) -> list[RosterLine]:
    by_number = {row.number: row for row in rows}

    def act(line: RosterLine) -> None:
        row = by_number[line.row]
        learner_id = open_account(actor=actor, email=row.email, name=row.name, now=now)
        enrol(actor=actor, learner_id=learner_id, run_id=run.id, track=row.track, now=now)

    todo = [line for line in lines if line.outcome in (RosterOutcome.ENROLLED, RosterOutcome.UPGRADED)]
    failed = {no.one.row: no.message for no in each(todo, act).failed}
    return [
        replace(line, outcome=RosterOutcome.REFUSED, reason=failed[line.row]) if line.row in failed else line
        for line in lines
    ]
