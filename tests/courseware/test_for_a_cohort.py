"""Threads and announcements for one cohort are read by it and by staff; who is moved is told, and nobody else."""

import pytest
from django.test import Client
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, Write, number, sequential, studying
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware import actions
from linkspan.courseware.queries import (
    announcements,
    announcements_to_come,
    cohorts_to_address,
    threads,
    threads_of_unit,
)
from linkspan.courseware.rules import ThreadAsk
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.ids import new_id
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Actor:
    return person("Stef Staff", ("program_staff", "CasesX"))


@pytest.fixture
def cast(course: Write, learner: Actor, staff: Actor):
    """Ana in Blue, Bo in Red, Cy in none."""
    actions.import_course(actor=SYSTEM, path=course(sequential(number(1))), now=NOW)
    people = {"Ana": learner, "Bo": studying("Bo Sample"), "Cy": studying("Cy Sample")}
    ids = {name: actions.make_cohort(actor=staff, run_id=RUN, name=name, now=NOW) for name in ("Blue", "Red")}
    place(staff, people["Ana"], ids["Blue"])
    place(staff, people["Bo"], ids["Red"])
    return people, ids


def place(staff: Actor, who: Actor, cohort_id) -> None:
    actions.place_learner(actor=staff, run_id=RUN, learner_id=who.person_id, cohort_id=cohort_id, now=NOW)


def heard(who: Actor) -> list[tuple[str, str]]:
    return [(one.title, one.cohort) for one in announcements(who, RUN, NOW).rows]


def titles(who: Actor) -> set[tuple[str, str]]:
    return {(one.title, one.cohort) for one in threads(who, RUN, ThreadAsk(), NOW).page.rows}


def begin(who: Actor, title: str, cohort_id=None):
    return actions.start_thread(actor=who, run_id=RUN, title=title, text="Text", unit="v", cohort_id=cohort_id, now=NOW)


def test_who_is_moved_is_told(cast, staff) -> None:
    people, ids = cast
    news = News()
    assert [one for one in news(NOW) if one[1].startswith("cohort")] == [
        ("Bo Sample", "cohort_changed"),
        ("Learner Sample", "cohort_changed"),
    ]
    place(staff, people["Ana"], ids["Blue"])
    assert news(NOW) == []
    place(staff, people["Ana"], None)
    listed = {"actor": staff, "run_id": RUN, "content": "email,cohort\nbo.sample@example.org,Blue\n", "now": NOW}
    actions.take_places(**listed, trial=True)
    assert news(NOW) == [("Learner Sample", "cohort_left")]
    actions.take_places(**listed)
    assert news(NOW) == [("Bo Sample", "cohort_changed")]
    actions.change_cohort(actor=staff, cohort_id=ids["Red"], name="Red", automatic=True, now=NOW)
    assert news(NOW) == []  # drawn by chance


def test_an_announcement_is_heard_by_its_cohort_alone(cast, staff) -> None:
    people, ids = cast
    News()(NOW)
    told = {"actor": staff, "run_id": RUN, "text": "Text", "now": NOW}
    for _ in range(2):
        actions.announce(**told, title="Blue", cohort_id=ids["Blue"])
    actions.announce(**told, title="All")
    news = {row.recipient_id for row in NoticeRow.objects.filter(kind="announcement")}
    assert news == set()
    heard_of = News()(NOW)
    assert [one for one in heard_of if one[1] == "announcement"] == [
        ("Bo Sample", "announcement"),
        ("Cy Sample", "announcement"),
        ("Learner Sample", "announcement"),
        ("Learner Sample", "announcement"),
    ]
    assert sorted(heard(people["Ana"])) == sorted(heard(staff)) == [("All", ""), ("Blue", "Blue")]
    assert heard(people["Bo"]) == heard(people["Cy"]) == [("All", "")]
    place(staff, people["Ana"], ids["Red"])
    place(staff, people["Cy"], ids["Blue"])
    assert len(heard(people["Cy"])) == 2 and heard(people["Ana"]) == [("All", "")]
    for unknown in (new_id(), "elsewhere"):
        page = browser(staff).post(
            f"/desk/courses/{RUN}/announcements/",
            {"do": "announce", "title": "T", "text": "kept words", "cohort": str(unknown)},
        )
        assert page.status_code == 404 and b"kept words" in page.content
    assert announcements_to_come(staff, RUN) == ()


def test_a_thread_is_read_by_its_cohort_and_staff(cast, staff) -> None:
    people, ids = cast
    ana, bo, cy = people.values()
    made = begin(ana, "Ours", ids["Blue"])
    begin(staff, "Reds", ids["Red"])
    begin(cy, "All")
    assert titles(ana) == {("Ours", "Blue"), ("All", "")} and titles(cy) == {("All", "")}
    assert titles(bo) == {("Reds", "Red"), ("All", "")}
    assert titles(staff) == {("Ours", "Blue"), ("Reds", "Red"), ("All", "")}
    assert [threads_of_unit(RUN, "v", one.person_id) for one in (ana, bo, cy)] == [2, 2, 1]
    act = {"run_id": RUN, "thread_id": made, "now": NOW}
    for who in (bo, cy):
        with pytest.raises(NotFound):
            actions.open_thread(actor=who, **act)
        with pytest.raises(NotFound):
            actions.reply_to_thread(actor=who, text="Me too", **act)
        assert browser(who).get(f"/courses/{RUN}/discussion/{made}/").status_code == 404
    place(staff, ana, ids["Red"])
    assert titles(ana) == {("Reds", "Red"), ("All", "")}
    for who, cohort_id in ((cy, ids["Blue"]), (ana, ids["Blue"]), (ana, new_id())):
        with pytest.raises(NotFound):
            begin(who, "Not mine", cohort_id)


def test_by_page_and_api(cast, staff) -> None:
    people, ids = cast
    ana, cy = people["Ana"], people["Cy"]
    form = browser(ana).get(f"/courses/{RUN}/discussion/new/").content.decode()
    assert "Blue" in form and "Red" not in form
    assert 'name="cohort"' not in browser(cy).get(f"/courses/{RUN}/discussion/new/").content.decode()
    sent = {"about": "unit:v", "title": "Ours", "text": "Text", "cohort": str(ids["Blue"])}
    assert browser(cy).post(f"/courses/{RUN}/discussion/new/", sent).status_code == 404
    assert browser(ana).post(f"/courses/{RUN}/discussion/new/", sent).status_code == 302
    assert "For Blue alone" in browser(ana).get(f"/courses/{RUN}/discussion/").content.decode()
    body = {"title": "Reds", "text": "Text", "unit": "v", "cohort_id": str(ids["Red"])}
    assert call(Client(), ana, f"discussion/runs/{RUN}/threads", body, key="a").status_code == 404
    assert call(Client(), staff, f"discussion/runs/{RUN}/threads", body, key="b").status_code == 200
    body = {"title": "Reds", "text": "Text", "cohort_id": str(ids["Red"])}
    assert call(Client(), staff, f"studying/runs/{RUN}/announcements", body, key="c").status_code == 200
    shown = call(Client(), ana, f"studying/runs/{RUN}/addressed-cohorts").json()
    assert [one["name"] for one in shown] == ["Blue"]
    assert [one.name for one in cohorts_to_address(staff, RUN)] == ["Blue", "Red"]
    assert "For Red alone" in browser(staff).get(f"/desk/courses/{RUN}/announcements/").content.decode()
