"""Staff see a course with a learner's eyes and change nothing; single learners have more time where it is decided."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.api.test_verbs import call
from tests.courseware.conftest import number
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.courseware.actions import (
    end_extension,
    grant_extension,
    import_course,
    open_unit,
    preview_unit,
    submit_problem,
    take_extensions,
)
from linkspan.courseware.models import AttemptRow, ExtensionRow, ScoreRow, StateRow
from linkspan.courseware.queries import extensions_of, outline
from linkspan.courseware.rules import ExtensionOutcome
from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.rules import EnrolmentState, Track
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.messages.queries import notices_of

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"
DUE = NOW + timedelta(days=1)
LATER = NOW + timedelta(days=9)
AFTER = NOW + timedelta(days=5)
INSIDE = (
    f'<sequential display_name="Week" url_name="s" graded="true" format="HW" due="{DUE.isoformat()}"'
    ' hide_after_due="{hidden}"><vertical url_name="v" display_name="Unit">'
    + number(1, url_name="p", max_attempts="2")
    + '</vertical></sequential><sequential url_name="t" start="2030-01-01T00:00:00Z">'
    + '<vertical url_name="w" display_name="Later"/></sequential>'
)


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


@pytest.fixture
def taught(cast, course):
    def teach(hidden: str = "false") -> None:
        import_course(actor=SYSTEM, path=course(INSIDE.replace("{hidden}", hidden)), now=NOW, as_run=RUN)

    return teach


@pytest.fixture
def staff():
    return person("Stef Staff", ("program_staff", "MITx"))


def student(name: str):
    who = person(name)
    EnrolmentRow.objects.create(
        learner_id=who.person_id, run_id=RUN, track=Track.AUDIT, state=EnrolmentState.ACTIVE, at=NOW
    )
    return who


def stored() -> tuple[int, int, int]:
    return AttemptRow.objects.count(), StateRow.objects.count(), ScoreRow.objects.count()


def test_a_preview_shows_what_the_learner_sees_and_keeps_nothing(taught, staff) -> None:
    taught()
    lin = student("Lin Learner")
    open_unit(actor=lin, run_id=RUN, name="v", now=NOW)
    submit_problem(actor=lin, run_id=RUN, usage="problem/p", answers={"2_1": "1"}, now=NOW)
    before = stored()
    mine = preview_unit(actor=staff, run_id=RUN, name="v", learner_id=lin.person_id, at=NOW, now=NOW)
    assert mine.blocks[0].problem.attempts == 1 and mine.blocks[0].problem.earned == 1
    fresh = preview_unit(actor=staff, run_id=RUN, name="v", at=AFTER, now=NOW)
    assert fresh.blocks[0].problem.attempts == 0 and fresh.blocks[0].problem.closed
    assert stored() == before
    (entry,) = audit.newest_entries(5, verb="preview_as_learner")
    assert entry.subject == f"accounts.user:{lin.person_id}"
    with pytest.raises(NotFound):
        preview_unit(actor=staff, run_id=RUN, name="w", at=NOW, now=NOW)
    assert preview_unit(actor=staff, run_id=RUN, name="w", at=datetime(2031, 1, 1, tzinfo=UTC), now=NOW)


def test_who_may_preview_as_whom(taught, staff) -> None:
    taught()
    lin, other = student("Lin Learner"), person("Not Enrolled")
    author = person("Ada Author", ("author", "MITx"))
    assert preview_unit(actor=author, run_id=RUN, name="v", at=NOW, now=NOW)
    for who in (author, person("Else Where", ("program_staff", "MIT")), lin):
        with pytest.raises(NotPermitted):
            preview_unit(actor=who, run_id=RUN, name="v", learner_id=lin.person_id, at=NOW, now=NOW)
    with pytest.raises(NotFound):
        preview_unit(actor=staff, run_id=RUN, name="v", learner_id=other.person_id, at=NOW, now=NOW)


def test_a_preview_by_page(taught, staff) -> None:
    taught()
    student("Lin Learner")
    page = browser(staff)
    base = f"/desk/courses/{RUN}/preview/"
    shown = page.get(base, {"learner": "lin.learner@example.org", "at": "2018-10-03T12:00"}).content.decode()
    assert "Nothing is changed" in shown and "unit" in shown.lower() and "/preview/v/?" in shown
    assert page.get(base, {"learner": "nobody@example.org"}).status_code == 404
    assert page.get(base, {"at": "soon"}).status_code == 422
    unit = page.get(f"{base}v/", {"learner": "lin.learner@example.org", "at": "2018-10-03T12:00"}).content.decode()
    address = next(part for part in unit.split('"') if "/content/" in part)
    frame = page.get(address[address.index("/content/") :]).content.decode()
    assert "Preview: answers cannot be sent." in frame and 'value="submit"' not in frame
    assert stored() == (0, 0, 0)


def test_an_extension_counts_wherever_due_dates_do_and_for_nobody_else(taught, staff) -> None:
    taught(hidden="true")
    lin, max_ = student("Lin Learner"), student("Max Learner")
    grant = {"actor": staff, "run_id": RUN, "usage": "s", "due": LATER, "reason": "ill", "now": NOW}
    grant_extension(**grant, learner_id=lin.person_id)
    grant_extension(**grant, learner_id=lin.person_id)
    assert ExtensionRow.objects.count() == 1
    assert not outline(max_, RUN, AFTER).chapters[0].children
    assert [part.name for part in outline(lin, RUN, AFTER).chapters[0].children] == ["s"]
    told = submit_problem(actor=lin, run_id=RUN, usage="problem/p", answers={"2_1": "1"}, now=AFTER)
    assert told.correct
    with pytest.raises(NotFound):
        submit_problem(actor=max_, run_id=RUN, usage="problem/p", answers={"2_1": "1"}, now=AFTER)
    outbox.drain(now=NOW + timedelta(days=1))
    (notice,) = [one for one in notices_of(lin) if "more time" in one.title]
    assert notice.body.startswith("Week is due on Oct 12, 2018")
    assert not [one for one in notices_of(max_) if "more time" in one.title]
    end_extension(actor=staff, extension_id=extensions_of(staff, RUN).rows[0].id, now=AFTER)
    with pytest.raises(NotFound):
        submit_problem(actor=lin, run_id=RUN, usage="problem/p", answers={"2_1": "1"}, now=AFTER)


def test_what_closes_without_hiding_stays_open_too(taught, staff) -> None:
    taught()
    lin = student("Lin Learner")
    with pytest.raises(Refused):
        submit_problem(actor=lin, run_id=RUN, usage="problem/p", answers={"2_1": "1"}, now=AFTER)
    grant_extension(actor=staff, run_id=RUN, learner_id=lin.person_id, usage="s", due=LATER, reason="ill", now=NOW)
    assert submit_problem(actor=lin, run_id=RUN, usage="problem/p", answers={"2_1": "1"}, now=AFTER).correct
    assert "Extended for you." in browser(lin).get(f"/courses/{RUN}/").content.decode()


@pytest.mark.parametrize(
    ("given", "error"),
    [({"due": NOW}, Unusable), ({"usage": "x"}, Unusable), ({"reason": ""}, Unusable), ({"run_id": "x"}, NotFound)],
)
def test_what_cannot_be_granted(taught, staff, given, error) -> None:
    taught()
    asked = {"run_id": RUN, "usage": "s", "due": LATER, "reason": "ill", "learner_id": student("Lin Learner").person_id}
    with pytest.raises(error):
        grant_extension(actor=staff, now=NOW, **(asked | given))
    for who in (
        person("Ada Author", ("author", "MITx")),
        person("Else Where", ("registrar", "MIT")),
        person("No Role"),
    ):
        with pytest.raises(NotPermitted):
            grant_extension(actor=who, now=NOW, **asked)
    assert not ExtensionRow.objects.exists()


def test_a_list_is_looked_at_and_taken_row_by_row(client, taught, staff) -> None:
    taught()
    student("Lin Learner")
    person("Not Enrolled")
    rows = [
        "email,subsection,due,reason",
        "lin.learner@example.org,s,2018-10-12 23:59,ill",
        "nobody@example.org,s,2018-10-12 23:59,ill",
        "not.enrolled@example.org,s,2018-10-12 23:59,ill",
        "lin.learner@example.org,s2,2018-10-12 23:59,ill",
        "lin.learner@example.org,t,soon,ill",
    ]
    asked = {"actor": staff, "run_id": RUN, "content": "\n".join(rows), "now": NOW}
    trial = take_extensions(**asked, trial=True)
    assert not ExtensionRow.objects.exists()
    assert [one.row for one in trial if one.outcome is ExtensionOutcome.GRANTED] == [2]
    assert take_extensions(**asked) == trial
    (row,) = extensions_of(staff, RUN).rows
    page = browser(staff)
    place = f"/desk/courses/{RUN}/extensions/"
    assert "Oct 12, 2018, 23:59" in page.get(place).content.decode()
    refused = page.post(place, {"do": "take", "content": "a,b"})
    assert refused.status_code == 422
    again = {
        "do": "grant",
        "email": "lin.learner@example.org",
        "subsection": "sequential/s",
        "due": "soon",
        "reason": "x",
    }
    answer = page.post(place, again)
    assert answer.status_code == 422 and 'value="soon"' in answer.content.decode()
    assert page.post(place, again | {"due": "2018-10-20T12:00"}).status_code == 302
    assert page.post(place, {"do": "end", "extension": str(row.id)}).status_code == 302
    body = {"csv": "\n".join(rows), "dry_run": False}
    lines = call(client, staff, f"courseware/runs/{RUN}/extensions/list", body, key="k").json()
    assert [one["outcome"] for one in lines] == ["granted", *["refused"] * 4]
