"""Joining and cases on hold over HTTP: each verb by its role, none by the others."""

from base64 import b64encode

import pytest
from tests.api.test_verbs import call
from tests.factories.people import NOW, SYSTEM, person
from tests.institutions.test_joining import FIELDS, look
from tests.pathways.examples import agreement, record

from linkspan.institutions.actions import joining
from linkspan.kernel.ids import new_id
from linkspan.pathways.actions import publish_version
from linkspan.pathways.actions.holds import note_holds
from linkspan.pathways.queries.holds import waiting_holds

pytestmark = pytest.mark.django_db
BODY = {name: value for name, value in FIELDS.items() if name != "evidence"}
BODY["evidence_base64"] = b64encode(b"letter").decode()


def test_an_institution_joins(client) -> None:
    applicant, operator, other = person("New Registrar"), person("Ola Operator", ("operator", None)), person("Else")
    assert call(client, applicant, "joining/", BODY | {"evidence_base64": "%"}, key="bad").status_code == 422
    assert call(client, applicant, "joining/", BODY | {"country": "Narnia"}, key="bad2").status_code == 422
    made = call(client, applicant, "joining/", BODY, key="one").json()
    assert made["state"] == "registered" and made["proof"].startswith("linkspan-domain=")
    path = f"joining/{made['id']}"
    assert call(client, applicant, path).json()["code"] == "NEWU"
    assert [row["id"] for row in call(client, applicant, "joining/").json()] == [made["id"]]
    assert call(client, other, "joining/").json() == []
    assert call(client, other, path).status_code == 404
    assert call(client, other, f"{path}/proof", {}, key="theirs").status_code == 404
    joining.prove_domain(actor=applicant, registration_id=made["id"], look=look([made["proof"]]), now=NOW)
    assert call(client, applicant, f"{path}/proof", {}, key="proof").json() == {"state": "domain_proved"}
    verdict = {"accept": True, "reason": "Found in the board's register."}
    for who in (applicant, other, person("Reg", ("registrar", "MIT"))):
        assert call(client, who, "joining/review").status_code == 403
        assert call(client, who, f"{path}/review", verdict, key="v").status_code == 403
    assert [row["code"] for row in call(client, operator, "joining/review").json()] == ["NEWU"]
    assert call(client, operator, f"{path}/review", verdict, key="v").json() == {"state": "admitted"}


def test_a_hold_is_released_by_whom_it_may(client) -> None:
    hold = {"clause": "H1", "text": "Look first", "rule": {"compare": ["residence", "in", ["XA"]]}}
    publish_version(actor=SYSTEM, document=agreement() | {"holds": [hold]}, now=NOW)
    learner = person("Lea Learner")
    held = record() | {"residence": "XA"}
    note_holds(learner_id=learner.person_id, record=held, agreement_id="receiving-from-sending", on=NOW.date(), now=NOW)
    officer = person("Officer", ("admissions", "Receiving"))
    (case,) = call(client, officer, "holds/").json()
    assert case["text"] == "Look first"
    path = f"holds/{case['id']}/release"
    for who in (learner, person("Elsewhere", ("registrar", "Elsewhere")), person("Dean", ("dean", "Receiving"))):
        assert call(client, who, path, {"reason": "So."}, key="r").status_code == 403
    assert call(client, learner, "holds/").status_code == 403
    assert call(client, officer, path, {"reason": " "}, key="empty").status_code == 422
    assert call(client, officer, f"holds/{new_id()}/release", {"reason": "So."}, key="none").status_code == 404
    assert call(client, officer, path, {"reason": "A licence covers it."}, key="r").json() == {"done": True}
    assert waiting_holds(officer) == ()
