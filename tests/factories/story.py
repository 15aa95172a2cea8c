"""Pieces of the sample world that tests start from."""

from datetime import datetime

from tests.factories.people import NOW, SYSTEM

from linkspan.kernel.actor import Actor
from linkspan.records.actions import grade_fact, record_fact
from linkspan.records.rules import Kind, NewFact

COURSES = ("SC0x", "SC1x", "SC2x", "SC3x", "SC4x")


def put_grades(learner: Actor, *, courses=COURSES, exam: str | None = "72", now: datetime = NOW) -> None:
    """Passing grades of record in the supply chain courses and the exam."""
    facts = [
        grade_fact(
            institution="MITx", course=code, scale="percent", value="78", completed="2018-05-15", started=None, run=code
        )
        for code in courses
    ]
    if exam is not None:
        data = {"id": "CFx", "grade": {"scale": "percent", "value": exam}, "proctored": True, "taken": "2018-06-01"}
        facts.append(NewFact(Kind.EXAM_RESULT, "CFx", data))
    for fact in facts:
        record_fact(actor=SYSTEM, learner_id=learner.person_id, institution="MITx", fact=fact, source="test", now=now)
