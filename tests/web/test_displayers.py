"""What a displayer of Open Badges 3.0 must show, on the certificate's page and on the verify page: a line each."""

import json
from datetime import timedelta

import pytest
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.vc.makers import DID, OTHER_SEED, SEED, unsigned

from linkspan.credentials import actions
from linkspan.institutions.actions import trust
from linkspan.institutions.rules import TrustKind
from linkspan.vc import sign

pytestmark = pytest.mark.django_db
OB_ENDORSEMENT = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:0190f2b4-0000-7000-8000-0000000000e1",
    "type": ["VerifiableCredential", "EndorsementCredential"],
    "name": "Endorsement",
    "issuer": {"id": DID, "type": ["Profile"], "name": "MITx"},
    "validFrom": "2018-06-30T12:00:00Z",
    "credentialSubject": {"id": DID, "type": ["EndorsementSubject"], "endorsementComment": "Well made."},
}


def whole(**changes) -> dict:
    """An outside badge with every member that displayers show."""
    document = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    subject = document["credentialSubject"]
    achievement = {
        **subject["achievement"],
        "image": {"id": "https://pictures.example/b.png", "type": "Image"},
        "criteria": {"id": "https://mitx.example/criteria", "narrative": "Pass all of it"},
    }
    subject = {**subject, "achievement": achievement, "creditsEarned": 12, "narrative": "Led a team"}
    more = {"validUntil": "2040-02-03T00:00:00Z", "endorsement": [sign(OB_ENDORSEMENT, SEED, created=NOW)]}
    return sign({**document, **more, "credentialSubject": subject, **changes}, SEED, created=NOW)


#: What CERT and the page of a credential ask for, and the words by which this badge shows it.
SHOWN = {
    "image": "https://pictures.example/b.png",
    "name": "Supply Chain Management",
    "description": "Five courses and an exam",
    "criteria": "Pass all of it",
    "criteria's page": "https://mitx.example/criteria",
    "issuer, as registered": "Outside University",
    "issuer, as it says": "MITx",
    "award date": "Jun 30, 2018",
    "valid until": "Feb 3, 2040",
    "verdict": "Valid",
    "status": "The credential says nothing of revocation.",
    "results": "SC0x: 78",
    "credits": "<dd>12</dd>",
    "evidence": "Proctored",
    "evidence's page": "https://mitx.example/exams/1",
    "alignments": "https://hes.example/management",
    "holder": "Amara Sample",
    "endorsements": "Endorsements",
    "what the holder did": "Led a team",
}


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def page(cast, client) -> str:
    told = {"institution": "HES", "kind": TrustKind.ISSUER, "name": "Outside University", "reason": "A partner."}
    trust(actor=cast["registrar"], address=DID, now=NOW, **told)
    return client.post("/verify/", {"credential": json.dumps(whole())}).content.decode()


@pytest.mark.parametrize("member", SHOWN)
def test_the_verify_page_shows(page, member) -> None:
    assert SHOWN[member] in page


def test_it_loads_nothing_from_elsewhere_and_shows_no_address_of_the_holder(page) -> None:
    assert 'src="https://pictures' not in page
    assert "sha256$" not in page and "amara@example.org" not in page


def test_the_certificate_page_shows_all_of_ours(cast, client) -> None:
    put_grades(cast["learner"])
    told = {"learner_id": cast["learner"].person_id, "program_key": "MITx/SCM"}
    held = actions.issue_program_credential(actor=SYSTEM, now=NOW + timedelta(days=1), **told)
    page = client.get(f"/credentials/{held.id}/").content.decode()
    for words in (
        '<img src="/badges/MITx/SCM.png"',
        "Supply Chain Management",
        "Five graduate-level courses",
        "MITx/SC0x: 60% or more",
        "The issuer, as it is registered here",
        "Awarded",
        "The issuer has not revoked it.",
        "SC0x",
        "Proctored exam under a confirmed legal name",
        "Corresponds to",
        "https://ctdl.example/resources/ce-sample-scm",
    ):
        assert words in page, words


HOSTILE = "<script>alert(1)</script>"


def test_a_hostile_badge_shows_as_text_and_leads_nowhere_else(client) -> None:
    document = whole(name=HOSTILE)
    achievement = document["credentialSubject"]["achievement"]
    achievement |= {
        "name": HOSTILE,
        "description": HOSTILE * 500,
        "image": {"id": "javascript:alert(2)", "type": "Image"},
    }
    achievement["criteria"] = {"id": "data:text/html,x", "narrative": HOSTILE}
    achievement["alignment"] = [{"type": ["Alignment"], "targetName": HOSTILE, "targetUrl": "javascript:alert(3)"}] * 60
    page = client.post("/verify/", {"credential": json.dumps(document)}).content.decode()
    assert "<script>alert" not in page and "javascript:" not in page and "data:text" not in page
    assert "do not rely on any of this" in page and len(page) < 60_000
    for broken in (None, 7, [], {}, [[]], {"achievement": [7, None, {"criteria": 1, "image": [], "alignment": "x"}]}):
        again = {**document, "credentialSubject": broken, "issuer": broken}
        assert client.post("/verify/", {"credential": json.dumps(again)}).status_code in (200, 422)


def test_several_achievements_are_all_shown_and_a_stranger_is_not_confirmed(client) -> None:
    document = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    subject = document["credentialSubject"]
    second = {**subject, "achievement": {**subject["achievement"], "name": "The second one"}}
    both = sign({**document, "credentialSubject": [subject, second]}, OTHER_SEED, created=NOW)
    page = client.post("/verify/", {"credential": json.dumps(both)}).content.decode()
    assert "Supply Chain Management" in page and "The second one" in page


def test_of_several_each_is_named_and_none_hides_the_verdict_of_another(client) -> None:
    """A name that turns the direction of a line takes nothing from the word beside it."""
    named = [f"A {number}\u202e" for number in range(2)]
    subjects = []
    for name in named:
        achieved = {**unsigned()["credentialSubject"]["achievement"], "name": name}
        subjects.append({"type": ["AchievementSubject"], "achievement": achieved})
    several = {**unsigned(), "type": ["VerifiableCredential", "OpenBadgeCredential"], "credentialSubject": subjects}
    held = sign(several, SEED, created=NOW)
    context = ["https://www.w3.org/ns/credentials/v2"]
    both = {"@context": context, "type": ["VerifiablePresentation"], "verifiableCredential": [held, whole()]}
    page = client.post("/verify/", {"credential": json.dumps(both)}).content.decode()
    told = page.split("Credentials in it")[1].split("Each check")[0]
    assert "\u202e" not in page and told.count("<bdi>") == 3
    assert "A 0" in told and "A 1" in told and "Supply Chain Management" in told and "Not valid" in told
