"""The desk opens rounds in its zone and takes scores in; the same verbs over the API; other schools cannot."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.admissions.test_actions import MIT, apply, opened
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.rules.applications import Mode
from linkspan.kernel.errors import Unusable
from linkspan.site.sample.load import email_of
from linkspan.web.opening import local

pytestmark = pytest.mark.django_db
FORM = {"agreement": MIT, "term": "2031 spring", "mode": "ranked", "seats": "40"}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
WINDOW = {"opens": "2026-12-01T00:00", "closes": "2027-01-31T23:59"}


@pytest.fixture
def cast():
    return load_world()


def sign_in(client, name):
    client.force_login(get_user_model().objects.get(email=email_of(name)))


def mit_round(term):
    return next(found for found in queries.rounds("MIT") if found.term == term)


def test_a_round_is_opened_in_the_schools_zone(cast, client, django_assert_max_num_queries):
    sign_in(client, "mit-admissions")
    with django_assert_max_num_queries(20):
        page = client.get("/desk/rounds/open/")
    assert MIT in page.content.decode() and "hes-management" not in page.content.decode()
    with django_assert_max_num_queries(20):
        form = client.get("/desk/rounds/open/", {"agreement": MIT}).content.decode()
    assert "America/New_York" in form and "What the agreement says" in form
    answer = client.post("/desk/rounds/open/", FORM | WINDOW)
    assert answer.status_code == 302, answer.content.decode()
    made = mit_round("2031 spring")
    assert made.opens_at.isoformat() == "2026-12-01T05:00:00+00:00"
    assert (made.seats, made.mode, made.automatic, made.opened_by) == (40, "ranked", False, cast["mit-admissions"].name)
    public = client.get(f"/rounds/{made.intake_id}/").content.decode()
    assert queries.intake(made.intake_id).commitment in public


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"seats": "many"}, 422),
        ({"seats": ""}, 422),
        ({"mode": "x"}, 422),
        ({"opens": "soon"}, 422),
        ({"opens": "2027-03-14T02:30"}, 422),
        ({"closes": "2026-11-30T00:00"}, 422),
        ({"term": ""}, 422),
        ({"intake": "x"}, 404),
        ({"agreement": "hes-management-from-mitx-scm"}, 404),
    ],
)
def test_what_cannot_be_opened(cast, client, wrong, status):
    sign_in(client, "mit-admissions")
    assert client.post("/desk/rounds/open/", FORM | WINDOW | wrong).status_code == status


def test_local_times():
    assert local("2027-07-01T00:00", "Europe/Madrid").isoformat() == "2027-06-30T22:00:00+00:00"
    with pytest.raises(Unusable, match="skip"):
        local("2027-03-28T02:30", "Europe/Madrid")


def test_a_joint_round_and_a_program_that_joins_it(cast, client):
    sign_in(client, "mit-admissions")
    assert b"Open a joint round" in client.get("/desk/intakes/open/").content
    told = {"coordinator": "MIT", "title": "Joint round", "term": "2031 spring", "answer_by": "2027-03-31T23:59"}
    assert client.post("/desk/intakes/open/", told).status_code == 302
    assert client.post("/desk/intakes/open/", told | {"coordinator": "HES"}).status_code == 403
    sign_in(client, "hes-admissions")
    hes = {"agreement": "hes-management-from-mitx-scm"}
    form = client.get("/desk/rounds/open/", hes).content.decode()
    intake_id = form.split("Joint round, Spring 2031")[0].rsplit('value="', 1)[1].split('"')[0]
    fields = FORM | WINDOW | hes | {"mode": "rolling", "seats": "", "intake": intake_id}
    answer = client.post("/desk/rounds/open/", fields)
    assert answer.status_code == 302, answer.content.decode()
    assert client.post("/desk/rounds/open/", fields | {"term": "u", "mode": "automatic"}).status_code == 422


def test_scores_from_a_file(cast, client):
    round_id = opened()
    made = apply(person("=Formula"), round_id)
    sign_in(client, "mit-admissions")
    page = f"/desk/rounds/{round_id}/scores/"
    assert client.get(page).status_code == 200
    sheet = client.get(f"/desk/rounds/{round_id}/scores.csv").content.decode("utf-8-sig")
    assert str(made.id) in sheet and "'=Formula" in sheet

    def send(text, do):
        return client.post(page, {"file": SimpleUploadedFile("s.csv", text.encode()), "do": do})

    bad = send("application,score\nnobody,5\n", "save")
    assert bad.status_code == 422 and b"is not the id of an application" in bad.content
    good = f"application,score\n{made.id},640\n"
    assert b"Nothing is saved yet" in send(good, "look").content
    assert send(good, "save").status_code == 302
    assert queries.application(cast["mit-admissions"], made.id).score == 640
    sign_in(client, "hes-admissions")
    assert client.get(page).status_code == client.get(f"/desk/rounds/{round_id}/scores.csv").status_code == 403
    assert send(good, "save").status_code == 403


def post(client, path, body):
    return client.post(
        f"/api/v1{path}", json.dumps(body), content_type="application/json", headers={"Idempotency-Key": path}
    )


def test_the_same_over_the_api(cast, client):
    sign_in(client, "mit-admissions")
    body = {"agreement": MIT, "term": "2032", "mode": "ranked", "seats": 3}
    body |= {"opens_at": "2019-01-01T00:00:00-05:00", "closes_at": "2099-01-31T23:59:00-05:00"}
    naive = body | {"opens_at": "2019-01-01T00:00:00"}
    assert post(client, "/admission_desk/rounds", naive).status_code == 422
    sign_in(client, "hes-admissions")
    made = post(client, "/admission_desk/rounds", body)
    assert made.status_code == 403
    sign_in(client, "mit-admissions")
    made = client.post(
        "/api/v1/admission_desk/rounds", json.dumps(body), content_type="application/json",
        headers={"Idempotency-Key": "other"},
    ).json()  # fmt: skip
    assert made["seats"] == 3 and len(made["commitment"]) == 64 and "seed" not in made
    public = client.get(f"/api/v1/admissions/intakes/{made['intake_id']}").json()
    assert public["seed"] is None and public["nonce"] == ""


def test_papers_over_the_api(cast, client):
    window = {"opens_at": NOW, "closes_at": datetime(2099, 1, 1, tzinfo=UTC)}
    round_id = actions.open_round(
        actor=SYSTEM, agreement_id=MIT, term="long", mode=Mode.RANKED, seats=1, now=NOW, **window
    )
    sign_in(client, "dara")
    form, key = f"/api/v1/application_form/rounds/{round_id}", {"Idempotency-Key": "papers"}
    file = SimpleUploadedFile("a.pdf", PDF)
    made = client.post(f"{form}/documents", {"slot": "document 1", "file": file}, headers=key)
    assert made.status_code == 200, made.content
    junk = SimpleUploadedFile("a.pdf", b"no pdf")
    refused = client.post(f"{form}/documents", {"slot": "x", "file": junk}, headers={"Idempotency-Key": "j"})
    assert refused.status_code == 422
    assert post(client, f"{form[7:]}/draft", {"statement": "So far"}).status_code == 200
    asked = {"name": "A Teacher", "email": "teacher@example.org"}
    assert post(client, f"{form[7:]}/letters", asked).status_code == 200
    told = client.get(form).json()
    assert (told["statement"], len(told["documents"]), len(told["letters"])) == ("So far", 1, 1)
    sent = apply(cast["dara"], round_id)
    paper = f"/api/v1/admission_desk/documents/{made.json()['id']}"
    assert client.get(paper).content == PDF
    for name, status in (("mit-admissions", 200), ("hes-admissions", 403), ("emil", 403), ("auditor", 403)):
        sign_in(client, name)
        assert client.get(paper).status_code == status
        papers = client.get(f"/api/v1/admission_desk/applications/{sent.id}/papers").status_code
        readings = client.get(f"/api/v1/admission_desk/applications/{sent.id}/reviews").status_code
        hidden = {403, 404} if status == 403 else {200}
        assert {papers, readings} <= hidden, "who may not see an application is not told that there is one"
    assert client.get(form).json()["documents"] == []
    sign_in(client, "dara")
    removed = post(client, f"/application_form/documents/{made.json()['id']}/removal", {})
    assert removed.status_code == 200 and client.get(form).json()["documents"] == []
    assert client.get(paper).status_code == 404
