"""Degrees on pages and over the API: a list prepared and approved, called off, the learner's page, a revocation."""

import json

import pytest
from django.test import Client
from tests.api.test_verbs import call
from tests.factories.acts import confirmed
from tests.factories.people import browser, person
from tests.recognition.test_actions import LATER, cast, join, joined, learner  # noqa: F401
from tests.recognition.test_by_hand import degree, second  # noqa: F401
from tests.recognition.test_conferrals import BEGUN, DAY, credential_of, done  # noqa: F401
from tests.web.test_credit_desk import text_of

from linkspan.kernel import outbox
from linkspan.recognition import actions
from linkspan.recognition.models import ConferralHoldsRow, ConferralListRow, ConferralRow

pytestmark = pytest.mark.django_db
PREPARE = "/desk/degrees/prepare/HES/"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())


def test_a_degree_from_the_list_to_the_learner_and_its_revocation(cast, learner, done, second, monkeypatch) -> None:  # noqa: F811
    registrar, colleague = browser(cast["registrar"]), browser(second)
    assert "You have completed the degree." in text_of(browser(learner), "/degree/")
    assert PREPARE in text_of(registrar, "/desk/degrees/") and "Ana A" in text_of(registrar, PREPARE)
    form = {"one": [str(done)], "kind": "MasterDegree", "day": "01.11.2018", "program": "ALM Management"}
    page = registrar.post(PREPARE, form)
    assert page.status_code == 422 and 'id="day-error"' in page.content.decode() and "checked" in page.content.decode()
    page = registrar.post(PREPARE, form | {"day": str(DAY), "one": []})
    assert page.status_code == 422 and 'id="people-error"' in page.content.decode()
    assert registrar.post(PREPARE, form | {"day": str(DAY)}).status_code == 302
    row, one = ConferralListRow.objects.get(), ConferralRow.objects.get()
    path, file = f"/desk/degrees/lists/{row.id}/", f"/desk/degrees/{one.id}/"
    assert "It waits for a colleague" in text_of(registrar, path) and "Approve" not in text_of(registrar, path)
    for to, error in ((path, "reason-error"), (f"{file}leave-out/", f"why-{one.id}-error")):
        page = registrar.post(to, {"do": "call_off"} if to == path else {})
        assert page.status_code == 422 and f'id="{error}"' in page.content.decode(), "said at the field"
    assert "Approve or refuse a list of degrees" in text_of(colleague, "/desk/today/")
    assert "Approve or refuse a list of degrees" not in text_of(registrar, "/desk/today/")
    assert "1 person gets a message" not in colleague.post(path, {"do": "approve"}).content.decode()
    assert confirmed(colleague, path, {"do": "approve"}).status_code == 302
    assert "Call the list off" in text_of(registrar, path) and "Ana A" in text_of(registrar, path)
    monkeypatch.setenv("LINKSPAN_ON", BEGUN.isoformat())
    actions.confer_due(BEGUN)
    outbox.drain(now=BEGUN)
    mine = text_of(browser(learner), "/degree/")
    assert "was conferred on you on Nov 1, 2018" in mine and str(credential_of(learner).id) in mine
    shown = text_of(browser(learner), f"/credentials/{credential_of(learner).id}/")
    assert "Master of Liberal Arts, Management" in shown
    sent = {"credential": json.dumps(credential_of(learner).document)}
    shown = Client().post("/verify/", sent).content.decode()
    assert "Master of Liberal Arts, Management" in shown and "Not valid" not in shown
    assert file in text_of(registrar, f"/desk/people/{learner.person_id}/")
    assert "Ana A" in text_of(registrar, "/desk/degrees/?state=conferred")
    page = registrar.post(file, {"do": "ask", "reason": "Case <12>.", "told": " "})
    page = page.content.decode() if page.status_code == 422 else ""
    assert "Case &lt;12&gt;." in page and 'id="told-error"' in page and 'id="reason-error"' not in page
    assert registrar.post(file, {"do": "ask", "reason": "Case 12.", "told": "Not yours."}).status_code == 302
    assert "It waits for a colleague" in text_of(registrar, file)
    seen = colleague.post(file, {"do": "revoke"}).content.decode()
    assert "1 person gets a message" in " ".join(seen.split())
    assert confirmed(colleague, file, {"do": "revoke"}).status_code == 302
    outbox.drain(now=BEGUN)
    mine = text_of(browser(learner), "/degree/")
    assert "was revoked. Reason: Not yours." in mine and "Case 12." not in mine
    assert "Not valid" in Client().post("/verify/", sent).content.decode()


def test_a_list_over_the_api_and_what_holds_back(cast, learner, done, second, client) -> None:  # noqa: F811
    registrar = cast["registrar"]
    (found,) = call(client, registrar, "conferrals/candidates/HES").json()
    assert found["application_id"] == str(done) and found["audit"]["missing"] == []
    body = {"institution": "HES", "application_ids": [str(done)], "kind": "MasterDegree", "day": str(DAY)}
    assert call(client, learner, "conferrals/lists/", body, key="0").status_code == 403
    made = call(client, registrar, "conferrals/lists/", body, key="a").json()
    assert call(client, registrar, "conferrals/lists/", body, key="a").json() == made
    path = f"conferrals/lists/{made['list']['id']}"
    decide = {"accept": True, "reason": "Yes."}
    assert call(client, registrar, f"{path}/decision", decide, key="b").status_code == 409
    assert len(call(client, second, f"{path}/decision", decide, key="c").json()["approved"]) == 1
    one = call(client, registrar, path).json()["people"][0]["conferral"]["id"]
    assert call(client, registrar, f"conferrals/{one}").json()["conferral"]["state"] == "approved"
    assert call(client, registrar, f"{path}/withdrawal", {"reason": "Later."}, key="d").json()["state"] == "called_off"
    assert call(client, learner, "conferrals/mine").json() == []
    far = person("Far Registrar", ("registrar", "MIT"))
    assert call(client, far, path).status_code == 404
    asked = browser(registrar).post("/desk/degrees/holds/HES/", {"hold": ["open_case", "name_not_checked"]})
    assert asked.status_code == 302 and ConferralHoldsRow.objects.get().holds == ["name_not_checked", "open_case"]
    assert call(client, registrar, "conferrals/holds/HES").json()["holds"] == ["open_case", "name_not_checked"]
    assert browser(registrar).post("/desk/degrees/holds/HES/", {"hold": ["x"]}).status_code == 422
    assert browser(registrar).get("/desk/degrees/holds/MIT/").status_code == 403
