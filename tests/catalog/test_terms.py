"""What a school's calendar says of its terms is read where a run is entered and where a degree is planned."""

from datetime import date

import pytest
from tests.api.test_verbs import call
from tests.catalog.test_changes import COURSE, publish
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world
from tests.recognition.test_actions import LATER, cast, close, joined, learner  # noqa: F401

from linkspan.catalog.models import ChangeRow, TermRow
from linkspan.catalog.queries import calendar_of
from linkspan.catalog.rules import Kind
from linkspan.recognition.queries import plan_task

pytestmark = pytest.mark.django_db
FALL = {"code": "F18", "title": "Fall 2018", "starts": "2018-09-04", "ends": "2018-12-20", "census": "2018-10-15"}
SPRING = {"code": "S19", "title": "Spring 2019", "starts": "2019-01-28", "ends": "2019-05-18"}
PAST = {"code": "F17", "title": "Fall 2017", "starts": "2017-09-05", "ends": "2017-12-20"}
ENTER = "/desk/catalogue/HES/run/enter/"


def test_a_new_run_takes_the_days_of_a_term(monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    TermRow.objects.all().delete()
    mine = browser(person("Some Staff", ("program_staff", "HES")))
    publish(Kind.COURSE, COURSE)
    assert "Take the days of a term" not in mine.get(ENTER).content.decode()
    for term in (SPRING, PAST, FALL):
        publish(Kind.TERM, term)
    TermRow.objects.create(key="MIT/X", institution="MIT", code="X", title="X", starts="2019-01-28", ends="2019-05-18")
    page = mine.get(ENTER).content.decode()
    assert page.index("Fall 2018:") < page.index("Spring 2019:") and "Fall 2017" not in page
    assert page.count('<option value="S19"') == 1, "each of this school once"
    filled = mine.get(ENTER, {"term": "S19"}).content.decode()
    assert 'value="2019-01-28T00:00"' in filled and 'value="2019-05-18T23:59"' in filled
    for strange in ("X", "F17x", "\0", "9" * 500):
        assert "2019-01-28T00:00" not in mine.get(ENTER, {"term": strange}).content.decode()
    form = {"course": "C1", "run": "1T2019", "time_zone": "America/New_York", "upgrade_by": "2019-02-28T00:00"}
    form |= {"enrolment_opens": "2018-11-01T00:00", "enrolment_closes": "2019-02-10T00:00"}
    saved = mine.post(ENTER, form | {"starts": "2019-01-28T00:00", "ends": "2019-05-18T23:59"})
    assert saved.status_code == 302
    content = ChangeRow.objects.get(kind=Kind.RUN).content
    assert (content["starts"], content["ends"]) == ("2019-01-28T05:00:00Z", "2019-05-19T03:59:00Z"), "by its own clocks"


def test_a_degree_is_planned_by_the_days_of_the_school(learner, joined, client, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    before = plan_task(learner, joined.id, LATER)
    school, page = before.plan.institution, f"/degree/{joined.id}/plan/"
    assert (str(before.task.first), before.calendar) == ("2019 january", {})
    assert "Learners are counted on" not in browser(learner).get(page).content.decode()

    def state(code: str, starts: date, census: date) -> None:
        told = {"code": code, "title": code, "starts": starts, "ends": date(2019, 5, 18), "census": census}
        TermRow.objects.create(key=f"{school}/{code}", institution=school, **told)

    state("LATE", date(2018, 10, 10), date(2018, 10, 31))
    state("NEXT", date(2019, 1, 28), date(2019, 2, 15))
    found = plan_task(learner, joined.id, LATER)
    assert {str(term): stated for term, stated in found.calendar.items()} == {
        "2018 fall": calendar_of(school)[0],
        "2019 spring": calendar_of(school)[1],
    }
    assert str(found.task.first) == "2018 fall", "here it begins later than is usual, and can still be planned for"
    shown = " ".join(browser(learner).get(page).content.decode().split())
    assert "Jan 28, 2019 to May 18, 2019" in shown and "Learners are counted on Feb 15, 2019" in shown
    told = call(client, learner, f"recognition/plans/{joined.id}/proposal").json()["calendar"]
    assert {term: stated["census"] for term, stated in told.items()} == {
        "2018 fall": "2018-10-31",
        "2019 spring": "2019-02-15",
    }
