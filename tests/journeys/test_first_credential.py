"""A new university, in a real browser: from registering to its first issued credential, by pages and mails alone."""

import json
import re

import pytest
from django.core import mail

from linkspan.institutions.engines.domain import DomainLook
from linkspan.kernel import outbox
from linkspan.kernel.clock import domain_now
from linkspan.site.command import main

pytestmark = [pytest.mark.drill, pytest.mark.django_db(transaction=True)]
PASSWORD = "twelve drowsy geese"
CODE = re.compile(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)
UNIVERSITY = {
    "name": "Nova University (sample)",
    "code": "NOVA",
    "country": "NZ",
    "time_zone": "Pacific/Auckland",
    "domain": "nova.example",
    "accreditor": "Sample Board",
    "accreditation_id": "SB-9",
}
RUN = {
    "run": "1T2018",
    "time_zone": "Pacific/Auckland",
    "starts": "2018-02-01T00:00",
    "ends": "2018-06-01T00:00",
    "enrolment_opens": "2018-01-01T00:00",
    "enrolment_closes": "2018-03-01T00:00",
    "upgrade_by": "2018-03-01T00:00",
}
PROGRAM = {"code": "DS", "title": "Data Science", "summary": "Statistics, taught online."}
GRADE = {"institution": "NOVA", "id": "ST1", "grade": {"scale": "percent", "value": "88"}, "completed": "2018-06-01"}


@pytest.fixture
def scripts() -> bool:
    """Once is enough: pages go without scripts in the other journeys."""
    return True


@pytest.fixture(autouse=True)
def _now(monkeypatch, settings, tmp_path) -> None:
    monkeypatch.setenv("LINKSPAN_ON", "2018-11-05T10:00:00+00:00")
    settings.DOCUMENT_ROOT = tmp_path / "documents"


def letter_to(address: str) -> str:
    """The newest mail to an address; the worker sends it."""
    outbox.drain(now=domain_now())
    return [str(one.body) for one in mail.outbox if one.to == [address]][-1]


def fill(who, fields: dict[str, str], prefix: str = "#") -> None:
    for name, value in fields.items():
        field = who.page.locator(f"{prefix}{name}")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def signs_up(visitor, name: str, email: str):
    """Somebody new: the form, and the code in the mail."""
    who = visitor()
    who.go("/accounts/signup/")
    fill(who, {"name": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}, "#id_")
    who.page.press("#id_password2", "Enter")
    who.page.wait_for_selector("#id_code")
    who.page.fill("#id_code", CODE.search(letter_to(email))[1])
    who.page.press("#id_code", "Enter")
    who.page.wait_for_selector("#id_code", state="detached")
    return who


def becomes_operator(visitor, capsys, name: str, email: str):
    """The one command: it prints the link that opens the first operator's account."""
    assert main(["operator", "add", email, "--json"]) == 0
    link = json.loads(capsys.readouterr().out)["link"]
    who = visitor()
    who.page.goto(link)
    fill(who, {"name": name, "password": PASSWORD, "again": PASSWORD})
    who.page.locator("main form button").first.click()
    who.page.wait_for_load_state()
    return who


def publish(who, kind: str, fields: dict[str, str]) -> None:
    who.go(f"/desk/catalogue/NOVA/{kind}/enter/")
    fill(who, fields, "#f-")
    who.press("Save and look")
    who.press("Publish")


def test_from_registering_to_the_first_credential(visitor, capsys, settings, tmp_path, live_server) -> None:
    letter, grades = tmp_path / "letter.txt", tmp_path / "grades.jsonl"
    letter.write_text("The board accredits Nova University (sample).")
    facts = [{"kind": "course_grade", "key": "ST1-1T2018", "data": GRADE}]
    grades.write_text(json.dumps({"email": "ada@learners.example", "name": "Ada Learner", "facts": facts}))

    operator = becomes_operator(visitor, capsys, "Ola Operator", "ola@site.example")
    nova = signs_up(visitor, "Nova Registrar", "registrar@nova.example")
    nova.go("/join/")
    fill(nova, UNIVERSITY)
    nova.page.set_input_files("#file", str(letter))
    nova.press("Register the institution")
    proof = re.search(r"linkspan-domain=[\w-]+", nova.page.locator("main").inner_text())[0]
    settings.DOMAIN_LOOK = DomainLook(resolve=lambda name: [proof], port=1)
    nova.press("Look for it now")
    operator.go("/desk/joining/")
    operator.page.get_by_label("What was checked, or why it is refused").fill("Found in the board's register.")
    operator.press("Accept the accreditation")

    # The catalogue, in the order in which the desk says it.
    nova.go("/desk/catalogue/NOVA/")
    nova.check()
    publish(nova, "course", {"code": "ST1", "title": "Statistics", "summary": "Chance and data.", "credits": "4"})
    publish(nova, "run", {"course": "ST1"} | RUN)
    publish(nova, "price", {"amount": "100.00", "currency": "NZD", "valid_from": "2018-11-05"})
    publish(nova, "program", {"kind": "certificate"} | PROGRAM)
    nova.go("/desk/catalogue/NOVA/tree/")
    fill(nova, {"f-program": "DS", "f-catalogue_year": "2018", "f-valid_from": "2018-11-05"})
    if not nova.page.locator("#key-1").count():
        nova.press("Add to part 1")
    fill(nova, {"key-1": "NOVA/ST1", "percent-1": "60"})
    nova.page.get_by_role("button", name="Save and look", exact=True).last.click()
    nova.page.wait_for_load_state()
    nova.press("Publish")
    assert "What to do first" not in nova.page.content()

    ada = signs_up(visitor, "Ada Learner", "ada@learners.example")
    # Grades from the learning platform, looked at before they are taken.
    nova.go("/desk/imports/")
    nova.page.set_input_files("#file", str(grades))
    nova.press("Check the file")
    nova.press("Import the sound rows")
    outbox.drain(now=domain_now())
    nova.go("/desk/credentials/")
    nova.press("Approve and issue what is ticked")
    outbox.drain(now=domain_now())

    ada.go("/credentials/")
    assert "Data Science" in ada.page.locator("main").inner_text()
