"""A course is tried before learners meet it: by page and API, against what is taught, and exactly that is taught."""

import base64
import io
import tarfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from tests.api.test_verbs import call
from tests.courseware.conftest import number
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.courseware.actions import discard_trial, hand_in_course, import_course, take_course, try_version
from linkspan.courseware.engines.differences import content_of
from linkspan.courseware.engines.olx import read_course
from linkspan.courseware.models import CourseVersionRow, GradeChangeRow, ScoreRow, StateRow, TrialRow
from linkspan.courseware.queries import course_for, course_of, grade, trial, versions_of
from linkspan.courseware.rules import Edit, GradeEffect, TrialState, compare
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.errors import NotFound, NotPermitted, Refused
from linkspan.kernel.retries import Lane

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"
MINUTE = timedelta(minutes=1)
PROBLEM = number(1, url_name="p")
ONE = f'<sequential graded="true" format="HW" url_name="s"><vertical url_name="v">{PROBLEM}</vertical></sequential>'
TWO = ONE.replace("</vertical>", number(2, url_name="q") + '<h5p url_name="h5p" question="?"/></vertical>')
TWO = TWO.replace("<vertical", '<vertical display_name="Twice"')


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


@pytest.fixture
def author():
    return person("Ada Author", ("author", "MITx"))


def packed(folder: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        tar.add(folder, "course")
    return out.getvalue()


def work() -> None:
    """Have the worker do what is due, by the clock of the pages too."""
    outbox.drain(now=NOW + timedelta(days=1), lanes=[Lane.HEAVY])


def tried(who, content: bytes):
    trial_id = hand_in_course(actor=who, run_id=RUN, name="course.tar.gz", content=content, now=NOW)
    work()
    return trial(who, trial_id)


def scored(learner, usage: str, earned: int) -> None:
    ScoreRow.objects.create(
        learner_id=learner.person_id, run_id=RUN, usage=usage, earned=Decimal(earned), possible=1, at=NOW
    )


def test_a_trial_says_what_is_read_and_whose_grade_changes_and_changes_nothing(cast, author, course) -> None:
    import_course(actor=SYSTEM, path=course(ONE), now=NOW, as_run=RUN)
    lin, max_ = person("Lin Learner"), person("Max Learner")
    scored(lin, "problem/p", 1)
    scored(max_, "problem/p", 0)
    found = tried(author, packed(course(TWO)))
    assert found.state is TrialState.TRIED and found.done <= found.whole == 5
    report = found.report
    assert (report.leaves, report.rendered, report.problems, report.full_marks) == (3, 2, 2, 2)
    assert [(one.block, one.code) for one in report.warnings] == [("h5p/h5p", "not_available")]
    assert report.errors == () and report.names_run == "course-v1:CasesX+C1+R1"
    assert (report.grades.learners, report.grades.down, report.grades.now_fail) == (2, 1, 0)
    changes = [(row.learner_id, row.before, row.after) for row in GradeChangeRow.objects.all()]
    assert changes == [(lin.person_id, 100, 50)]
    assert grade(lin.person_id, RUN, NOW).percent == 100
    assert CourseVersionRow.objects.count() == 1 and course_of(RUN).title == "A course"
    take_course(actor=author, trial_id=found.id, sha256=found.sha256, now=NOW)
    assert grade(lin.person_id, RUN, NOW).percent == 50
    assert trial(author, found.id).state is TrialState.TAKEN
    assert ScoreRow.objects.count() == 2
    with pytest.raises(Refused):
        take_course(actor=author, trial_id=found.id, sha256="0" * 64, now=NOW)


def test_going_back_is_tried_and_keeps_what_learners_did(cast, author, course) -> None:
    import_course(actor=SYSTEM, path=course(ONE), now=NOW, as_run=RUN)
    first = versions_of(author, RUN)[0]
    import_course(actor=SYSTEM, path=course(TWO), now=NOW + MINUTE, as_run=RUN)
    lin = person("Lin Learner")
    scored(lin, "problem/p", 1)
    StateRow.objects.create(
        learner_id=lin.person_id, run_id=RUN, usage="problem/q", state={"done": True}, changed_at=NOW
    )
    with pytest.raises(Refused):
        try_version(actor=author, run_id=RUN, version_id=versions_of(author, RUN)[0].id, now=NOW)
    back = try_version(actor=author, run_id=RUN, version_id=first.id, now=NOW)
    work()
    found = trial(author, back)
    assert found.goes_back and found.report.grades == GradeEffect(learners=1, up=1, now_pass=0)
    take_course(actor=author, trial_id=back, sha256=found.sha256, now=NOW + 2 * MINUTE)
    assert [(one.number, one.is_taught) for one in versions_of(author, RUN)] == [(2, False), (1, True)]
    assert grade(lin.person_id, RUN, NOW).percent == 100
    assert StateRow.objects.get().state == {"done": True}
    verbs = [entry.verb for entry in audit.newest_entries(3, subject=f"courseware.course:{RUN}")]
    assert verbs == ["teach_earlier_version", "import_course", "import_course"]


def test_what_was_tried_against_another_version_is_not_imported(cast, author, course) -> None:
    import_course(actor=SYSTEM, path=course(ONE), now=NOW, as_run=RUN)
    found = tried(author, packed(course(TWO)))
    import_course(actor=SYSTEM, path=course(ONE.replace('"HW"', '"Lab"')), now=NOW + MINUTE, as_run=RUN)
    assert trial(author, found.id).stale
    with pytest.raises(Refused):
        take_course(actor=author, trial_id=found.id, sha256=found.sha256, now=NOW + MINUTE)
    assert CourseVersionRow.objects.count() == 2


def test_two_versions_are_compared(course) -> None:
    def read(inside, **more):
        folder = course(inside, **more)
        return content_of(read_course(folder))

    grading = {"GRADER": [{"type": "HW", "min_count": 2, "drop_count": 0, "weight": 1}], "GRADE_CUTOFFS": {"Pass": 0.6}}
    before = read(ONE, files={"html/h.xml": '<html filename="h"/>', "html/h.html": "old", "static/a.txt": "1"})
    due = ONE.replace('url_name="s"', 'url_name="s" due="2030-01-01T00:00:00Z"').replace('answer="1"', 'answer="3"')
    after = read(
        due.replace("</vertical>", "<html>New</html></vertical>"), grading=grading, files={"static/a.txt": "2"}
    )
    found = compare(before, after)
    assert [(one.type, one.edit, [field.name for field in one.fields]) for one in found.blocks] == [
        ("sequential", Edit.CHANGED, ["due"]),
        ("problem", Edit.CHANGED, ["content"]),
        ("html", Edit.ADDED, []),
    ]
    assert found.blocks[0].fields[0].after == "2030-01-01 00:00 UTC"
    assert [(one.name, one.before, one.after) for one in found.policy] == [
        ("HW", "1 × 1, −0", "1 × 2, −0"),
        ("Pass ≥", "0.5", "0.6"),
    ]
    assert found.files == {"a.txt": Edit.CHANGED}
    back = compare(after, before)
    assert [one.block for one in back.blocks if one.edit is Edit.REMOVED] == [found.blocks[2].block]


@pytest.mark.parametrize("content", [b"no archive", b"\x1f\x8bcut"])
def test_what_is_no_course_is_said_so_and_nothing_is_kept(cast, author, content) -> None:
    found = tried(author, content)
    assert found.state is TrialState.UNUSABLE and found.report.problem.code == "archive_broken"
    page = browser(author).get(f"/desk/courses/trials/{found.id}/")
    assert b"Nothing was changed. Correct the file" in page.content
    assert not CourseVersionRow.objects.exists()


def test_a_path_out_of_the_archive_is_refused(cast, author) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo("../../evil.xml")
        tar.addfile(member, io.BytesIO())
    assert tried(author, out.getvalue()).report.problem.code == "archive_broken"


def test_an_author_does_it_all_by_page(cast, author, course) -> None:
    page = browser(author)
    assert b"Hand in its content" in page.get("/desk/courses/").content
    sent = {"do": "try", "file": SimpleUploadedFile("mine.tar.gz", packed(course(TWO)))}
    answer = page.post(f"/desk/courses/{RUN}/", sent)
    assert answer.status_code == 302
    place = answer["Location"]
    assert b"You may leave this page" in page.get(place).content
    work()
    shown = page.get(place).content.decode()
    assert "Blocks of the kind h5p cannot be taught here." in shown and "Grades on record never move" in shown
    assert "h5p/h5p" in page.get(f"{place}findings.csv").content.decode()
    assert page.get(f"{place}grades.csv").status_code == 200
    assert "1 waiting" in page.get("/desk/").content.decode()
    assert page.post(place, {"do": "import", "seen": "0" * 64}).status_code == 409
    assert page.post(place, {"do": "import", "seen": TrialRow.objects.get().sha256}).status_code == 302
    assert course_of(RUN).title == "A course"
    import_course(actor=SYSTEM, path=course(ONE), now=NOW + MINUTE, as_run=RUN)
    newest, oldest = versions_of(author, RUN)
    shown = page.get(f"/desk/courses/{RUN}/compare/{newest.id}/{oldest.id}/").content.decode()
    assert "From version 2 to version 1" in shown and "Added" in shown
    answer = page.post(f"/desk/courses/{RUN}/", {"do": "back", "version": str(oldest.id)})
    assert page.post(answer["Location"], {"do": "discard"}).status_code == 302
    assert page.get(answer["Location"]).status_code == 404
    assert page.post(f"/desk/courses/{RUN}/", {"do": "try"}).status_code == 422
    assert page.post(f"/desk/courses/{RUN}/", {"do": "back", "version": "x"}).status_code == 422


def test_by_api(client, cast, author, course) -> None:
    body = {"archive_base64": base64.b64encode(packed(course(ONE))).decode(), "name": "one.tar.gz"}
    made = call(client, author, f"courseware/runs/{RUN}/trials", body, key="k").json()
    work()
    found = call(client, author, f"courseware/trials/{made['id']}").json()
    assert (found["state"], found["report"]["full_marks"]) == ("tried", 1)
    body = {"sha256": found["sha256"]}
    assert call(client, author, f"courseware/trials/{made['id']}/import", body, key="l").status_code == 204
    assert [one["is_taught"] for one in call(client, author, f"courseware/runs/{RUN}/versions").json()] == [True]


@pytest.mark.parametrize("role", [("author", "MIT"), ("proctor", "MITx"), ("auditor", None), None])
def test_others_may_not(cast, author, course, role) -> None:
    found = tried(author, packed(course(ONE)))
    other = person("Some Other", *([role] if role else []))
    with pytest.raises(NotPermitted):
        hand_in_course(actor=other, run_id=RUN, name="x", content=b"x", now=NOW)
    with pytest.raises(NotFound):
        take_course(actor=other, trial_id=found.id, sha256=found.sha256, now=NOW)
    page = browser(other)
    assert page.get(f"/desk/courses/trials/{found.id}/").status_code == 404
    assert page.get(f"/desk/courses/{RUN}/").status_code == 403
    assert not CourseVersionRow.objects.exists()


def test_the_run_decides_whose_course_it_is_not_the_file(cast, course) -> None:
    """An author of the organisation that a file names does not teach in another institution's run."""
    foreign = person("Fay Foreign", ("author", "CasesX"))
    with pytest.raises(NotPermitted):
        import_course(actor=foreign, path=course(ONE), now=NOW, as_run=RUN)
    import_course(actor=SYSTEM, path=course(ONE), now=NOW, as_run=RUN)
    assert course_of(RUN).institution == "MITx"
    with pytest.raises(NotPermitted):
        course_for(foreign, RUN)


def test_an_old_trial_goes_with_its_file(cast, author, course) -> None:
    found = tried(author, packed(course(ONE)))
    sha256 = TrialRow.objects.get().archive_sha256
    assert storage.is_kept(sha256)
    with TestCase.captureOnCommitCallbacks(execute=True):
        discard_trial(actor=author, trial_id=found.id, now=NOW)
    assert not storage.is_kept(sha256) and not TrialRow.objects.exists()
