"""An auditor opens an entry, replays the decision behind it on the page, and takes the case with its evidence."""

import hashlib
import io
import json
import re
import zipfile

import pytest
from django.test import Client
from tests.admissions.test_actions import AFTER, MIT, NOW, admissible, opened, scored
from tests.api.test_verbs import call
from tests.factories.acts import match
from tests.factories.machine_words import machine_words
from tests.factories.people import browser, person
from tests.factories.world import load_world

from linkspan.accounts.models import Disclosure
from linkspan.admissions import actions
from linkspan.admissions.queries import application
from linkspan.admissions.rules.applications import Mode
from linkspan.kernel.audit.chain import commitment, words
from linkspan.kernel.models import TrailEntry
from linkspan.pathways.models import AuditRow
from linkspan.web.trail import value_told

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", AFTER.isoformat())
    return load_world()


@pytest.fixture
def decided(cast):
    """An application with a document, decided by the office; and who took part."""
    learner = admissible(cast, "Ana A")
    round_id = opened(Mode.ROLLING, None, MIT)
    actions.add_document(
        actor=learner, round_id=round_id, slot="document 1", name="cv.pdf", content=b"%PDF-1.7 cv", now=NOW
    )
    made = actions.submit_application(actor=learner, round_id=round_id, statement="I want to learn.", now=NOW)
    actions.decide_application(actor=cast["mit-admissions"], application_id=made.id, admit=True, reason="", now=NOW)
    return learner, application(learner, made.id)


@pytest.fixture
def auditor():
    return person("Noor Auditor", ("auditor", None))


def position(verb: str) -> int:
    return TrailEntry.objects.filter(verb=verb).latest("position").position


def page(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_an_entry_shows_before_and_after_and_leads_to_its_replay_and_case(decided, auditor) -> None:
    _, made = decided
    client = browser(auditor)
    at = position("decide_application")
    assert f'href="/desk/trail/entries/{at}/?q=decide"' in page(client, "/desk/trail/?q=decide")
    shown = page(client, f"/desk/trail/entries/{at}/")
    assert "offered" in shown and "submit application" in shown and machine_words(shown) == []
    assert f"/desk/trail/replay/{AuditRow.objects.get(id=made.audit_id).id}/" in shown
    assert f"/desk/trail/cases/{made.id}/" in shown
    assert client.get("/desk/trail/entries/999999/").status_code == 404


def test_an_entry_that_was_changed_in_the_database_is_named(decided, auditor) -> None:
    at = position("decide_application")
    TrailEntry.objects.filter(position=at).update(after={"state": "refused"})
    assert "is not as it was written" in page(browser(auditor), f"/desk/trail/entries/{at}/")


def test_a_decision_is_replayed_on_the_page_for_those_who_may_see_it(cast, decided, auditor) -> None:
    learner, made = decided
    path = f"/desk/trail/replay/{made.audit_id}/"
    shown = page(browser(auditor), path)
    assert "The same is decided again." in shown and machine_words(shown) == []
    assert "The same is decided again." in page(browser(cast["mit-admissions"]), path)
    assert browser(learner).get(path).status_code == 200
    elsewhere = [cast["hes-admissions"], cast["mitx-registrar"], person("Sam Stranger")]
    assert [browser(one).get(path).status_code for one in elsewhere] == [403, 403, 403]
    row = AuditRow.objects.get(id=made.audit_id)
    row.result["requirements"][0]["outcome"] = "not_met"
    row.save()
    shown = page(browser(auditor), path)
    assert "It is decided otherwise now." in shown and machine_words(shown) == []


def test_a_replay_and_an_entry_are_answered_over_the_api(decided, auditor) -> None:
    learner, made = decided
    found = call(Client(), auditor, f"pathways/audits/{made.audit_id}/replay").json()
    assert found["same"] is True and found["before"] == "met" and found["version"] == 1
    at = position("decide_application")
    entry = call(Client(), auditor, f"screens/desk/trail/{at}").json()
    assert entry["whole"]["entry"]["verb"] == "decide_application" and entry["audits"] == [str(made.audit_id)]
    assert call(Client(), learner, f"screens/desk/trail/{at}").status_code == 403
    assert call(Client(), person("Sam Stranger"), f"pathways/audits/{made.audit_id}/replay").status_code == 403


def test_a_round_is_matched_again_on_the_page(cast, auditor) -> None:
    round_id = opened()
    scored(cast, round_id, "Ana A", 900)
    office = cast["mit-admissions"]
    match(actor=office, round_id=round_id, now=AFTER)
    client = browser(auditor)
    shown = page(client, f"/desk/trail/entries/{position('decide_round')}/")
    link = re.search(r'href="(/desk/trail/rounds/[^"]+)"', shown)
    assert link
    told = page(client, link[1])
    assert "the same people and the same order again" in told and machine_words(told) == []
    assert browser(office).get(link[1]).status_code == 200
    assert browser(cast["hes-admissions"]).get(link[1]).status_code == 403
    assert [one["same"] for one in call(Client(), auditor, f"admission_desk/rounds/{round_id}/replay").json()] == [True]


def test_a_case_leaves_with_its_evidence_and_the_learner_reads_so(cast, decided, auditor) -> None:
    learner, made = decided
    client, path = browser(auditor), f"/desk/trail/cases/{made.id}/"
    assert client.post(path, {"reason": "  "}).status_code == 422
    for other in (cast["mit-admissions"], learner, cast["dean"], person("A", ("auditor", "MIT"))):
        assert browser(other).post(path, {"reason": "Curious."}).status_code in (403, 404)
    assert not Disclosure.objects.filter(basis="audit").exists()
    answer = client.post(path, {"reason": "Complaint of March."})
    held = zipfile.ZipFile(io.BytesIO(answer.content))
    manifest = json.loads(held.read("manifest.json"))
    assert manifest["why"] == "Complaint of March." and manifest["missing"] == []
    assert {name: hashlib.sha256(held.read(name)).hexdigest() for name in manifest["files"]} == manifest["files"]
    assert held.read("papers/01-document.pdf") == b"%PDF-1.7 cv"
    assert json.loads(held.read("replay.json"))["same"] is True
    entries = json.loads(held.read("trail.json"))
    assert {"submit_application", "decide_application", "add_document", "export_case"} <= {e["verb"] for e in entries}
    for one in entries:
        said = words(one["before"], one["after"], one["why"])
        assert commitment(one["words_salt"], said) == one["words_sha256"]
    (logged,) = Disclosure.objects.filter(basis="audit")
    assert (logged.learner_id, logged.institution, logged.reader_name) == (learner.person_id, "MIT", "Noor Auditor")
    assert "An auditor looked into your case" in page(browser(learner), "/disclosures/")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, ""),
        (True, "yes"),
        ({"minor": 270000, "currency": "USD"}, "$2,700"),
        ("in_review", "in review"),
        ("course-v1:MITx+SC0x+1T2018", "MITx SC0x 1T2018"),
        ("urn:uuid:1", "see For developers"),
        ("x" * 400, "x" * 300 + "…"),
        (["SC1x", "SC2x"], "SC1x, SC2x"),
        ({"state": "offered", "rank": 2}, "state: offered; rank: 2"),
        ("2018-09-01", "Sep 1, 2018"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_value_is_told_as_people_write_it(value, told) -> None:
    assert value_told(value) == told
