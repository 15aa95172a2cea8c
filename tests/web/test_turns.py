"""Whose turn it is: each wait is told to who acts and who waits, in all its places, and to nobody else."""

import html
from pathlib import Path

import pytest
from tests.factories.people import NOW, browser, person
from tests.factories.waits import SCHOOL, put_all
from tests.factories.world import load_world

from linkspan.kernel.waiting import What
from linkspan.messages.queries import waits_about, waits_at, waits_of
from linkspan.messages.rules.waits import KINDS, OF_DESK, OF_LEARNER, Party, Standing
from linkspan.screens.today import today
from linkspan.web import pages
from linkspan.web.addresses import address
from linkspan.web.wait_words import told_to_learner, told_to_office

pytestmark = pytest.mark.django_db
#: Who joins accounts is told by `tests/accounts/test_merging.py`: it takes two accounts that have to do with a school.
ELSEWHERE = {What.APPROVE_MERGE}
ROLES = ("program_staff", "registrar", "proctor", "admissions", "reader", "dean", "operator", "author")
#: These pages are the act itself, and say in words of their own until when.
THE_ACT = {"address", "attempt", "deletion"}
#: These can be opened with nothing but a wait.
OPENED = {"charge", "exams", "credentials", "record", "identity", "consents", "degree", "registration"}
TEMPLATES = Path(pages.__file__).parent / "templates"


@pytest.fixture
def learner(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    return person("Lin Learner")


def test_every_kind_is_said_once_and_whole() -> None:
    assert set(KINDS) == set(What) == OF_LEARNER | OF_DESK
    for what, kind in KINDS.items():
        assert bool(kind.own) == bool(kind.mine) == bool(kind.act and kind.own), what
        assert bool(kind.desk) == bool(kind.theirs) == bool(kind.roles), what
        assert kind.own or kind.party is not Party.YOU, what


def test_each_wait_appears_in_all_its_places_and_nowhere_else(learner) -> None:
    colleague = person("Cam Colleague", ("reader", SCHOOL), ("proctor", SCHOOL))
    put_all(learner, colleague)
    mine = waits_of(learner, NOW)
    assert sorted(one.what for one in mine) == sorted(OF_LEARNER)
    assert [one.party for one in mine] == sorted((one.party for one in mine), key=list(Party).index)
    assert waits_of(colleague, NOW) == () == waits_of(person("Just Learning"), NOW)
    page = html.unescape(browser(learner).get("/dashboard/").content.decode())
    step = page.split('class="card next"')[1]
    for told in told_to_learner(mine, NOW):
        assert told.words in page or told.link in step, told.wait.what
    assert told_to_learner(mine, NOW)[0].wait.what not in OF_DESK
    for told in told_to_learner(mine, NOW):
        about = told.wait.about
        here = waits_about(learner, about, NOW)
        assert here == tuple(one for one in mine if one.about == about)
        assert waits_about(colleague, about, NOW) == ()
        if about.thing in OPENED:
            assert told.words in html.unescape(browser(learner).get(told.link).content.decode()), told.wait.what


def test_the_page_of_each_thing_says_whose_turn_it_is() -> None:
    told = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    for kind in (kind for kind in KINDS.values() if kind.own and kind.own.thing not in THE_ACT):
        assert f"{{% turn '{kind.own.thing}'" in told, kind.own.thing


@pytest.mark.parametrize("role", ROLES)
def test_an_office_is_told_of_what_its_role_acts_on(learner, role) -> None:
    who = person("Ola Office", (role, None if role == "operator" else SCHOOL))
    put_all(learner, who)
    expected = {what for what in OF_DESK - ELSEWHERE if role in KINDS[what].roles}
    assert {one.what for one in waits_at(who, NOW)} - ELSEWHERE == expected
    lines = today(who, NOW).lines
    page = html.unescape(browser(who).get("/desk/today/").content.decode())
    for line in lines:
        told = told_to_office(line.wait, NOW)
        assert told.words in page and f'href="{address(line.wait.about)}"' in page
    answer = browser(who).get("/api/v1/screens/today").json()
    assert [line["wait"]["what"] for line in answer["lines"]] == [line.wait.what for line in lines]
    elsewhere = person("Els Where", (role, "HES")) if role != "operator" else person("Nobody New")
    assert {one.what for one in waits_at(elsewhere, NOW)} <= {What.REVIEW_ACCESS} and waits_at(learner, NOW) == ()


def test_what_waits_too_long_is_late_for_both(learner) -> None:
    who = person("Ola Office", ("program_staff", SCHOOL))
    put_all(learner, who)
    (paid,) = [one for one in waits_at(who, NOW) if one.what is What.CONFIRM_PAYMENT]
    assert paid.standing(NOW) is Standing.ON_TIME
    assert paid.standing(paid.reminded_at) is Standing.SOON
    assert paid.standing(paid.late_after) is Standing.LATE
    (mine,) = [one for one in waits_of(learner, NOW) if one.what is What.CONFIRM_PAYMENT]
    assert told_to_learner([mine], paid.late_after)[0].late and not told_to_learner([mine], NOW)[0].late
    order = ["late", "soon", "on_time"]
    standings = [line.standing for line in today(who, paid.late_after).lines]
    assert standings == sorted(standings, key=order.index) and standings[0] == "late"


def test_today_asks_no_more_for_more(learner, django_assert_max_num_queries) -> None:
    who = person("Ola Office", *((role, SCHOOL) for role in ROLES if role != "operator"))
    put_all(learner, who)
    client = browser(who)
    client.get("/desk/today/")
    with django_assert_max_num_queries(48):
        client.get("/desk/today/")
    nobody = browser(learner).get("/desk/today/").content.decode()
    assert "Nothing waits" in nobody
