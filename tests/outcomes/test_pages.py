"""The dean's page and the simulator over HTTP: the article's numbers, a what-if, files, refusals in words."""

import csv
import io
import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from tests.admissions.test_actions import AFTER
from tests.outcomes.test_queries import cast, played  # noqa: F401

from linkspan.outcomes.rules.funnel import STEPS
from linkspan.site.sample.load import email_of

pytestmark = pytest.mark.django_db
ARTICLE = {
    "completers": "2000",
    "admissible": "50",
    "seats": "40",
    "takes_up": "100",
    "seed": "5",
    "name_0": "HES",
    "interest_0": "100",
    "acceptance_0": "100",
    "takes_up_0": "100",
    "anyway_0": "0",
    "waived_0": "4",
    "paid_0": "8",
    "price_0": "2700",
    "currency_0": "USD",
}


@pytest.fixture
def dean(cast, monkeypatch):  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", AFTER.isoformat())
    client = Client()
    client.force_login(get_user_model().objects.get(email=email_of("dean")))
    return client


WORDS = ("completers", "admissible", "applied", "admitted", "without seat")


def tables_of(page: str) -> dict[str, list[list[str]]]:
    """The cells of each table of a page, by its caption."""
    found = {}
    for table in re.findall(r"<table>(.*?)</table>", page, re.S):
        rows = [
            re.findall(r"<t[dh][^>]*>\s*(.*?)\s*</t[dh]>", row, re.S)
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)
        ]
        found[re.search(r"<caption>\s*(.*?)\s*</caption>", table, re.S)[1]] = rows[1:]
    return found


def rows_of(answer) -> list[dict[str, str]]:
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_simulator_opens_with_the_articles_case(dean, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(10):
        page = dean.get("/desk/dean/what-if/").content.decode()
    for number in ("1000", "960", "$10,800", "$21,600", "66.7%", "$10,368,000", "$20,736,000"):
        assert number in page, number
    assert page.count("data:image/svg+xml;base64,") == 3


def test_a_what_if_moves_the_numbers_beside_the_base(dean) -> None:
    asked = ARTICLE | {"seats": "100", "price_0": "2000", "acceptance_0": "50"}
    page = dean.get("/desk/dean/what-if/", asked).content.decode()
    for number in ("900", "450", "$3,600,000", "$10,368,000"):
        assert number in page, number


def test_a_new_agreement_and_a_partner_left_out(dean) -> None:
    new = {"name_1": "Zaragoza", "interest_1": "20", "acceptance_1": "50", "takes_up_1": "100", "anyway_1": "0"}
    new |= {"waived_1": "5", "paid_1": "5", "price_1": "1500", "currency_1": "EUR", "interest_0": "80"}
    rows = rows_of(dean.get("/desk/dean/what-if.csv", ARTICLE | new))
    found = {row["measure"]: row for row in rows if row["scenario"] == "what-if"}
    assert (found["joined:HES"]["expected"], found["joined:Zaragoza"]["expected"]) == ("768.0", "96.0")
    assert found["forgone:EUR"]["expected"] == str(96 * 5 * 150_000) + ".0"
    gone = rows_of(dean.get("/desk/dean/what-if.csv", ARTICLE | {"leave_out_0": "yes"}))
    assert "joined:HES" not in {row["measure"] for row in gone if row["scenario"] == "what-if"}


def test_the_same_address_gives_the_same_file(dean) -> None:
    first, second = (dean.get("/desk/dean/what-if.csv", ARTICLE).content for _ in range(2))
    assert first == second
    assert first != dean.get("/desk/dean/what-if.csv", ARTICLE | {"seed": "6"}).content


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("completers", "-5", "whole number"),
        ("completers", "٣", "whole number"),
        ("admissible", "150", "0 to 100 percent"),
        ("admissible", "nan", "enter a number"),
        ("price_0", "1e400", "enter a number"),
        ("price_0", "-1", "not negative"),
        ("currency_0", "€", "three letters"),
        ("takes_up", "x", "enter a number"),
        ("interest_0", "101", "0 to 100 percent"),
    ],
)
def test_what_cannot_be_is_told_and_given_back(dean, field, value, words) -> None:
    answer = dean.get("/desk/dean/what-if/", ARTICLE | {field: value})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page and 'value="HES"' in page


def test_the_page_and_its_files(dean, played, django_assert_max_num_queries) -> None:  # noqa: F811
    dean.get("/desk/dean/")
    with django_assert_max_num_queries(60):
        page = dean.get("/desk/dean/").content.decode()
    assert "The article" in page and "-$10,800" in page
    assert tables_of(page)["The funnel"] == [[step, "fewer than 5"] for step in WORDS]
    (row,) = rows_of(dean.get("/desk/dean/rounds.csv"))
    assert [row[step] for step in ("completers", "admissible", "admitted", "without_seat")] == ["0–4"] * 4
    (cohort,) = rows_of(dean.get("/desk/dean/cohorts.csv"))
    told = {"program": "MITx/SCM", "cohort": "2018"} | dict.fromkeys(STEPS, "0–4") | {"started": "5–9"}
    assert cohort == told
    (shown,) = (row for name, rows in tables_of(page).items() if name.startswith("How far") for row in rows)
    assert shown == ["MITx/SCM", "2018", "5–9", *["fewer than 5"] * 6]
    assert rows_of(dean.get("/desk/dean/tuition.csv")) == []
    assert dean.get("/desk/dean/nothing.csv").status_code == 404


def test_a_round_is_a_starting_point(dean, played) -> None:  # noqa: F811
    page = dean.get("/desk/dean/what-if/", {"round": str(played[0])}).content.decode()
    assert 'name="completers" value="2"' in page, "the middle of fewer than five"
    assert 'name="admissible" value="100"' in page, "as many, as far as is told"
    assert 'name="seats" value="1"' in page
    assert "Management" in page
    assert dean.get("/desk/dean/what-if/", {"round": "nonsense"}).status_code == 422


@pytest.mark.parametrize("path", ["/desk/dean/what-if/", "/desk/dean/what-if.csv", "/desk/dean/tuition.csv"])
def test_for_deans_and_auditors_only(cast, path) -> None:  # noqa: F811
    for persona, status in (("learner", 403), ("registrar", 403), ("hes-admissions", 403), ("auditor", 200)):
        client = Client()
        client.force_login(get_user_model().objects.get(email=email_of(persona)))
        assert client.get(path).status_code == status, persona


def test_a_dean_of_another_school_starts_from_no_round_of_these(played, monkeypatch) -> None:  # noqa: F811
    from tests.factories.people import browser, person

    stranger = person("Far Dean", ("dean", "ELSEWHERE"))
    client = browser(stranger)
    assert client.get("/desk/dean/what-if/", {"round": str(played[0])}).status_code == 403
    assert rows_of(client.get("/desk/dean/rounds.csv")) == []


def test_over_the_api(client, cast) -> None:  # noqa: F811
    from tests.api.test_verbs import call

    partner = {"name": "HES", "interest": 1.0, "waived": 4, "paid": 8, "price_minor": 270_000}
    asked = {"completers": 2000, "admissible": 0.5, "seats": 40, "partners": [partner], "seed": 5}
    found = call(client, cast["dean"], "outcomes/simulations", asked, key="a").json()
    assert found["measures"]["without_seat"]["expected"] == "960"
    assert found == call(client, cast["dean"], "outcomes/simulations", asked, key="b").json()
    assert call(client, cast["learner"], "outcomes/simulations", asked, key="c").status_code == 403
    for wrong in ({"admissible": 2}, {"partners": [partner | {"currency": "dollars"}]}, {"seed": -1}):
        assert call(client, cast["dean"], "outcomes/simulations", asked | wrong, key=str(wrong)).status_code == 422
    assert call(client, cast["dean"], "outcomes/tuition").json() == []
    assert call(client, cast["dean"], "outcomes/cohorts/MITx/SCM").json() == []
    assert call(client, cast["hes-admissions"], "outcomes/cohorts/MITx/SCM").status_code == 403


def test_the_page_asks_little_and_says_as_of_when(dean, played, django_assert_max_num_queries) -> None:  # noqa: F811
    with django_assert_max_num_queries(90):
        page = dean.get("/desk/dean/").content.decode()
    assert "Records as they stood on" in page and "Counted on" in page
    with django_assert_max_num_queries(80):
        assert dean.get("/desk/dean/").content.decode().count("<table") == page.count("<table")
