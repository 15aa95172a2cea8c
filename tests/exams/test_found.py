"""An exam that staff made is found by its learners, who see what can be done there now, and staff what is missing."""

import html
import re
from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.exams import actions
from linkspan.exams.models import SittingRow
from linkspan.exams.rules.series import Completion, SeriesTerms

pytestmark = pytest.mark.django_db
CHECK_IN = "Check in</button>"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)


def words(answer) -> str:
    return html.unescape(answer.content.decode())


def put_another(code: str = "INV", **times) -> None:
    """An exam of the program that no requirement names."""
    terms = make.replace(make.TERMS, title=f"Exam {code}", courses=())
    told = {"actor": SYSTEM, "code": code, "program_key": "MITx/SCM", "terms": terms, "bank": make.BANK, "now": NOW}
    actions.draft_exam(**told)
    actions.publish_version(actor=SYSTEM, code=code, number=1, now=NOW)
    opens = times.get("opens_at", NOW)
    told = {"opens_at": opens, "closes_at": opens + timedelta(hours=8), "release_at": opens + timedelta(days=14)}
    actions.add_sitting(actor=SYSTEM, code=code, now=NOW, **told)


def titles(person_) -> list[str]:
    return re.findall(r'<section class="card"><h2>([^<]*)</h2>', words(browser(person_).get("/exams/")))


def test_an_exam_that_no_requirement_names_is_found(cast) -> None:
    before = titles(cast["learner"])
    put_another()
    assert titles(cast["learner"]) == [*before, "Exam INV"]
    assert titles(person("Somebody Sample")) == [*before, "Exam INV"]
    SittingRow.objects.filter(exam="INV").update(closes_at=NOW)
    assert titles(cast["learner"]) == before, "no sitting is left that can be taken"


def test_an_exam_by_invitation_is_shown_to_who_is_invited(cast) -> None:
    put_another()
    before = titles(cast["learner"])
    flags = {"in_order": False, "by_invitation": True, "one_fee": False}
    terms = SeriesTerms("Invited", ("INV",), Completion.ALL, (), 1, make.Decimal(60), *flags.values())
    told = {"actor": SYSTEM, "code": "SER", "now": NOW}
    actions.draft_series(program_key="MITx/SCM", terms=terms, **told)
    actions.publish_series(number=1, **told)
    assert titles(cast["learner"]) == [title for title in before if title != "Exam INV"]


def test_nobody_is_sent_to_pay_for_what_is_not_on_sale(cast) -> None:
    put_another()
    learner, staff = cast["learner"], browser(cast["staff"])
    make.put_grades(learner, exam=None, now=NOW)
    make.confirm_name(learner, cast["staff"])
    page = words(browser(learner).get("/exams/"))
    part = page[page.index("Exam INV") :]
    assert "This exam is not on sale yet." in part and "Register and pay the fee" not in part
    shown = words(staff.get("/desk/exams/make/INV/"))
    assert "Nobody can register: the exam has no fee yet." in shown
    assert 'href="/desk/catalogue/MITx/price/enter/?subject=exam%3AINV"' in shown
    assert "has no fee yet" not in words(staff.get("/desk/exams/make/CFx/"))
    assert 'value="exam:INV" selected' in words(staff.get("/desk/catalogue/MITx/price/enter/?subject=exam%3AINV"))


def test_one_checks_in_while_a_sitting_is_open_and_only_then(cast) -> None:
    learner = cast["learner"]
    make.put_sitting()
    make.authorise(learner, cast)
    assert words(browser(learner).get("/exams/")).count(CHECK_IN) == 1
    SittingRow.objects.update(opens_at=NOW + timedelta(hours=1))
    page = words(browser(learner).get("/exams/"))
    assert CHECK_IN not in page and "You check in from then on." in page
    SittingRow.objects.update(opens_at=NOW - timedelta(days=2), closes_at=NOW)
    page = words(browser(learner).get("/exams/"))
    assert CHECK_IN not in page and "No sitting is planned." in page
