"""The courses taught here as a learning platform like any other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

import rfc8785

from linkspan.accounts.queries import people_by_id
from linkspan.catalog.queries import course_run
from linkspan.courseware.queries.courses import grades, has_content
from linkspan.courseware.rules import (
    Origin,
    PlatformEnrolment,
    PlatformGrade,
    PlatformLearner,
    PlatformPerson,
    PlatformRow,
    PlatformValue,
    grade_told,
)
from linkspan.enrolment.queries import learners_of_run, verified_learners
from linkspan.enrolment.rules import Track
from linkspan.kernel.actor import system_actor
from linkspan.kernel.addresses import address
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
