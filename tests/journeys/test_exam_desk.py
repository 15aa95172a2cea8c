"""Making an exam at a phone, the exam desk, and a form that saves itself, in a real browser."""

from datetime import timedelta

import pytest
from tests.factories import banks
from tests.factories import exams as make
from tests.factories.people import person
from tests.factories.world import load_world
from tests.journeys import test_story

from linkspan.exams import actions, queries, tasks
from linkspan.exams.rules import extra_percent
from linkspan.finance.actions import charge, report_payment
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db(transaction=True)
people, stage = test_story.people, test_story.stage
NOW = make.NOW


@pytest.fixture
def scripts() -> bool:
    """Answers save themselves here, by a script; the form itself is sent without."""
    return True


@pytest.fixture
def cast(stage, monkeypatch):
    test_story.at(monkeypatch, NOW.isoformat())
    return stage[0]


@pytest.fixture
def sitting(cast):
    return make.put_sitting()


def test_the_desk_and_the_form(cast, sitting, visitor, monkeypatch) -> None:
    assert load_world()["learner"].person_id == cast["learner"].person_id
    rejected, learner, second = person("Rejected Sample"), cast["learner"], make.second_proctor()
    for somebody in (rejected, learner):
        make.authorise(somebody, cast)
    first = make.begin(cast, rejected, sitting)
    actions.submit_attempt(actor=rejected, attempt_id=first.id, now=NOW)
    make.reject(first, cast["proctor"], now=NOW)
    actions.request_accommodations(actor=rejected, code="CFx", asked=[extra_percent(25)], document=None, now=NOW)
    charge_id = charge(
        actor=rejected,
        learner_id=rejected.person_id,
        subject="course-run:course-v1:MITx+SC0x+1T2018",
        amount=Money(100, "USD"),
        institution="MITx",
        now=NOW,
    )
    running = make.begin(cast, learner, sitting)

    student = visitor()
    student.sign_in("learner@example.org")
    student.go(f"/exams/attempts/{running.id}/")
    student.page.locator("#exam[data-open]").wait_for()
    field = student.page.locator("fieldset input[type=text]").first
    field.fill("17")
    student.page.get_by_text("Saved ").first.wait_for()
    student.page.reload()
    assert student.page.locator("fieldset input[type=text]").first.input_value() == "17"
    student.go("/exams/")
    student.page.locator("details summary").first.click()
    student.check()
    student.go("/account/")
    student.go("/notices/")

    monkeypatch.setattr("linkspan.finance.actions.charges.settings.DEMO", False, raising=False)
    report_payment(actor=rejected, charge_id=charge_id, reference="transfer 3", now=NOW)
    staff = visitor()
    staff.sign_in("staff@example.org")
    staff.go("/desk/exams/")
    assert "25% more time" in staff.page.content()
    staff.go("/desk/money/charges/?state=reported")
    staff.follow("Rejected Sample")
    assert staff.page.get_by_label("Reference under which the money came").input_value() == "transfer 3"
    staff.press("Confirm payment")

    proctor = visitor()
    proctor.sign_in("proctor@example.org")
    proctor.go("/desk/exams/")
    proctor.page.get_by_label("What was seen").first.fill("The picture froze.")
    proctor.press("Note the incident")
    assert queries.incidents_of(cast["proctor"], running.id)[0].note == "The picture froze."

    after = make.RELEASE + timedelta(hours=1)
    tasks.release_due_results(after)
    test_story.at(monkeypatch, after.isoformat())
    actions.appeal_verdict(actor=rejected, attempt_id=first.id, statement="It was a timer.", now=after)
    other = visitor()
    other.sign_in(f"{second.name.lower().replace(' ', '.')}@example.org")
    other.go("/desk/exams/")
    other.page.get_by_label("Reason, which the learner reads").fill("A timer indeed.")
    other.press("Uphold: the attempt counts")
    assert queries.appeal_of(rejected, first.id).state == "upheld"


def test_an_exam_is_made_at_a_phone(cast, visitor, tmp_path) -> None:
    bank = tmp_path / "bank.tar.gz"
    bank.write_bytes(banks.packed(banks.BANK))
    staff = visitor(width=360)
    page = staff.page
    staff.sign_in("staff@example.org")
    staff.go("/desk/")
    staff.follow("Make exams")
    staff.follow("New exam")
    page.get_by_label("Code").fill("INV")
    staff.press("Save draft")
    assert page.evaluate("document.activeElement.innerText").startswith("Nothing was saved. Correct these:")
    page.get_by_label("Title").fill("Inventory")
    staff.press("Save draft")
    for button in ("Check the file", "Save the questions"):
        page.get_by_label("OLX course").set_input_files(bank)
        staff.press(button)
    counts = page.get_by_label("Drawn", exact=True)
    for place, count in ((1, "1"), (2, "2"), (3, "1")):
        counts.nth(place).fill(count)
    staff.press("Save draft")
    staff.follow("See a question set as a learner")
    staff.follow("Inventory, version 1")
    staff.press("Publish")
    staff.follow("Add a sitting")
    for label, moment in (
        ("Opens", "2018-11-05T09:00"),
        ("Closes", "2018-11-05T17:00"),
        ("Results", "2018-11-20T09:00"),
    ):
        page.get_by_label(label).fill(moment)
    staff.press("Add the sitting")
    page.locator("tbody a").first.click()
    staff.check()
    page.get_by_text("Cancel the sitting").click()
    page.get_by_label("Reason").fill("No power.")
    staff.press("Cancel this sitting")
    (held,) = queries.held_sittings(cast["staff"], "INV")
    assert held.cancel_reason == "No power."
