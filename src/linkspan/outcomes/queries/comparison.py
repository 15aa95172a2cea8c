"""Outcomes of pathway students against others of the same school."""

from collections import Counter
from datetime import datetime
from decimal import Decimal

from linkspan.admissions.queries import standings
from linkspan.admissions.rules import State
from linkspan.catalog.queries import programs
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.kernel.record import Record
from linkspan.kernel.replica import may_be_late
from linkspan.outcomes.queries.funnels import cohort_of, source_of
from linkspan.outcomes.queries.keeping import kept
from linkspan.outcomes.queries.reading import Reading
from linkspan.outcomes.rules.access import may_see_funnel
from linkspan.outcomes.rules.comparison import GroupOutcome, Student, group_outcome
from linkspan.outcomes.rules.told import ToldGroup, tell_group
from linkspan.pathways.queries import agreements_on
from linkspan.pathways.rules import LETTER_POINTS, LEVELS
from linkspan.recognition.queries import degrees_conferred

SYSTEM = system_actor("outcomes")


@may_be_late
def pathway_outcomes(
    actor: Actor, institution: str, now: datetime, reading: Reading | None = None
) -> tuple[ToldGroup, ToldGroup]:
    """Those who joined a degree of the institution by a pathway, and its other students, for its deans and auditors.

    A student is who has a letter grade of a course there. Who joined and has no grade yet is a student without courses.
    """
    permit(may_see_funnel(actor, institution), "see outcomes here")
    leads = {a.id: source_of(a) for a in agreements_on(now.date()) if a.receiving == institution}
    joined = {s.learner_id: leads[s.agreement_id] for s in standings(SYSTEM, leads) if s.state == State.JOINED}
    trees = {program.key: program.requirements for program in programs(now.date())} if joined else {}
    read = reading or Reading(now)
    graduates = degrees_conferred(SYSTEM, institution)

    def count() -> tuple[GroupOutcome, GroupOutcome]:
        pathway = [Student((), learner in graduates) for learner in joined if learner not in read.records]
        others = []
        for learner, record in read.records.items():
            student = _student(record, institution, learner in graduates)
            if learner in joined:
                pathway.append(student)
            elif student.points:
                others.append(student)
        by = Counter((key, cohort_of(read.records, key, trees.get(key, {}), who)) for who, key in joined.items())
        return group_outcome("pathway", pathway, by.values()), group_outcome("others", others)

    depends = (institution, read.stamp, list(joined.items()), trees, sorted(map(str, graduates)))
    counted = kept("comparison-in-fives", depends, now, count)
    pathway, others = counted.value
    return tell_group(pathway), tell_group(others)


def _student(record: Record, institution: str, conferred: bool) -> Student:
    points: list[Decimal] = []
    for row in record["courses"]:
        grade = row.get("grade") or {}
        if row.get("institution") == institution and grade.get("scale") == "letter":
            points += [LETTER_POINTS[value]] if (value := str(grade.get("value"))) in LETTER_POINTS else []
    graduated = conferred or any(
        row.get("institution") == institution and LEVELS.get(str(row.get("level")), 0) >= LEVELS["master"]
        for row in record["degrees"]
    )
    return Student(tuple(points), graduated)
