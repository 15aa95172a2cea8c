"""Grade reports of Open edX: what the name of the file says, which rows give a grade of record, how one is read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from linkspan.catalog.rules import CourseRun
from linkspan.courseware.rules.platform import decimal_of
from linkspan.kernel.errors import Unusable

#: Tracks of Open edX whose grade goes on record: somebody showed who they are, or paid.
RECORDED = frozenset({
    "verified", "credit", "masters", "professional", "no-id-professional",
    "executive-education", "paid-executive-education", "paid-bootcamp",
})  # fmt: skip
#: Tracks whose grade stays on the platform.
UNRECORDED = frozenset({"audit", "honor", "unpaid-executive-education", "unpaid-bootcamp"})
_NAME = re.compile(
    r"(?P<run>.+)_grade_report_(?P<day>\d{4}-\d{2}-\d{2})(?:-(?P<time>\d{4}))?(?: ?\(\d+\))?\.csv", re.ASCII
)
_PLACE = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
_KEY = re.compile(r"course-v1:([^+]+)\+([^+]+)\+(.+)|([^/]+)/([^/]+)/([^/]+)")


class Form(StrEnum):
    """The forms of files that platforms hand over."""

    EXPORT = "export"
    GRADE_REPORT = "grade_report"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: a grade report needs its run; `place` is the platform's host, where usernames are linked.

    With the pass mark of the course, in percent, a grade is passed or not; without it nobody says.
    """

    form: Form = Form.EXPORT
    run_id: str = ""
    place: str = ""
    pass_mark: Decimal | None = None

    def kept(self) -> dict[str, Any]:
        """The reading as JSON."""
        mark = None if self.pass_mark is None else str(self.pass_mark)
        return {"form": self.form.value, "run_id": self.run_id, "place": self.place, "pass_mark": mark}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """The reading that `kept` wrote; an export where nothing was kept."""
        mark = kept.get("pass_mark")
        form = Form(kept.get("form", Form.EXPORT))
        return cls(form, kept.get("run_id", ""), kept.get("place", ""), None if mark is None else Decimal(mark))


def reading_of(name: str, run_id: str, place: str, pass_mark: str) -> Reading:
    """How somebody asks for a file to be read; a grade report by its name or by the run that is named."""
    is_report = bool(run_id.strip()) or name.lower().endswith(".csv")
    if not is_report:
        return Reading()
    return Reading(Form.GRADE_REPORT, run_id.strip(), place_of(place), mark_of(pass_mark))


def place_of(told: str) -> str:
    """The host of a platform out of an address or a host's name, in lower case; empty for nothing."""
    found = told.strip().lower().removeprefix("https://").removeprefix("http://").partition("/")[0]
    if found and not _PLACE.fullmatch(found):
        raise Unusable("place_unusable", "Platform: enter the host of its address, such as courses.example.edu.")
    return found


def mark_of(told: str) -> Decimal | None:
    """A pass mark in percent; None for nothing."""
    if not told.strip():
        return None
    found = decimal_of(told)
    if found is None or not 0 < found <= 100 or len(told.strip()) > 8:
        raise Unusable("pass_mark_unusable", "Pass mark: enter a percentage above 0, up to 100.")
    return found


def named_run(name: str, run_ids: Iterable[str]) -> str:
    """The one run whose report has that name, `ORG_COURSE_RUN_grade_report_DATE.csv`; empty if there is none."""
    parts = _NAME.fullmatch(name)
    found = [one for one in run_ids if parts and _prefix(one) == parts["run"]]
    return found[0] if len(found) == 1 else ""


def _prefix(run_id: str) -> str:
    """How Open edX begins the names of a run's files: its parts between underscores, without odd characters."""
    parts = _KEY.fullmatch(run_id)
    told = "_".join(part for part in parts.groups() if part) if parts else run_id
    return re.sub(r"[^-\w.]", "", told.strip().replace(" ", "_"))


def name_of_report(run_id: str, made: datetime) -> str:
    """The name that Open edX would give a run's report of that time."""
    return f"{_prefix(run_id)}_grade_report_{made.astimezone(ZoneInfo('UTC')):%Y-%m-%d-%H%M}.csv"


def made_at(name: str) -> datetime | None:
    """When a report was made, as its name says, in UTC; None where it says nothing."""
    parts = _NAME.fullmatch(name)
    try:
        told = f"{parts['day']} {parts['time'] or '0000'}" if parts else ""
        return datetime.strptime(told, "%Y-%m-%d %H%M").replace(tzinfo=ZoneInfo("UTC")) if told else None
    except ValueError:
        return None


def is_last(run: CourseRun, made: datetime | None, now: datetime) -> bool:
    """Whether a report shows the grades as the run ended with: it was made after the end, or is read after it."""
    return (made or now) >= run.ends


def completed(run: CourseRun, made: datetime | None, now: datetime) -> date:
    """The day from which a grade counts: the run's last day, or that of a report from before it."""
    return min(made or now, run.ends).astimezone(ZoneInfo(run.time_zone)).date()
