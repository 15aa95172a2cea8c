"""A new institution, in a real browser: from registration to a live pathway, and nobody touches data for it."""

import pytest
from tests.factories.people import person
from tests.journeys import test_story

from linkspan.institutions.engines.domain import DomainLook
from linkspan.institutions.queries.joining import own_registrations
from linkspan.site.sample import story
from linkspan.site.sample.load import world

pytestmark = pytest.mark.django_db(transaction=True)
people, stage = test_story.people, test_story.stage


def email_of(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.org"


def test_from_registration_to_a_live_pathway(stage, visitor, monkeypatch, settings, tmp_path) -> None:
    cast, _ = stage
    test_story.at(monkeypatch, "2018-11-05T10:00:00+00:00")
    story.add_holders(cast, world())
    newcomer = person("Nova Registrar")
    person("Mitx Registrar", ("registrar", "MITx"))
    person("Ola Reviewer", ("operator", None))
    letter = tmp_path / "letter.txt"
    letter.write_text("The board accredits Nova University (sample).")

    nova = visitor()
    nova.sign_in(email_of("Nova Registrar"))
    nova.go("/pathways/")
    nova.follow("Your institution can join: register it")
    for name, value in {
        "name": "Nova University (sample)",
        "code": "NOVA",
        "country": "NZ",
        "time_zone": "Pacific/Auckland",
        "domain": "nova.example",
        "accreditor": "Sample Board",
        "accreditation_id": "SB-9",
    }.items():
        nova.page.fill(f"#{name}", value)
    nova.page.set_input_files("#file", str(letter))
    nova.press("Register the institution")
    (registration,) = own_registrations(newcomer)
    settings.DOMAIN_LOOK = DomainLook(resolve=lambda name: [registration.proof], port=1)
    nova.shot("joining")
    nova.press("Look for it now")

    operator = visitor()
    operator.sign_in(email_of("Ola Reviewer"))
    operator.go("/desk/joining/")
    operator.page.get_by_label("What was checked, or why it is refused").fill("Found in the board's register.")
    operator.press("Accept the accreditation")

    nova.go(f"/join/{registration.id}/")
    nova.follow("Begin a pathway, from a template or another agreement")
    nova.page.select_option("#side", "receiving")
    nova.page.fill("#own_program", "MDS")
    nova.page.select_option("#partner", "MITx")
    nova.page.fill("#partner_program", "SDS")
    nova.page.select_option("#template", "hes-management-from-mitx-scm")
    nova.press("Begin the draft")
    nova.page.fill("#title", "Master of Data Science")
    nova.page.fill("#receiving_title", "Master of Data Science")
    nova.page.get_by_label("Not in the catalogue yet").first.fill("MDS")
    nova.page.fill("#degree_credits", "48")
    nova.page.fill("#degree_courses", "12")
    nova.page.fill("#valid_from", "2018-11-05")
    rows = nova.page.locator("input[name$='-remove']")
    for number in range(rows.count()):
        rows.nth(number).check()
    nova.page.select_option("#add", "requirements:credential")
    nova.press("Save and show")
    nova.page.fill("#requirements-0-text", "Holds the MicroMasters credential in Statistics and Data Science")
    nova.page.select_option("#add", "slots:slot")
    nova.press("Save and show")
    nova.page.fill("#slots-0-slot", "elective")
    nova.page.fill("#slots-0-courses", "12")
    nova.page.select_option("#add", "recognition:any_of")
    nova.press("Save and show")
    nova.page.fill("#recognition-0-any_of", "6.431x, 18.6501x, 6.86x")
    nova.page.fill("#recognition-0-slot", "elective")
    nova.page.fill("#recognition-0-credits", "4")
    nova.page.fill("#recognition-0-times", "3")
    nova.press("Save and show")
    nova.shot("agreement-editor")
    nova.press("Save and make the impact report")
    assert "numbers of people are told in fives" in nova.page.content()
    nova.go("/desk/agreements/")
    nova.follow("Master of Data Science")
    nova.press("Save and send to the partner")
    assert "The other party can read it now" in nova.page.content(), nova.page.locator("main").inner_text()
    sent = nova.page.url.removeprefix(nova.base)

    mitx = visitor()
    mitx.sign_in(email_of("Mitx Registrar"))
    mitx.go("/desk/agreements/")
    mitx.follow("Master of Data Science")
    mitx.press("Make the impact report")
    assert "gains" in mitx.page.content()
    mitx.shot("agreement-impact")
    mitx.go(sent)
    mitx.page.fill("#comment", "We agree, with thanks.")
    mitx.press("Write the remark")
    mitx.shot("agreement-review")
    mitx.press("Approve these terms")
    nova.go(sent)
    nova.press("Approve these terms")
    nova.page.select_option("#to", "active")
    nova.page.fill("#reason", "Both parties approved.")
    nova.press("Move it")
    nova.confirm("Both parties approved.")
    nova.go("/desk/agreements/")
    nova.shot("agreement-desk")

    holder = visitor()
    holder.sign_in(next(row["email"] for row in world()["holders"] if row["program"] == "SDS"))
    holder.go("/pathways/mine/")
    assert "Master of Data Science" in holder.page.content()
