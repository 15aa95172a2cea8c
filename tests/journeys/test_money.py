"""The dean, the plan by term, prices by need and coupons in a browser: axe, 320 px, the numbers of the article."""

from datetime import date
from decimal import Decimal

import pytest
from tests.factories.people import SYSTEM
from tests.finance.test_discounts import TERMS, coupon
from tests.journeys import test_story
from tests.recognition.test_actions import accepted, join, learner  # noqa: F401

from linkspan.finance import actions
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db(transaction=True)
people, stage = test_story.people, test_story.stage
NOW = test_story.datetime.fromisoformat("2018-10-08T12:00:00+00:00")


@pytest.fixture
def cast(stage, monkeypatch):
    test_story.at(monkeypatch, NOW.isoformat())
    return stage[0]


def test_the_dean_asks_what_if(cast, visitor) -> None:
    dean = visitor()
    dean.sign_in("dean@example.org")
    dean.go("/desk/dean/")
    dean.follow("What if: the article's case")
    shown = dean.page.locator("main").inner_text()
    for number in ("1000", "960", "$10,800", "$21,600", "66.7%"):
        assert number in shown, number
    dean.page.get_by_label("Seats", exact=True).fill("100")
    dean.press("Simulate")
    assert "900" in dean.page.locator("main").inner_text()
    dean.page.set_viewport_size({"width": 1000, "height": 1000})
    dean.shot("what-if")


def test_a_learner_plans_by_term(cast, learner, visitor) -> None:  # noqa: F811
    join(cast, accepted(cast, learner).id)
    student = visitor()
    student.sign_in("ana.a@example.org")
    student.go("/degree/")
    student.follow("Plan the open courses by term")
    assert "Why not earlier" in student.page.locator("main").inner_text()
    student.shot("plan-by-term")
    student.press("Check and keep this plan")
    assert "Your plan is kept." in student.page.locator("main").inner_text()


def test_a_price_by_need_and_a_coupon(cast, visitor, tmp_path) -> None:
    terms = {"institution": "MITx", "currency": "USD", "terms": TERMS, "valid_from": date(2018, 1, 1)}
    actions.set_schedule(actor=SYSTEM, now=NOW, **terms)
    actions.make_coupon(actor=SYSTEM, coupon=coupon(percent=Decimal(10), stacks=True), now=NOW)
    me = cast["learner"]
    told = {"learner_id": me.person_id, "subject": "exam:X", "amount": Money(15_000, "USD"), "institution": "MITx"}
    charge_id = actions.charge(actor=me, now=NOW, **told)
    payslip = tmp_path / "payslip.pdf"
    payslip.write_bytes(b"sample payslip")
    student = visitor()
    student.sign_in("learner@example.org")
    student.go(f"/pay/{charge_id}/")
    student.follow("Ask for a price by need")
    student.page.get_by_label("Your income last year").fill("4000")
    student.page.get_by_label("Currency (three letters)").fill("USD")
    student.page.get_by_label("Country where you live (two letters)").fill("KE")
    student.page.get_by_label("Document that shows your income").set_input_files(str(payslip))
    student.press("Hand in")
    staff = visitor()
    staff.sign_in("staff@example.org")
    staff.go("/desk/money/")
    staff.press("Approve")
    student.go(f"/pay/{charge_id}/")
    assert "$37.50" in student.page.locator("main").inner_text()
    student.page.get_by_label("Code").fill("ten")
    student.press("Apply code")
    assert "$33.75" in student.page.locator("main").inner_text()
