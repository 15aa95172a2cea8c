"""One reading of the records of everybody with a grade, from which several reports count."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from uuid import UUID

from linkspan.credentials.rules import Result
from linkspan.kernel.actor import system_actor
from linkspan.kernel.record import Record
from linkspan.records.queries import facts_stamp, learner_records, learners_with
from linkspan.records.rules import Kind, day

SYSTEM = system_actor("outcomes")
Records = Mapping[UUID, Record]


@dataclass(frozen=True)
class Reading:
    """The graded records as of an instant, read at most once, and only if somebody asks for them."""

    now: datetime

    @cached_property
    def records(self) -> Records:
        """All of them, by learner."""
        return graded_records(self.now)

    @property
    def unusable(self) -> int:
        """How many of the records hold a grade that cannot be read."""
        return sum("unusable" in record for record in self.records.values())

    @cached_property
    def stamp(self) -> tuple[str, ...]:
        """Another value whenever the records could differ (`records.queries.facts_stamp`)."""
        return facts_stamp(SYSTEM, self.now)


def graded_records(now: datetime) -> Records:
    """The records of all who have a course grade, as they stood at that instant; for the queries beside this one."""
    records = learner_records(SYSTEM, learners_with(SYSTEM, Kind.COURSE_GRADE, None), now)
    return {learner: _readable(record) for learner, record in records.items()}


def _readable(record: Record) -> Record:
    """The record without grades that cannot be read; its lists are complete no more, so that unknown stays unknown."""
    courses = [row for row in record["courses"] if _result(row, "completed") is not None]
    exams = [row for row in record["exams"] if _result(row, "taken") is not None]
    if (len(courses), len(exams)) == (len(record["courses"]), len(record["exams"])):
        return record
    kept: Mapping[str, Sized] = {"courses": courses, "exams": exams}
    held: Mapping[str, Any] = record
    whole = [name for name in record["complete"] if len(kept.get(name, ())) == len(held[name])]
    return {**record, "courses": courses, "exams": exams, "complete": whole, "unusable": True}


def results_in(record: Record) -> list[Result]:
    """The courses and exams of a record as completion reads them; other scales than percent count as zero."""
    courses = (_result(row, "completed") for row in record["courses"])
    exams = (_result(row, "taken") for row in record["exams"])
    return [result for result in (*courses, *exams) if result is not None]


def _result(row: Mapping[str, Any], day_of: str) -> Result | None:
    """A grade; None if it cannot be read, for it came on record before facts were checked."""
    try:
        key = row["id"] if day_of == "taken" else f"{row['institution']}/{row['id']}"
        grade = row["grade"]
        percent = Decimal(str(grade["value"])) if grade["scale"] == "percent" else Decimal(0)
        on = day(row[day_of])
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None
    return Result(key, percent, on) if percent.is_finite() and 0 <= percent <= 100 else None
