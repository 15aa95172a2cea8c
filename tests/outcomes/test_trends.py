"""Cohorts over time: what changed as far as bands say, chosen by program and year, as CSV, picture and over the API."""

import csv
import io

import pytest
from tests.factories.people import browser, person

from linkspan.kernel.bands import FIVES
from linkspan.outcomes.rules import STEPS, Course, ToldCohort, article_case, simulate, trends
from linkspan.web.outcome_tables import CohortAsk, cohorts_csv, cohorts_svg, trend_csv, trend_svg, trend_svgs


def cohort(year: str, count: int, program: str = "MITx/SCM") -> ToldCohort:
    return ToldCohort(program, year, dict.fromkeys(STEPS, FIVES.band(count)))


ROWS = [cohort("2017", 12), cohort("2018", 30), cohort("2019", 31), cohort("2018", 3, "MITx/DEDP")]


def test_a_trend_says_no_more_than_the_bands() -> None:
    found = [one for one in trends(ROWS) if one.step == "applied"]
    assert [(one.earlier, one.later, one.course) for one in found] == [
        ("2017", "2018", Course.MORE),
        ("2018", "2019", Course.NOT_CLEAR),
    ]
    assert (found[0].least, found[0].most) == (30 - 14, 34 - 10)
    assert [one.course for one in trends([cohort("2017", 30), cohort("2018", 12)])] == [Course.FEWER] * len(STEPS)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["2017", "2018", "2019", "2018"]),
        ({"program": "MITx/SCM", "since": "2018"}, ["2018", "2019"]),
        ({"until": "2017"}, ["2017"]),
        ({"since": "٢٠١٨", "until": "x"}, ["2017", "2018", "2019", "2018"]),
        ({"program": "'; drop"}, []),
    ],
    ids=["all", "program and year", "until", "no year", "hostile"],
)
def test_cohorts_are_chosen_by_program_and_year(asked, found) -> None:
    assert [row.cohort for row in CohortAsk.of(asked).among(ROWS)] == found


def test_tables_are_files_and_pictures() -> None:
    rows = list(csv.DictReader(io.StringIO(trend_csv(trends(ROWS)).content.decode("utf-8-sig"))))
    assert (rows[0]["from"], rows[0]["to"], rows[0]["course"]) == ("2017", "2018", "more")
    assert len(cohorts_csv(ROWS).content.decode().splitlines()) == 1 + len(ROWS)
    assert list(trend_svgs(ROWS)) == ["MITx/SCM"], "one cohort has no trend"
    assert all(picture.startswith("<svg") for picture in (trend_svg(ROWS), cohorts_svg(ROWS[:1])))


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["cohorts", "trend", "rounds", "network", "tuition", "students"])
def test_every_table_is_a_picture_for_deans_and_auditors_alone(what) -> None:
    assert browser(person("Max Dean", ("dean", "MIT"))).get(f"/desk/dean/{what}.csv").status_code == 200
    answer = browser(person("Noor Auditor", ("auditor", None))).get(f"/desk/dean/{what}.svg")
    assert answer["Content-Type"] == "image/svg+xml" and answer.content.startswith(b"<svg")
    for other in (person("R", ("registrar", "MIT")), person("L")):
        assert browser(other).get(f"/desk/dean/{what}.svg").status_code == 403
        assert browser(other).get(f"/desk/dean/{what}.csv").status_code == 403


def test_who_has_a_place_counts_those_seated_too() -> None:
    found = simulate(article_case(), seed=1, draws=100)
    assert found.expected["placed"] == found.expected["seated"] + found.expected["served"] == 1000
    assert found.bands["placed"].middle >= found.bands["seated"].middle


@pytest.mark.django_db
def test_the_difference_stands_beside_base_and_what_if() -> None:
    dean = browser(person("Max Dean", ("dean", "MIT")))
    page = dean.get("/desk/dean/what-if/").content.decode()
    assert "Difference" in page and "have a place, seated or with a partner" in page
    assert "The article says nothing of it" in page
    assert page.index('id="completers"') < page.index("<caption>Expected")
