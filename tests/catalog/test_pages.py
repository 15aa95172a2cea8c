"""A new institution's catalogue is entered on the desk, from the first course to a program with its tree."""

import html
import re
from datetime import date

import pytest
from tests.catalog.test_changes import ALL, COURSE, REQUIREMENTS, RUN, prepare, put_all
from tests.factories.older_pages import again, both
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.catalog import actions, queries
from linkspan.catalog.models import ChangeRow, CourseRow, ProgramVersionRow
from linkspan.catalog.rules import Kind

pytestmark = pytest.mark.django_db
DESK = "/desk/catalogue/HES/"
RUN_FORM = {
    "course": "C1",
    "run": "1T2019",
    "time_zone": "America/New_York",
    "starts": "2019-01-10T00:00",
    "ends": "2019-05-10T00:00",
    "enrolment_opens": "2018-11-01T00:00",
    "enrolment_closes": "2019-02-01T00:00",
    "upgrade_by": "2019-02-01T00:00",
}
PRICE_FORM = {"subject": "course:HES/C1", "amount": "150.00", "currency": "usd", "valid_from": "2018-10-03"}
TERM_FORM = {
    "code": "F19",
    "title": "Fall",
    "starts": "2019-09-02",
    "ends": "2019-12-20",
    "census": "",
    "grades_due": "",
}
PROGRAM_FORM = {"code": "P1", "title": "Program", "kind": "certificate", "summary": "What it is."}


#: How each entry stands in its list.
LINES = {
    Kind.COURSE: "Statistics (C1)",
    Kind.RUN: "C1, 1T2019",
    Kind.TERM: "Fall (F19): Sep 2, 2019 – Dec 20, 2019",
    Kind.PROGRAM: "Program (P1)",
    Kind.REQUIREMENTS: "P1, 2018",
    Kind.PRICE: "HES/C1: $150, Oct 3, 2018",
}


@pytest.fixture
def staff(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    return person("New Staff", ("program_staff", "HES"))


def seen_in(page: str) -> str:
    return re.search(r'name="seen" value="([0-9a-f]{32})"', page)[1]


def publish(client, answer) -> None:
    assert answer.status_code == 302, html.unescape(answer.content.decode())
    page = client.get(answer["Location"]).content.decode()
    assert "What becomes public" in page
    done = client.post(answer["Location"], {"do": "publish", "seen": seen_in(page)})
    assert (done.status_code, done["Location"]) == (302, DESK)


def enter(client, kind, form) -> None:
    page = f"{DESK}{kind}/enter/"
    publish(client, client.post(page, form | {"seen": seen_in(client.get(page).content.decode())}))


def rows(*parts) -> dict[str, list[str]]:
    names = ("depth", "kind", "key", "count", "min_percent", "min_letter", "valid_years", "within_years")
    return {name: [str(part.get(name, "")) for part in parts] for name in names}


TREE_FORM = {"program": "P1", "catalogue_year": "2018", "valid_from": "2018-10-03", "not_here_yet": ""}
GROUP, PART = {"depth": 0, "kind": "all"}, {"depth": 1, "kind": "course", "key": "HES/C1", "min_percent": "60"}


def test_from_an_empty_catalogue_to_a_public_program(staff, client) -> None:
    mine = browser(staff)
    assert "/desk/catalogue/" in mine.get("/desk/").content.decode()
    assert mine.get("/desk/catalogue/")["Location"] == DESK
    first = mine.get(DESK).content.decode()
    assert "What to do first" in first and "Enter a course" in first
    enter(mine, "course", COURSE)
    enter(mine, "run", RUN_FORM)
    enter(mine, "price", PRICE_FORM)
    enter(mine, "term", TERM_FORM)
    enter(mine, "program", PROGRAM_FORM)
    assert "no requirements in force" in mine.get(DESK).content.decode()
    page = mine.get(f"{DESK}requirements/enter/")["Location"]
    form = TREE_FORM | rows(GROUP, PART) | {"do": "save", "seen": seen_in(mine.get(page).content.decode())}
    publish(mine, mine.post(page, form))
    assert "What to do first" not in mine.get(DESK).content.decode()
    assert queries.course_run(RUN["id"]).starts.isoformat() == "2019-01-10T05:00:00+00:00"
    assert "Program" in client.get("/programs/HES/P1/").content.decode()
    assert client.get(f"/runs/{RUN['id']}/").status_code == 200
    for kind in LINES:
        shown = mine.get(f"{DESK}{kind}/").content.decode()
        assert LINES[kind] in shown
        assert "Nothing was found" in mine.get(f"{DESK}{kind}/", {"q": "zzz"}).content.decode()


def test_everything_typed_is_kept_beside_what_is_wrong(staff) -> None:
    mine = browser(staff)
    answer = mine.post(
        f"{DESK}course/enter/", {"code": "A <B>", "title": "", "summary": "Kept & shown", "credits": "x"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    for kept in ('value="A &lt;B&gt;"', "Kept &amp; shown", 'value="x"', "Enter a number.", 'href="#f-title"'):
        assert kept in page
    put_all(until=Kind.RUN)
    wrong = mine.post(f"{DESK}run/enter/", RUN_FORM | {"starts": "soon", "time_zone": "Mars"})
    assert wrong.status_code == 422 and b'value="soon"' in wrong.content and b'value="Mars"' in wrong.content
    wrong = mine.post(f"{DESK}price/enter/", PRICE_FORM | {"amount": "much"})
    assert wrong.status_code == 422 and b'value="much"' in wrong.content
    assert not ChangeRow.objects.exists()


def test_two_people_at_once_and_neither_erases_the_other(staff) -> None:
    put_all(until=Kind.RUN)
    mine, page = browser(staff), f"{DESK}course/enter/?of=HES/C1"
    older = seen_in(mine.get(page).content.decode())
    assert mine.post(page, COURSE | {"title": "Newer", "seen": older}).status_code == 302
    answer = mine.post(page, COURSE | {"title": "Older", "seen": older})
    assert "Newer" in both(answer) and "Older" in both(answer)
    assert ChangeRow.objects.get().content["title"] == "Newer"
    assert mine.post(page, again(answer)).status_code == 302
    assert ChangeRow.objects.get().content["title"] == "Older"


def test_a_second_person_publishes(staff) -> None:
    registrar = person("Other Person", ("registrar", "HES"))
    assert browser(registrar).post(f"{DESK}publishing/", {"four_eyes": "yes"}).status_code == 302
    waiting = prepare(Kind.COURSE, COURSE, staff)
    place = f"/desk/catalogue/changes/{waiting.id}/"
    page = browser(staff).get(place).content.decode()
    assert "Another person of your institution publishes it." in page and 'value="publish"' not in page
    assert browser(staff).post(place, {"do": "publish"}).status_code == 409
    assert "1 waiting" in browser(registrar).get("/desk/").content.decode()
    assert browser(registrar).post(place, {"do": "publish"}).status_code == 302
    assert CourseRow.objects.get(key="HES/C1").title == "Statistics"
    other = prepare(Kind.COURSE, COURSE | {"title": "No"}, staff)
    assert browser(staff).post(f"/desk/catalogue/changes/{other.id}/", {"do": "discard"}).status_code == 302
    assert not ChangeRow.objects.exists()


def kept(answer) -> list[str]:
    return re.findall(r'id="key-\d+" name="key" value="([^"]*)"', answer.content.decode())


def test_the_tree_is_edited_by_buttons_without_scripts(staff) -> None:
    put_all(until=Kind.REQUIREMENTS)
    mine, page = browser(staff), f"{DESK}tree/"
    parts = [GROUP, PART, PART | {"key": "HES/C2"}, {"depth": 1, "kind": "at_least", "count": "1"},
             {"depth": 2, "kind": "exam", "key": "E1"}]  # fmt: skip
    form = TREE_FORM | rows(*parts)

    def act(do, at):
        return kept(mine.post(f"{page}?at={at}", form | {"do": do}))

    assert act("add", 3) == ["HES/C1", "HES/C2", "E1", ""]
    assert act("add", 0) == ["HES/C1", "HES/C2", "E1", ""]
    assert act("remove", 3) == ["HES/C1", "HES/C2"]
    assert act("up", 2) == ["HES/C2", "HES/C1", "E1"]
    assert act("up", 3) == ["HES/C1", "E1", "HES/C2"]
    assert act("down", 1) == ["HES/C2", "HES/C1", "E1"]
    for do, at in (("remove", 0), ("up", 1), ("down", 3), ("add", 1), ("up", 99), ("down", "x")):
        assert act(do, at) == ["HES/C1", "HES/C2", "E1"]
    answer = mine.post(page, form | {"do": "save"})
    assert answer.status_code == 422 and "No catalogue here has HES/C2" in both(answer)
    assert kept(answer) == ["HES/C1", "HES/C2", "E1"]
    marked = mine.post(page, form | {"do": "save", "not_here_yet": "HES/C2"})
    assert marked.status_code == 302
    drawn = mine.get(marked["Location"]).content.decode()
    assert "At least 1 of these" in drawn and "HES/C1, at least 60%" in drawn


def test_each_kind_of_part_shows_its_own_fields(staff) -> None:
    put_all(until=Kind.REQUIREMENTS)
    mine, page = browser(staff), f"{DESK}tree/"
    own = {
        "all": {"within"},
        "at_least": {"count", "within"},
        "course": {"key", "percent", "letter", "years"},
    }
    for kind, fields in own.items():
        form = TREE_FORM | rows({"depth": 0, "kind": kind, "count": "1", "key": "HES/C1"}) | {"do": "turn"}
        drawn = mine.post(f"{page}?at=0", form).content.decode()
        assert set(re.findall(r'id="(\w+)-0"', drawn)) - {"kind"} == fields
        assert len(re.findall('name="(?:kind|key|count|min_percent|min_letter|valid_years|within_years)"', drawn)) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        rows({"depth": 0, "kind": "course", "key": "HES/C1"}, PART),
        rows({"depth": 0, "kind": "nothing"}),
        rows({"depth": "x", "kind": "all"}, {"depth": "99999", "kind": "course", "key": "a\0b"}),
        rows(GROUP, *[{"depth": n, "kind": "all"} for n in range(1, 15)]),
        rows(GROUP, PART | {"min_percent": "1e999999"}),
        rows(GROUP, PART | {"min_percent": "٣"}),
        rows(GROUP),
        {},
    ],
)
def test_a_hostile_tree_is_refused_and_its_form_stays(staff, wrong) -> None:
    put_all(until=Kind.REQUIREMENTS)
    answer = browser(staff).post(f"{DESK}tree/", TREE_FORM | wrong | {"do": "save"})
    assert answer.status_code == 422 and 'name="catalogue_year" value="2018"' in answer.content.decode()
    assert not ChangeRow.objects.exists()


def test_a_tree_that_the_form_cannot_hold_is_refused_and_never_cut(staff) -> None:
    put_all(until=Kind.REQUIREMENTS)
    mine, most = browser(staff), rows(GROUP, *[PART] * 99)
    assert len(kept(mine.post(f"{DESK}tree/?at=1", TREE_FORM | most | {"do": "up"}))) == 99
    answer = mine.post(f"{DESK}tree/", TREE_FORM | rows(GROUP, *[PART] * 100) | {"do": "save"})
    assert answer.status_code == 422 and "This tree has 101 parts" in answer.content.decode()
    ProgramVersionRow.objects.create(
        program_id="HES/P1",
        catalogue_year=2017,
        valid_from=date(2017, 1, 1),
        requirements={"all": [{"course": "HES/C1"}] * 100},
    )
    answer = mine.get(f"{DESK}tree/?of=HES/P1@2017")
    assert answer.status_code == 422 and "This tree has 101 parts" in answer.content.decode()


def test_the_next_year_begins_as_a_copy(staff) -> None:
    put_all()
    page = browser(staff).get(f"{DESK}tree/?of=HES/P1@2018")
    assert kept(page) == ["HES/C1"] and 'name="catalogue_year" value="2019"' in page.content.decode()


@pytest.mark.parametrize("roles", [[], [("registrar", "MIT")], [("dean", "HES")], [("operator", None)]])
def test_others_neither_read_nor_write(staff, roles) -> None:
    put_all(until=Kind.REQUIREMENTS)
    waiting = prepare(Kind.REQUIREMENTS, REQUIREMENTS)
    other = browser(person("Some Other", *roles))
    for place in (DESK, f"{DESK}course/", f"{DESK}course/enter/", f"{DESK}tree/"):
        assert other.get(place).status_code == 403, place
    change = f"/desk/catalogue/changes/{waiting.id}/"
    assert other.get(change).status_code == other.post(change, {"do": "publish"}).status_code == 404
    assert other.post(f"{DESK}course/enter/", COURSE).status_code == 403
    assert other.post(f"{DESK}tree/", TREE_FORM | rows(GROUP, PART) | {"do": "save"}).status_code == 403
    assert other.post(f"{DESK}publishing/", {"four_eyes": "yes"}).status_code == 403
    assert list(ALL)[:3] == [Kind.COURSE, Kind.RUN, Kind.PROGRAM] and ChangeRow.objects.count() == 1


def test_lists_stay_small_and_take_few_queries(staff, django_assert_max_num_queries) -> None:
    for number in range(60):
        actions.add_course(
            actor=person(f"P{number}", ("registrar", "HES")) if not number else staff,
            institution="HES", code=f"C{number:02}", title=f"Course {number}", summary="", credits=None, now=NOW,
        )  # fmt: skip
    mine = browser(staff)
    with django_assert_max_num_queries(14):
        page = mine.get(f"{DESK}course/").content.decode()
    assert "Course 49 (C49)" in page and "Course 50 (C50)" not in page
    assert "Course 50 (C50)" in mine.get(f"{DESK}course/?page=2").content.decode()
