"""Every learning platform tells of its people in one form: typed values, each with source, time and hash."""

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.awards import RUN, verify_track
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world

from linkspan.catalog.rules import Course, CourseRun
from linkspan.courseware.engines.exports import ExportText
from linkspan.courseware.engines.grade_report import READ, GradeReport
from linkspan.courseware.queries import EmbeddedHost
from linkspan.courseware.rules import (
    LearningPlatform,
    PlatformAttempt,
    PlatformCredential,
    PlatformEnrolment,
    PlatformGrade,
    PlatformStatement,
    decimal_of,
)
from linkspan.enrolment.actions import enrol
from linkspan.enrolment.rules import Track
from linkspan.kernel.errors import Refused, Unusable
from linkspan.records.actions import import_from_platform
from linkspan.records.models import FactRow
from linkspan.site.sample import story
from linkspan.site.sample.load import world

GRADE = {"institution": "MITx", "id": "SC0x", "grade": {"scale": "percent", "value": 88}, "completed": "2018-05-01"}
FACTS = [
    ("course_grade", "run", GRADE),
    ("exam_result", "CFx", {"id": "CFx", "percent": "80", "passed": True}),
    ("credential", "c", {"id": "urn:x:1"}),
    ("degree", "b", {"level": "bachelor"}),
    ("of no kind", "?", {}),
]


def test_an_export_tells_typed_values_in_its_order_and_loses_nothing() -> None:
    told = [{"kind": kind, "key": key, "data": data} for kind, key, data in FACTS]
    line = json.dumps({"email": "Ada@Example.org", "name": "Ada", "facts": told}).encode()
    export: LearningPlatform = ExportText("an export", b"\n" + line + b"\n{\n")
    row, broken = export.rows()
    assert (row.number, broken.number, broken.learner) == (2, 3, None) and "not JSON" in broken.problem
    learner = row.learner
    assert learner is not None and [fact for fact, _ in learner.stated] == FACTS
    kinds = (PlatformGrade, PlatformAttempt, PlatformCredential, PlatformStatement, PlatformEnrolment)
    assert [len(learner.each(kind)) for kind in kinds] == [1, 1, 1, 2, 0]
    (grade,), (attempt,) = learner.each(PlatformGrade), learner.each(PlatformAttempt)
    assert (grade.percent, grade.passed, attempt.percent, attempt.passed) == (Decimal(88), None, Decimal(80), True)
    assert learner.person.email == "ada@example.org"
    assert {(origin.source, origin.at, origin.sha256) for _, origin in learner.stated} == {
        ("an export", None, hashlib.sha256(line).hexdigest())
    }


@pytest.mark.parametrize("told", ["x", "", True, None, [], "NaN", "1e999999999", float("inf")])
def test_what_is_no_number_is_none(told) -> None:
    assert decimal_of(told) is None or told == "1e999999999"


@pytest.mark.django_db
def test_the_course_host_is_a_platform_like_any_other(monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    cast = load_world()
    story.load_courses(world())
    verify_track(cast["learner"])
    auditor = person("Auditing Sample")
    enrol(actor=auditor, learner_id=auditor.person_id, run_id=RUN, track=Track.AUDIT, now=NOW)
    host: LearningPlatform = EmbeddedHost(RUN, NOW)
    rows = {row.learner.person.name: row for row in host.rows() if row.learner}
    mine, other = rows[cast["learner"].name].learner, rows["Auditing Sample"]
    assert mine is not None and other.learner is not None and len(rows) == 2
    assert [one.track for one in (*mine.each(PlatformEnrolment), *other.learner.each(PlatformEnrolment))] == [
        "verified",
        "audit",
    ]
    (grade,) = mine.each(PlatformGrade)
    assert (grade.key, grade.percent, grade.passed) == (RUN, 0, False)
    assert (other.left_out, other.learner.stated) == ("audit", ())
    assert (grade.origin.source, grade.origin.at) == (f"course run {RUN}", NOW)
    with pytest.raises(Refused, match="The run ends on 2030-12-31"):
        import_from_platform(actor=SYSTEM, institution="MITx", platform=host, now=NOW)
    done = import_from_platform(actor=SYSTEM, institution="MITx", platform=host, now=NOW, reason="Moves abroad.")
    assert (done.new, done.known, done.refused) == (1, 0, ())
    (fact,) = FactRow.objects.filter(kind="course_grade")
    assert (fact.source, fact.told_at, fact.told_sha256) == (grade.origin.source, NOW, grade.origin.sha256)
    again = import_from_platform(actor=SYSTEM, institution="MITx", platform=host, now=NOW, reason="Once more.")
    assert (again.new, again.known) == (0, 1)


@given(st.lists(st.lists(st.text(max_size=6), max_size=9), max_size=5), st.binary(max_size=40))
def test_any_table_gives_rows_or_says_why_not(table, tail) -> None:
    day = datetime(2018, 5, 1, tzinfo=UTC)
    run = CourseRun(RUN, Course("MITx/a", "MITx", "a", "A", "", None), "A", *[day] * 5, "UTC")
    out = io.StringIO()
    csv.writer(out, escapechar="\\").writerows([READ, *table])
    report = GradeReport("a report", out.getvalue().encode(errors="replace") + tail, run, None, date(2018, 5, 1))
    try:
        rows = list(report.rows())
    except Unusable as error:
        assert error.message
    else:
        assert all(one.problem or one.learner for one in rows)
