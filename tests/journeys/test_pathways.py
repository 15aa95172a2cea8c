"""A holder looks where to go, plans, and lets a school read; the school reads; in a real browser."""

import re

import pytest
from tests.journeys import test_story

from linkspan.site.sample import story
from linkspan.site.sample.load import email_of, world

pytestmark = pytest.mark.django_db(transaction=True)
people, stage = test_story.people, test_story.stage
HOLDER = "dedp-holder@example.org"
HES, MIT = "hes-management-from-mitx-scm", "mit-scm-blended-from-mitx-scm"


@pytest.fixture
def cast(visitor, stage, monkeypatch):
    test_story.at(monkeypatch, "2018-10-03T12:00:00+00:00")
    story.add_holders(stage[0], world())
    return stage[0]


def test_from_what_if_to_a_plan_that_is_shared(cast, visitor) -> None:
    learner, friend = visitor(), visitor(320)
    learner.sign_in(HOLDER)
    learner.go("/pathways/mine/")
    learner.shot("pathways_mine")
    learner.page.locator("article summary").first.click()
    learner.check()
    learner.go("/pathways/?sending=MITx/SCM&sort=cost")
    learner.go("/pathways/?country=ZZ")
    learner.go("/pathways/next/")
    learner.shot("next_steps")
    learner.go("/pathways/what-if/")
    learner.page.get_by_label("Program", exact=True).select_option(label="MITx: Supply Chain Management")
    learner.page.get_by_label("Test").first.fill("TOEFL")
    learner.page.get_by_label("Score").first.fill("much")
    learner.press("See where it would take me")
    assert "write the score as a number" in learner.page.get_by_role("alert").inner_text()
    learner.page.get_by_label("Score").first.fill("104")
    learner.press("See where it would take me")
    assert "changed: today it is" in learner.page.inner_text("main")
    learner.page.locator("#answers").scroll_into_view_if_needed()
    learner.shot("what_if")
    learner.page.get_by_label("Keep this as a plan").fill("Supply chain, then a degree")
    learner.press("Save the plan")
    learner.press("Make a link")
    link = learner.page.get_by_label("Link").first.input_value()
    learner.shot("plan")
    friend.go(re.sub(r"^https?://[^/]+", "", link))
    assert "Still missing" not in friend.page.inner_text("main")
    learner.press("End this link")
    answer = friend.page.goto(link)
    assert answer.status == 404
    friend.check()


def test_comparing_keeping_and_the_calendar(cast, visitor) -> None:
    learner = visitor()
    learner.sign_in(HOLDER)
    learner.go(f"/pathways/compare/?p={HES}&p={MIT}")
    learner.shot("compare")
    learner.go("/pathways/mine/")
    card = learner.page.locator("article", has_text="Global Development Practice")
    card.locator("summary").click()
    card.get_by_role("button", name="Keep in view").click()
    learner.check()
    learner.press("Make a calendar address")
    assert learner.page.get_by_label("Subscribe to this address").input_value().endswith(".ics")
    learner.press("Make this address worthless")


def test_a_school_reads_on_consent_and_the_learner_sees_it(cast, visitor) -> None:
    learner, staff = visitor(), visitor()
    learner.sign_in(HOLDER)
    learner.go("/consents/")
    learner.press("Sign and give the consent")
    learner.page.get_by_label("Who may read").select_option(label="Harvard Extension School")
    for part in ("credentials", "courses"):
        learner.page.get_by_label(part, exact=True).check()
    learner.page.get_by_label("Sign with your name").fill("Bela Sample")
    learner.press("Sign and give the consent")
    learner.shot("consents")
    staff.sign_in(email_of("hes-admissions"))
    staff.go("/desk/inbox/")
    staff.shot("inbox")
    staff.press("Read the record of Bela Sample")
    assert staff.page.locator(".pill-valid").count() == 1
    staff.shot("disclosed")
    learner.go("/disclosures/")
    assert "Kim HES-Admissions" in learner.page.inner_text("main")
    learner.shot("disclosures")
    learner.go("/consents/")
    learner.press("End this consent to Harvard Extension School")
    staff.go("/desk/inbox/HES/")
    assert "The inbox is empty" in staff.page.inner_text("main")


def test_the_catalogue_for_search_engines_and_schools_sites(cast, visitor) -> None:
    reader, registrar = visitor(), visitor()
    refused: list[str] = []
    reader.page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    reader.go("/pathways/")
    reader.shot("pathways")
    reader.go(f"/pathways/{HES}/")
    assert reader.page.locator("script[type='application/ld+json']").count() == 1
    assert refused == [], "a data block is no script to the policy"
    registrar.sign_in(email_of("registrar"))
    registrar.go("/desk/widget/HES/")
    registrar.page.get_by_label("Address of the site").fill(registrar.base)
    registrar.press("Let this site show them")
    reader.go("/widget/HES/")
    reader.shot("widget")
