"""Learning platforms: the courses taught here, and the files that others hand over."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched

import rfc8785

from linkspan.accounts.queries import people_by_id
from linkspan.catalog.queries import course_run, course_runs
from linkspan.courseware.engines.exports import ExportText
from linkspan.courseware.engines.grade_report import GradeReport
from linkspan.courseware.queries.courses import grades, has_content
from linkspan.courseware.rules import (
    Form,
    Origin,
    PlatformEnrolment,
    PlatformGrade,
    PlatformLearner,
    PlatformPerson,
    PlatformRow,
    PlatformValue,
    Reading,
    grade_told,
    named_run,
)
from linkspan.courseware.rules.grade_reports import completed, is_last, made_at
from linkspan.enrolment.queries import learners_of_run, verified_learners
from linkspan.enrolment.rules import Track, in_zone
from linkspan.kernel.actor import system_actor
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.jsonable import jsonable

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class EmbeddedHost:
    """A run that is taught here: its people, their tracks, and the grades of the verified ones as they are `now`.

    Certificates are issued and exams held by domains of their own; this tells of neither.
    """

    run_id: str
    now: datetime
    place: str = ""

    @property
    def open_until(self) -> str:
        """The run's last day, until it is over."""
        run = course_run(self.run_id)
        return "" if self.now >= run.ends else in_zone(run, run.ends)

    @property
    def name(self) -> str:
        """As `records` names grades that are put on record from here."""
        return f"course run {self.run_id}"

    def rows(self) -> Iterator[PlatformRow]:
        """Everybody who studies in the run, by their account's address."""
        run, has = course_run(self.run_id), has_content(self.run_id)
        verified = set(verified_learners(self.run_id))
        number = 0
        for ids in batched(sorted(learners_of_run(system_actor(self.name), self.run_id)), AT_ONCE):
            people = people_by_id(ids)
            graded = grades(ids, self.run_id, self.now) if has else {}
            for one in ids:
                number += 1
                track = Track.VERIFIED if one in verified else Track.AUDIT
                told: list[PlatformValue] = [PlatformEnrolment(self.run_id, track, True, self._origin(track))]
                if one in verified and one in graded:
                    grade = graded[one]
                    data = grade_told(run, grade.percent, grade.letter, grade.passed, self.now.date())
                    told.append(PlatformGrade(self.run_id, data, self._origin(data)))
                email = address(people[one].email)
                person = PlatformPerson(str(one), email, people[one].name, self._origin(email))
                left_out = "" if one in verified else "audit"
                yield PlatformRow(number, PlatformLearner(person, tuple(told)), left_out=left_out)

    def _origin(self, told: object) -> Origin:
        return Origin.of(self.name, self.now, rfc8785.dumps(jsonable(told)))


def settled(institution: str, name: str, reading: Reading) -> Reading:
    """The reading with its run: the one that is chosen, or that the file's name says; Unusable if these differ.

    Only runs of the institution are read into.
    """
    if reading.form is Form.EXPORT:
        return reading
    mine = [run.id for run in course_runs() if run.course.institution == institution]
    named = named_run(name, mine)
    chosen = reading.run_id or named
    if not chosen:
        raise Unusable("run_missing", "Course run: choose it. The name of the file does not say which one it is.")
    if chosen not in mine:
        raise NotFound("run_unknown", "There is no such course run.")
    if named and named != chosen:
        raise Unusable("run_differs", "Course run: by its name, the file is of another run. Choose the right one.")
    return replace(reading, run_id=chosen)


def file_of(name: str, raw: bytes, reading: Reading, now: datetime) -> ExportText | GradeReport:
    """A file that a platform hands over, as it is to be read; Unusable if it is no such file."""
    source = f"export {name}"[:200] if reading.form is Form.EXPORT else f"grade report {name}"[:200]
    if reading.form is Form.EXPORT:
        return ExportText(source, raw)
    run, made = course_run(reading.run_id), made_at(name)
    until = "" if is_last(run, made, now) else in_zone(run, run.ends)
    return GradeReport(source, raw, run, made, completed(run, made, now), until, reading.place, reading.pass_mark)
