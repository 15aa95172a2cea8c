"""The agreement verbs over HTTP: a pathway from draft to active by two registrars, and nothing for others."""

import pytest
from tests.api.test_verbs import call
from tests.factories.people import person
from tests.pathways.examples import agreement

pytestmark = pytest.mark.django_db
VERSION = "agreements/versions/receiving-from-sending/1"


@pytest.fixture
def cast():
    return {
        "receiving": person("R R", ("registrar", "Receiving")),
        "sending": person("S S", ("dean", "Sending")),
        "stranger": person("X X", ("registrar", "Elsewhere")),
        "learner": person("L L"),
    }


def post(client, actor, path, body, key="k"):
    return call(client, actor, path, body, key=f"{path} {key}")


def test_from_draft_to_active(client, cast) -> None:
    registrar, dean = cast["receiving"], cast["sending"]
    draft = post(client, registrar, "agreements/drafts", {"owner": "Receiving", "document": agreement()}).json()
    saved = post(client, registrar, f"agreements/drafts/{draft['id']}", {"document": agreement(), "revision": 1}).json()
    assert saved["revision"] == 2
    assert call(client, registrar, f"agreements/drafts/{draft['id']}").json()["words"]
    for who in ("sending", "stranger", "learner"):
        assert call(client, cast[who], f"agreements/drafts/{draft['id']}").status_code == 404
        assert post(client, cast[who], f"agreements/drafts/{draft['id']}/sending", {}).status_code == 404
    sent = post(client, registrar, f"agreements/drafts/{draft['id']}/sending", {}).json()
    assert sent == {"agreement": "receiving-from-sending", "version": 1}
    found = call(client, dean, VERSION).json()
    assert found["status"] == "partner_review"
    for who in ("stranger", "learner"):
        assert call(client, cast[who], VERSION).status_code == 404
        assert post(client, cast[who], f"{VERSION}/approval", {"sha256": found["sha256"]}).status_code == 403
        assert post(client, cast[who], f"{VERSION}/impact", {}).status_code == 403
    assert post(client, dean, f"{VERSION}/approval", {"sha256": "other"}).status_code == 409
    for who in (registrar, dean):
        answer = post(client, who, f"{VERSION}/approval", {"sha256": found["sha256"]}, key=who.name)
    assert answer.json() == {"status": "approved"}
    moved = post(client, dean, f"{VERSION}/status", {"to": "active", "reason": "Agreed."})
    assert moved.json() == {"status": "active"}
    closed = post(client, dean, f"{VERSION}/status", {"to": "closed", "reason": "Ends."}, key="2")
    assert closed.status_code == 422
    recorded = "agreements/recorded/receiving-from-sending?valid=2027-01-01&recorded="
    assert call(client, dean, recorded + "2090-01-01T00:00:00Z").json()["status"] == "active"
    assert call(client, dean, recorded + "2010-01-01T00:00:00Z").status_code == 404
    assert call(client, dean, recorded + "2090-01-01T00:00:00").status_code == 422


def test_files_both_ways(client, cast) -> None:
    registrar = cast["receiving"]
    draft = post(client, registrar, "agreements/drafts", {"owner": "Receiving", "document": agreement()}).json()
    table = "clause,kind,courses,times,slot,credits,min_grade,grade_scale\n7,any_of,A; B,2,core,4,60,percent\n"
    dry = post(client, registrar, f"agreements/drafts/{draft['id']}/recognition", {"table": table, "dry_run": True})
    assert dry.json()["rows"] == 1 and dry.json()["saved"] is False
    bad = post(
        client, registrar, f"agreements/drafts/{draft['id']}/recognition", {"table": table + "8,no,A,,,,,\n"}, "b"
    )
    assert (bad.status_code, bad.json()["reasons"][0][:6]) == (422, "line 3")
    done = post(client, registrar, f"agreements/drafts/{draft['id']}/recognition", {"table": table}, "c")
    assert done.json()["saved"] is True
    again = call(client, registrar, f"agreements/drafts/{draft['id']}").json()["document"]["recognition"]
    assert again == [
        {"clause": "7", "any_of": ["A", "B"], "times": 2, "slot": "core", "credits": 4,
         "min_grade": {"scale": "percent", "value": 60}}
    ]  # fmt: skip


def test_a_token_needs_no_cookie_and_no_form(cast) -> None:
    from django.contrib.auth import get_user_model
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    body = {"owner": "Receiving", "document": agreement()}
    assert post(strict, cast["receiving"], "agreements/drafts", body).status_code == 200
    strict.force_login(get_user_model().objects.get(id=cast["receiving"].person_id))
    assert post(strict, None, "agreements/drafts", body, "2").status_code == 403
