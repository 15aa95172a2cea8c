"""«What if»: a record with what a learner might do next added to it. Nothing of it is kept as a fact."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.kernel.record import CourseTaken, CredentialHeld, DegreeHeld, Grade, Record
from linkspan.pathways.rules.language.values import LETTER_POINTS, LEVELS, SCALES, as_date, number

MOST_COURSES, MOST_TESTS = 12, 6
EVIDENCE = "supposed"


@dataclass(frozen=True, slots=True)
class SupposedCourse:
    """A course that might be passed; `course` is `INSTITUTION/CODE`."""

    course: str
    scale: str
    grade: str
    completed: str


@dataclass(frozen=True, slots=True)
class SupposedTest:
    """A test that might be taken."""

    name: str
    score: str
    taken: str


@dataclass(frozen=True, slots=True)
class Supposed:
    """What might be done by `on`: a credential (`INSTITUTION/PROGRAM`, all its courses at `percent`), courses, tests,
    a degree of a level, years of work."""

    on: str
    program: str = ""
    percent: str = ""
    program_courses: tuple[str, ...] = ()
    courses: tuple[SupposedCourse, ...] = ()
    tests: tuple[SupposedTest, ...] = ()
    degree: str = ""
    years: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is supposed."""
        return not (self.program or self.courses or self.tests or self.degree or self.years)

    def as_json(self) -> dict[str, Any]:
        """For storage with a plan."""
        return asdict(self)


def from_json(stored: Mapping[str, Any]) -> Supposed:
    """What `as_json` stored."""
    return Supposed(
        on=str(stored["on"]),
        program=str(stored.get("program", "")),
        percent=str(stored.get("percent", "")),
        program_courses=tuple(stored.get("program_courses", ())),
        courses=tuple(SupposedCourse(**row) for row in stored.get("courses", ())),
        tests=tuple(SupposedTest(**row) for row in stored.get("tests", ())),
        degree=str(stored.get("degree", "")),
        years=str(stored.get("years", "")),
    )


def check_supposed(supposed: Supposed) -> Supposed:
    """The same, if it can be judged; Unusable with every field that cannot and what to write there."""
    wrong = [*_wrong_grades(supposed), *_wrong_tests(supposed)]
    if as_date(supposed.on) is None:
        wrong.append("Write the day as year-month-day.")
    if len(supposed.courses) > MOST_COURSES or len(supposed.tests) > MOST_TESTS:
        wrong.append(f"At most {MOST_COURSES} courses and {MOST_TESTS} tests at a time.")
    if supposed.degree and supposed.degree not in LEVELS:
        wrong.append("Choose the level of the degree from the list.")
    if supposed.years and not _within(supposed.years, 60):
        wrong.append("Years of work are a number from 0 to 60.")
    if supposed.program and not _within(supposed.percent, 100):
        wrong.append("The grade in the program's courses is a number from 0 to 100.")
    if wrong:
        raise Unusable("supposed_unusable", "That cannot be judged yet.", tuple(wrong))
    return supposed


def _within(value: str, most: int) -> bool:
    found = number(value)
    return found is not None and 0 <= found <= most


def _wrong_grades(supposed: Supposed) -> list[str]:
    wrong = []
    for row in supposed.courses:
        letters = row.scale == "letter" and row.grade in LETTER_POINTS
        numbers = row.scale in SCALES and row.scale != "letter" and _within(row.grade, 100)
        if not letters and not numbers:
            wrong.append(f"{row.course}: write the grade as a letter (B+), in percent (75) or in points (3.3).")
        if row.course.count("/") != 1 or row.course.startswith("/") or row.course.endswith("/"):
            wrong.append(f"{row.course}: name the course as SCHOOL/CODE, for example MITx/SC1x.")
        if as_date(row.completed) is None:
            wrong.append(f"{row.course}: write the day of completion as year-month-day.")
    return wrong


def _wrong_tests(supposed: Supposed) -> list[str]:
    wrong = [f"{row.name}: write the score as a number." for row in supposed.tests if not _within(row.score, 10_000)]
    return wrong + [f"{row.name}: write the day as year-month-day." for row in supposed.tests if not as_date(row.taken)]


def day_of(supposed: Supposed) -> date:
    """The day on which the answer is asked."""
    return as_date(supposed.on) or date.max


def with_supposed(record: Record, supposed: Supposed) -> Record:
    """A record (`records.rules.learner_record`) as it would be; the given one is left alone."""
    found: Record = {
        **record,
        "credentials": list(record.get("credentials") or []),
        "courses": list(record.get("courses") or []),
        "degrees": list(record.get("degrees") or []),
        "tests": list(record.get("tests") or []),
    }
    for row in supposed.courses:
        institution, code = row.course.split("/")
        grade: Grade = {"scale": row.scale, "value": row.grade if row.scale == "letter" else number(row.grade)}
        entry: CourseTaken = {"institution": institution, "id": code, "grade": grade, "completed": row.completed}
        found["courses"].append({**entry, "evidence": EVIDENCE})
    found["tests"] += [
        {"name": row.name, "score": number(row.score), "taken": row.taken, "evidence": EVIDENCE}
        for row in supposed.tests
    ]
    if supposed.program:
        found["credentials"].append(_credential(supposed))
    if supposed.degree:
        degree: DegreeHeld = {"level": supposed.degree, "accredited": True, "conferred": supposed.on}
        found["degrees"].append({**degree, "institution": EVIDENCE, "evidence": EVIDENCE})
    if supposed.years:
        found["experience_years"] = number(supposed.years)
    return found


def _credential(supposed: Supposed) -> CredentialHeld:
    issuer, program = supposed.program.split("/")
    grade: Grade = {"scale": "percent", "value": number(supposed.percent)}
    codes = [key.split("/")[-1] for key in supposed.program_courses]
    rows: list[CourseTaken] = [{"id": code, "grade": grade, "completed": supposed.on} for code in codes]
    return {
        "id": f"{EVIDENCE}:{supposed.program}",
        "issuer": issuer,
        "program": program,
        "awarded": supposed.on,
        "status": "active",
        "courses": rows,
    }
