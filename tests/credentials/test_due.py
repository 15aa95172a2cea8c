"""What a grade completes is issued, whichever comes last: a course, an exam, a program, or a file of grades."""

import json

import pytest
from tests.factories.awards import ask_for_four_eyes
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import COURSES, put_grades
from tests.factories.world import load_world

from linkspan.accounts.models import User
from linkspan.catalog.models import ProgramRow, ProgramVersionRow
from linkspan.courseware.engines.exports import ExportText
from linkspan.credentials.models import AwardRow, CredentialRow
from linkspan.credentials.queries import credentials_of
from linkspan.credentials.rules import IssueKind
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.messages.models import NoticeRow
from linkspan.records.actions import grade_fact, import_from_platform, record_fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


def programs_of(learner: Actor) -> list[str]:
    found = credentials_of(learner, learner.person_id, IssueKind.PROGRAM)
    return sorted(one.achievement_key for one in found)


def told(learner: Actor) -> list[str]:
    return sorted(NoticeRow.objects.filter(recipient_id=learner.person_id).values_list("kind", flat=True))


def put_course(learner: Actor, code: str, value: str = "78") -> None:
    graded = {"scale": "percent", "value": value, "completed": "2018-05-15", "started": None}
    fact = grade_fact(institution="MITx", course=code, run=code, **graded)
    record_fact(actor=SYSTEM, learner_id=learner.person_id, institution="MITx", fact=fact, source="test", now=NOW)


def make_program(code: str, tree: dict) -> None:
    row = ProgramRow.objects.create(
        key=f"MITx/{code}", institution="MITx", code=code, title=code, summary="", kind="micromasters"
    )
    ProgramVersionRow.objects.create(program=row, catalogue_year=2018, valid_from="2016-01-01", requirements=tree)


def test_the_last_course_completes_a_program_whose_exam_was_passed_before(cast) -> None:
    learner = cast["learner"]
    put_grades(learner, courses=COURSES[:-1])
    outbox.drain(now=NOW)
    assert (programs_of(learner), told(learner)) == ([], [])
    put_course(learner, COURSES[-1])
    outbox.drain(now=NOW)
    assert (programs_of(learner), told(learner)) == (["MITx/SCM"], ["credential_issued"])


def test_a_program_without_an_exam_and_one_that_asks_for_it(cast) -> None:
    learner = cast["learner"]
    make_program("INNER", {"all": [{"course": "MITx/SC0x", "min_percent": 60}]})
    make_program("OUTER", {"all": [{"program": "MITx/INNER"}]})
    put_course(learner, "SC0x", "55")
    outbox.drain(now=NOW)
    assert programs_of(learner) == []
    put_course(person("Somebody Else"), "SC0x", "90")
    fact = grade_fact(
        institution="MITx",
        course="SC0x",
        run="again",
        scale="percent",
        value="60",
        completed="2018-06-15",
        started=None,
    )
    record_fact(actor=SYSTEM, learner_id=learner.person_id, institution="MITx", fact=fact, source="test", now=NOW)
    outbox.drain(now=NOW)
    assert programs_of(learner) == ["MITx/INNER", "MITx/OUTER"]
    assert told(learner) == ["credential_issued", "credential_issued"]


def test_where_awards_take_two_people_one_waits(cast) -> None:
    learner = cast["learner"]
    ask_for_four_eyes()
    put_grades(learner)
    outbox.drain(now=NOW)
    assert programs_of(learner) == []
    assert [row.learner_id for row in AwardRow.objects.all()] == [learner.person_id]


def rows(number: int, *, exam: bool = True, credential: bool = False) -> str:
    courses = [
        {"id": code, "grade": {"scale": "percent", "value": "80"}, "completed": "2018-05-01"} for code in COURSES
    ]
    facts = [
        {"kind": "course_grade", "key": one["id"], "data": {"institution": "MITx", **one, "passed": True}}
        for one in courses
    ]
    result = {"id": "CFx", "grade": {"scale": "percent", "value": "80"}, "taken": "2018-06-01", "proctored": True}
    if exam:
        facts.append({"kind": "exam_result", "key": "CFx", "data": result})
    if credential:
        held = {
            "id": f"urn:x:{number}",
            "issuer": "MITx",
            "program": "SCM",
            "awarded": "2018-06-20",
            "status": "active",
        }
        facts.append({"kind": "credential", "key": "SCM", "data": {**held, "courses": courses, "exams": [result]}})
    return json.dumps({"email": f"p{number}@example.org", "name": f"Person {number}", "facts": facts})


def test_an_import_issues_what_it_completes_and_nothing_that_the_platform_gave(cast) -> None:
    lines = [rows(1), rows(2, exam=False), rows(3, credential=True), rows(4)]
    for _ in range(2):
        platform = ExportText("an export", "\n".join(lines).encode())
        import_from_platform(actor=SYSTEM, institution="MITx", platform=platform, now=NOW)
        outbox.drain(now=NOW)
        emails = User.objects.filter(id__in=NoticeRow.objects.filter(kind="credential_issued").values("recipient_id"))
        assert sorted(emails.values_list("email", flat=True)) == ["p1@example.org", "p4@example.org"]
        assert CredentialRow.objects.filter(kind=IssueKind.PROGRAM).count() == 2
