"""One reading of the records of everybody with a grade, from which several reports count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from linkspan.credentials.rules import Result
from linkspan.kernel.actor import system_actor
from linkspan.records.queries import facts_stamp, learner_records, learners_with
from linkspan.records.rules import Kind, day

SYSTEM = system_actor("outcomes")
Records = Mapping[UUID, Mapping[str, Any]]


@dataclass(frozen=True)
class Reading:
    """The graded records as of an instant, read at most once, and only if somebody asks for them."""

    now: datetime

    @cached_property
    def records(self) -> Records:
        """All of them, by learner."""
        return graded_records(self.now)

    @cached_property
    def stamp(self) -> tuple[str, ...]:
        """Another value whenever the records could differ (`records.queries.facts_stamp`)."""
        return facts_stamp(SYSTEM, self.now)


def graded_records(now: datetime) -> Records:
    """The records of all who have a course grade, as they stood at that instant; for the queries beside this one."""
    return learner_records(SYSTEM, learners_with(SYSTEM, Kind.COURSE_GRADE, None), now)


def results_in(record: Mapping[str, Any]) -> list[Result]:
    """The courses and exams of a record as completion reads them; other scales than percent count as zero."""
    courses = [(f"{r['institution']}/{r['id']}", r["grade"], r["completed"]) for r in record["courses"]]
    exams = [(r["id"], r["grade"], r["taken"]) for r in record["exams"]]
    return [Result(key, _percent(grade), day(on)) for key, grade, on in courses + exams]


def _percent(grade: Mapping[str, Any]) -> Decimal:
    return Decimal(str(grade["value"])) if grade["scale"] == "percent" else Decimal(0)
