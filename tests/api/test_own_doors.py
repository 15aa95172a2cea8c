"""What one does with one's own things over the API: account, evidence, consents, plans, calendar, what one shows."""

from base64 import b64encode
from datetime import timedelta

import pytest
from tests.admissions.test_documents import clamd
from tests.api.test_verbs import call
from tests.factories.people import NOW, person
from tests.factories.world import load_world

from linkspan.accounts.models import User
from linkspan.credentials.models import HolderRow
from linkspan.kernel.models import TrailEntry

assert clamd, "a fixture"
pytestmark = pytest.mark.django_db
SCAN = b"%PDF-1.7 a scan"
DOCUMENT = b64encode(SCAN).decode()


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


def post(client, actor, path, body=None):
    """Post once, under a key that no other post of these tests has."""
    return call(client, actor, path, body or {}, key=f"{path}:{sorted((body or {}).items())}"[:120])


def test_preferences_are_those_that_there_are(client) -> None:
    me = person("Pia Preference")
    told = {"name": "Pia P.", "time_zone": "Africa/Nairobi", "locale": "en"}
    assert post(client, me, "identity/preferences", told).status_code == 204
    for wrong in ({"time_zone": "Mars/Base"}, {"locale": "xx"}, {"time_zone": "../etc/passwd"}):
        answer = post(client, me, "identity/preferences", told | wrong)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:linkspan:problem:preference_unusable")
    row = User.objects.get(id=me.person_id)
    assert (row.name, row.time_zone, row.locale) == ("Pia P.", "Africa/Nairobi", "en")


def test_evidence_of_a_name_is_read_by_its_owner_and_who_checks_it(client, cast) -> None:
    me, other, hes = cast["learner"], person("Otto Other"), person("Hal Registrar", ("registrar", "HES"))
    for wrong in ("%", "&", DOCUMENT + "="):
        assert post(client, me, "identity/", {"legal_name": "A B", "document_base64": wrong}).status_code == 422
    made = post(client, me, "identity/", {"legal_name": "Amara B", "document_base64": DOCUMENT}).json()["id"]
    assert call(client, me, "identity/mine").json()[0]["id"] == made
    assert call(client, other, "identity/mine").json() == []
    found = call(client, me, f"identity/{made}/document")
    assert (found.content, found["Content-Type"]) == (SCAN, "application/octet-stream")
    assert (found["Content-Disposition"], found["Cache-Control"]) == ("attachment", "private, no-store")
    assert call(client, other, f"identity/{made}/document").status_code in (403, 404)
    assert call(client, hes, f"identity/{made}/document").status_code in (403, 404)


def test_degrees_and_tests_are_stated_with_their_document(client) -> None:
    me = person("Dora Degree")
    degree = {"level": "bachelor", "institution": "Uni", "field": "Law", "conferred": "2015-06-30"}
    test = {"name": "TOEFL", "score": "100", "taken": "2018-01-05"}
    for path, body in (("degrees", degree), ("tests", test)):
        assert post(client, me, f"records/mine/{path}", body | {"document_base64": "%"}).status_code == 422
        assert post(client, me, f"records/mine/{path}", body).status_code == 422
        made = post(client, me, f"records/mine/{path}", body | {"document_base64": DOCUMENT})
        assert made.status_code == 200, made.content
    degree, test = degree | {"document_base64": DOCUMENT}, test | {"document_base64": DOCUMENT}
    for wrong in ({"level": "king"}, {"conferred": "soon"}, {"institution": ""}):
        assert post(client, me, "records/mine/degrees", degree | wrong).status_code == 422
    assert post(client, me, "records/mine/tests", test | {"score": "900"}).status_code == 422


def test_the_scanner_is_asked_before_anything_is_locked(client, cast, clamd) -> None:
    me, bad = person("Dora Degree"), b64encode(SCAN + b"virus").decode()
    degree = {"level": "bachelor", "institution": "Uni", "field": "Law", "conferred": "2015-06-30"}
    name = {"legal_name": "Dora Degree"}
    for path, body in (("records/mine/degrees", degree), ("identity/", name)):
        refused = post(client, me, path, body | {"document_base64": bad})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:linkspan:problem:document_infected")
        assert post(client, me, path, body | {"document_base64": DOCUMENT}).status_code == 200
    assert len(call(client, me, "identity/mine").json()) == 1


def test_a_consent_opens_one_record_to_one_school_until_it_ends(client, cast) -> None:
    me = cast["learner"]
    name = User.objects.get(id=me.person_id).name
    told = {
        "institution": "HES",
        "purpose": "credit_evaluation",
        "records": ["courses"],
        "expires_at": (NOW + timedelta(days=30)).isoformat(),
        "signature": name,
    }
    made = post(client, me, "consents/", told).json()["id"]
    assert call(client, me, "consents/", told, key="again").json()["id"] == made
    for wrong in ({"institution": "NONE"}, {"purpose": "gossip"}, {"records": []}, {"signature": "Somebody Else"}):
        assert 400 < post(client, me, "consents/", told | wrong).status_code < 500, wrong
    reading = {"learner_id": str(me.person_id), "purpose": "credit_evaluation"}
    hes = person("Hal Registrar", ("registrar", "HES"))
    for who, school in ((hes, "MIT"), (cast["mit-admissions"], "HES"), (me, "HES")):
        refused = post(client, who, f"inbox/{school}/readings", reading)
        assert refused.status_code in (403, 404), (who, school)
    shown = call(client, hes, "inbox/HES/readings", reading, key="first").json()
    assert (shown["learner_id"], shown["basis"], shown["parts"]) == (str(me.person_id), "consent", ["courses"])
    exported = call(client, hes, "inbox/HES/exports", {"wanted": [reading]}, key="all").json()
    assert [one["learner_id"] for one in exported] == [str(me.person_id)]
    assert call(client, person("Else"), f"consents/{made}/end", {}, key="theirs").status_code in (403, 404)
    assert post(client, me, f"consents/{made}/end").status_code == 204
    after = call(client, hes, "inbox/HES/readings", reading, key="second")
    assert after.status_code == 404
    assert [one["revoked_at"] is not None for one in call(client, me, "consents/mine").json()] == [True]


def test_plans_links_and_the_calendar_are_ones_own(client, cast) -> None:
    me, other = cast["learner"], person("Otto Other")
    known = call(client, None, "pathways/agreements?on=2018-10-03").json()[0]["id"]
    assert post(client, me, "plans/", {"title": "", "agreements": [known]}).status_code == 422
    assert post(client, me, "plans/", {"title": "X", "agreements": ["no-such"]}).status_code == 422
    plan = post(client, me, "plans/", {"title": "Mine", "agreements": [known]}).json()["id"]
    assert [one["title"] for one in call(client, me, "plans/").json()] == ["Mine"]
    assert call(client, me, "plans/watched").json() == [known]
    for path in (f"plans/{plan}/deletion", f"plans/{plan}/shares"):
        body = {"days": 7} if path.endswith("shares") else {}
        assert post(client, other, path, body).status_code == 404
    assert call(client, other, f"plans/{plan}").status_code == 404
    assert post(client, me, f"plans/{plan}/shares", {"days": 0}).status_code == 422
    share = post(client, me, f"plans/{plan}/shares", {"days": 7, "with_answers": True}).json()["id"]
    (link,) = call(client, me, f"plans/{plan}").json()["shares"]
    assert (link["id"], link["with_answers"], link["revoked_at"]) == (share, True, None)
    assert post(client, other, f"plans/shares/{share}/end").status_code == 404
    assert post(client, me, f"plans/shares/{share}/end").status_code == 204
    assert call(client, me, f"plans/{plan}").json()["shares"][0]["revoked_at"]
    assert post(client, me, f"plans/{plan}/deletion").status_code == 204
    assert call(client, me, f"plans/{plan}").status_code == 404
    assert post(client, me, "plans/watched", {"agreement": known, "keep": True}).status_code == 204
    assert call(client, me, "plans/watched").json() == [known]
    address = post(client, me, "plans/calendar/open").json()["address"]
    assert call(client, me, "plans/calendar").json() == {"address": address} and address.startswith("http")
    assert call(client, other, "plans/calendar").json() == {"address": ""}
    assert post(client, me, "plans/calendar/close").status_code == 204
    assert call(client, me, "plans/calendar").json() == {"address": ""}


def test_a_holder_chooses_what_is_shown(client, cast) -> None:
    assert post(client, cast["learner"], "awards/display", {"shows_name": True}).status_code == 204
    assert list(HolderRow.objects.values_list("learner_id", "shows_name")) == [(cast["learner"].person_id, True)]
    assert call(client, None, "awards/display", {"shows_name": True}, key="k").status_code == 401
    assert TrailEntry.objects.filter(verb="choose_display").count() == 1
