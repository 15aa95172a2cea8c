"""The steps that a learner could take next, with what the catalogue offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from linkspan.catalog.queries import courses as courses_by_key
from linkspan.catalog.queries import prices_in_force, programs, runs_of_courses
from linkspan.catalog.rules import CourseRun, Program, courses_of, exams_of
from linkspan.kernel.money import Money
from linkspan.kernel.readers import granted
from linkspan.kernel.record import Record
from linkspan.kernel.things import About, Thing
from linkspan.pathways.queries.network import NetworkRow, network_on
from linkspan.pathways.rules.audit.steps import Offer, Step, cheapest_way, next_steps


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps, and the rows of the network that they speak of."""

    found: tuple[Step, ...]
    rows: tuple[NetworkRow, ...]


@granted
def steps_for(record: Record, now: datetime) -> Steps:
    """The cheapest next steps of a record across all public pathways, on what can be enrolled in now."""
    on = now.date()
    rows = network_on(on, record)
    sending = {r.agreement.terms.sending.key for r in rows}
    offered = [program for program in programs(on) if program.key in sending]
    named = (row.agreement.terms.bridge for row in rows)
    bridges = {bridge.course for bridge in named if bridge and bridge.course}
    keys = bridges | {key for program in offered for key in courses_of(program.requirements)}
    exams = {code for program in offered for code in exams_of(program.requirements)}
    prices = prices_in_force([*(f"course:{key}" for key in keys), *(f"exam:{code}" for code in exams)], on)
    runs: dict[str, CourseRun] = {}
    for run in runs_of_courses(sorted(keys)):
        if now < run.enrolment_closes:
            runs.setdefault(run.course.key, run)
    done = _done(record)
    titles = {key: f"{course.code} {course.title}" for key, course in courses_by_key(sorted(bridges)).items()}
    found = next_steps(
        record,
        [(row.agreement.terms, row.audit) for row in rows if row.audit],
        {program.key: _program(program, prices, runs, done) for program in offered},
        {key: _course(key, titles.get(key, key), prices, runs) for key in bridges},
        on,
    )
    return Steps(found, rows)


def _done(record: Record) -> frozenset[str]:
    courses = {f"course:{row.get('institution')}/{row.get('id')}" for row in record.get("courses") or []}
    return frozenset(courses | {f"exam:{row.get('id')}" for row in record.get("exams") or []})


def _program(
    program: Program, prices: Mapping[str, Money], runs: Mapping[str, CourseRun], done: frozenset[str]
) -> Offer:
    price, subjects = cheapest_way(program.requirements, prices, done)
    taken = [runs[s.removeprefix("course:")] for s in subjects if s.removeprefix("course:") in runs]
    begins = min((run.starts for run in taken), default=None)
    return Offer(
        program.key,
        program.title,
        price,
        begins,
        About.of(Thing.PROGRAM, program.institution, program.code),
        courses_of(program.requirements),
    )


def _course(key: str, title: str, prices: Mapping[str, Money], runs: Mapping[str, CourseRun]) -> Offer:
    run = runs.get(key)
    about = About.of(Thing.COURSE_RUN, run.id) if run else None
    return Offer(key, title, prices.get(f"course:{key}"), run.starts if run else None, about)
