"""The homes of learners and desks: the page and the API show one read, whose queries do not grow."""

import pytest
from tests.factories.people import NOW, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.accounts.actions import submit_identity
from linkspan.screens.desk_home import DUTIES, Area, Task, desk_home
from linkspan.screens.learner_home import learner_home
from linkspan.web.desk_words import AREAS, TASKS

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner():
    load_world()
    one = person("Lin Learner")
    put_grades(one, exam=None, now=NOW)
    return one


def test_every_task_has_its_place_words_and_page() -> None:
    tasks = [duty.task for duties in DUTIES.values() for duty in duties]
    assert sorted(tasks) == sorted(Task) and set(TASKS) == set(Task)
    assert set(DUTIES) == set(AREAS) == set(Area)


def test_a_learner_reads_the_same_home_by_page_and_api(learner, django_assert_max_num_queries) -> None:
    client = browser(learner)
    with django_assert_max_num_queries(30):
        told = client.get("/api/v1/screens/home").json()
    home = learner_home(learner, NOW)
    assert told["step"] | {"by": None} == {
        "stop": "exam",
        "do": "register_for_exam",
        "about": {"thing": "exams", "keys": []},
        "title": "",
        "count": 1,
        "by": None,
    }
    assert [row["program"] for row in told["progress"]] == [row.program for row in home.progress]
    page = client.get("/dashboard/").content.decode()
    for row in home.progress:
        assert row.title in page and all(part.reason in page for part in row.parts)


def test_a_desk_reads_the_same_tasks_by_page_and_api(learner) -> None:
    submit_identity(
        actor=learner, learner_id=learner.person_id, legal_name="Lin Lee", document=b"%PDF-1.4 sample", now=NOW
    )
    staff = person("Stef Staff", ("program_staff", "MITx"))
    home, client = desk_home(staff, NOW), browser(staff)
    assert home.waiting == 1 and home.groups[0].tasks[0].task is Task.CHECKS
    told = client.get("/api/v1/screens/desk").json()
    assert told["waiting"] == 1
    assert [group["area"] for group in told["groups"]] == [group.area for group in home.groups]
    assert told["groups"][0]["tasks"][0] == {"task": "checks", "waiting": 1}
    page = client.get("/desk/").content.decode()
    assert [page.index(f">{TASKS[one.task][0]}<") for group in home.groups for one in group.tasks]


def test_nobody_but_who_signed_in_has_a_home(client) -> None:
    assert {client.get(f"/api/v1/screens/{page}").status_code for page in ("home", "desk")} == {401}
    assert desk_home(person("Just Learning"), NOW).groups == ()
