"""The desk: each role its own tasks, what waits first, and every link of it opens."""

import re

import pytest
from tests.factories.people import NOW, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.accounts.actions import submit_identity

pytestmark = pytest.mark.django_db
LINK = re.compile(r'href="(/desk/[^"]+)"')
TASKS = {
    "program_staff": {
        "checks",
        "exams",
        "courses",
        "grades",
        "imports",
        "usernames",
        "money",
        "money/charges",
        "credentials",
        "wallets",
        "catalogue",
        "exams/make",
    },
    "proctor": {"checks", "exams"},
    "admissions": {"checks", "wallets", "rounds", "holds", "inbox"},
    "reader": {"reading"},
    "registrar": {
        *("checks", "exams", "courses", "grades", "imports", "usernames", "money", "credentials", "wallets", "systems"),
        "trust",
        "look",
        "proctoring",
        "money/charges",
        *("holds", "inbox", "agreements", "cases", "credit", "audits", "catalogue", "exams/make", "roles", "sign-in"),
        "degrees",
        "joins",
    },
    "dean": {"agreements", "dean", "dean/what-if", "roles"},
    "auditor": {"dean", "dean/what-if", "trail", "audits", "roles"},
    "operator": {"joining", "joins", "operations", "retention", "roles", "sign-in", "trail/erase", "proctoring"},
    "author": {"catalogue", "courses", "exams/make"},
}


@pytest.fixture
def cast():
    return load_world()


@pytest.mark.parametrize("role", TASKS)
def test_each_role_sees_its_tasks_and_may_open_them(cast, role, django_assert_max_num_queries) -> None:
    client = browser(person("Somebody New", (role, None if role in ("auditor", "operator") else "MITx")))
    client.get("/desk/")
    with django_assert_max_num_queries(24):
        page = client.get("/desk/").content.decode()
    links = set(LINK.findall(page))
    assert links == {"/desk/today/"} | {f"/desk/{task}/" for task in TASKS[role]}
    for link in links:
        assert client.get(link, follow=True).status_code == 200, link


def test_what_others_do_is_refused(cast) -> None:
    everything = {task for tasks in TASKS.values() for task in tasks}
    client = browser(person("Just Learning"))
    assert LINK.findall(client.get("/desk/").content.decode()) == []
    for task in everything - {"reading", "rounds"}:
        assert client.get(f"/desk/{task}/").status_code == 403, task


def test_what_waits_comes_first(cast) -> None:
    proctor = browser(person("Pat Proctor", ("proctor", "MITx")))
    assert "Nothing waits for you now" in proctor.get("/desk/").content.decode()
    learner = person("Lin Learner")
    put_grades(learner, exam=None, now=NOW)
    submit_identity(
        actor=learner, learner_id=learner.person_id, legal_name="Lin Lee", document=b"%PDF-1.4 sample", now=NOW
    )
    page = proctor.get("/desk/").content.decode()
    assert "1 thing waits for you" in page
    assert page.index("/desk/checks/") < page.index("/desk/exams/")
    assert "Lin Lee" in proctor.get("/desk/checks/").content.decode()


def hand_in_name(number: int) -> None:
    learner = person(f"Learner Number{number}")
    put_grades(learner, exam=None, now=NOW)
    submit_identity(
        actor=learner, learner_id=learner.person_id, legal_name="Some Name", document=b"%PDF-1.4 sample", now=NOW
    )


def test_the_number_of_queries_does_not_grow_with_what_waits(cast, django_assert_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    staff = browser(person("Stef Staff", ("program_staff", "MITx")))
    hand_in_name(0)
    staff.get("/desk/")
    with CaptureQueriesContext(
        connection,
    ) as before:
        staff.get("/desk/")
    for number in range(1, 5):
        hand_in_name(number)
    with django_assert_num_queries(len(before)):
        assert "5 things wait for you" in staff.get("/desk/").content.decode()
