"""What verifiers fetch, what holders see, and the credential desk by role."""

import pytest
from django.test import Client
from tests.factories.acts import confirmed
from tests.factories.awards import ask_for_four_eyes
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.credentials import actions, queries
from linkspan.institutions.actions import make_signing_key
from linkspan.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def issued(cast):
    put_grades(cast["learner"])
    return actions.issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW
    )


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@pytest.mark.parametrize(
    ("purpose", "verb"), [("revocation", "revoke_credential"), ("suspension", "suspend_credential")]
)
def test_a_list_is_cacheable_until_a_bit_changes(cast, client, issued, purpose, verb) -> None:
    named = path_of(issued.document["credentialStatus"]["statusListCredential"])
    path = named.replace("/revocation/", f"/{purpose}/")  # older badges name the other lists too
    first = client.get(path)
    assert "max-age" in first["Cache-Control"]
    assert client.get(path).content == first.content
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    getattr(actions, verb)(actor=cast["staff"], credential_id=issued.id, reason="Error.", now=NOW)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert again.content != first.content
    assert client.get(f"/status/{new_id()}/revocation/").status_code == 404
    assert client.get(path.rstrip("/") + "x/").status_code == 404


def test_the_picture_that_badges_name_is_the_same_for_everybody(client, issued) -> None:
    answer = client.get(path_of(issued.document["credentialSubject"]["achievement"]["image"]["id"]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG") and b"openbadgecredential" not in answer.content
    assert client.get("/badges/MITx/none.png").status_code == 404


def test_schemas_registry_and_controller_documents(cast, client, issued) -> None:
    schema = client.get(path_of(issued.document["credentialSchema"][0]["id"]))
    assert schema.json()["$schema"].endswith("2020-12/schema")
    assert client.get("/schemas/none.json").status_code == 404
    assert {row["name"] for row in client.get("/registry.json").json()["issuers"]} >= {"MITx"}
    assert client.get("/i/MITx/did.json").status_code == 404
    did = make_signing_key(actor=SYSTEM, code="MITx", now=NOW, web=True)
    document = client.get("/i/MITx/did.json")
    assert document["Content-Type"] == "application/did+json"
    assert document.json()["id"] == did
    assert client.get("/.well-known/did.json").status_code == 404


def test_the_log_for_people_and_programs(cast, client, issued) -> None:
    assert "RFC 9162" in client.get("/i/MITx/log/").content.decode()
    assert "Nothing has been issued" in client.get("/i/HES/log/").content.decode()
    head = client.get("/i/MITx/log/head.json").json()
    assert head["tree_size"] == 1
    receipt = client.get(f"/credentials/{issued.id}/receipt.json").json()
    assert receipt["root_hash"] == head["root_hash"]
    assert client.get("/i/MITx/log/consistency/1.json").json()["path"] == []
    assert client.get("/i/MITx/log/consistency/9.json").status_code == 404
    assert len(client.get("/i/MITx/log/entries/0.json").json()["entries"]) == 1
    assert client.get("/i/None/log/").status_code == 404


def test_each_state_says_what_to_do(cast, issued) -> None:
    learner, staff = as_persona(cast, "learner"), cast["staff"]
    page = f"/credentials/{issued.id}/"
    actions.suspend_credential(actor=staff, credential_id=issued.id, reason="A case is open.", now=NOW)
    assert "does not count for now" in learner.get("/credentials/").content.decode()
    assert "A case is open." in Client().get(page).content.decode()
    actions.reinstate_credential(actor=staff, credential_id=issued.id, reason="Closed.", now=NOW)
    new = actions.reissue_credential(actor=staff, credential_id=issued.id, reason="Asked for.", now=NOW)
    assert f"/credentials/{new.id}/" in Client().get(page).content.decode()
    actions.revoke_credential(actor=staff, credential_id=new.id, reason="Annulled.", now=NOW)
    assert "Annulled." in Client().get(f"/credentials/{new.id}/").content.decode()


def test_a_holder_chooses_what_to_show(cast, issued) -> None:
    learner = as_persona(cast, "learner")
    assert learner.post("/credentials/display/", {"show": "name"}).status_code == 302
    assert queries.holders([cast["learner"].person_id])[cast["learner"].person_id].shows_name
    assert Client().post("/credentials/display/", {"show": "name"}).status_code == 302


def test_the_desk_by_role(cast, issued, django_assert_max_num_queries) -> None:
    for persona in ("learner", "dean", "auditor", "operator", "proctor"):
        assert as_persona(cast, persona).get("/desk/credentials/").status_code == 403, persona
    assert "Supply Chain Management" not in as_persona(cast, "registrar").get("/desk/credentials/").content.decode()
    staff = as_persona(cast, "staff")
    staff.get("/desk/credentials/")
    with django_assert_max_num_queries(24):
        assert "Supply Chain Management" in staff.get("/desk/credentials/").content.decode()


def test_the_desk_approves_suspends_and_commends(cast) -> None:
    learner = cast["learner"]
    ask_for_four_eyes()
    put_grades(learner)
    actions.award_program(actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)
    registrar = as_persona(cast, "mitx-registrar")
    (award,) = queries.waiting_awards(cast["mitx-registrar"])
    where = "/desk/credentials/awards/"
    assert registrar.post(where, {"do": "approve"}).status_code == 422
    assert registrar.post(where, {"do": "approve", "award": "x"}).status_code == 422
    assert as_persona(cast, "registrar").post(where, {"do": "approve", "award": award.id}).status_code == 403
    assert registrar.post(where, {"do": "approve", "award": award.id}).status_code == 302
    (held,) = queries.credentials_of(learner, learner.person_id)
    change = f"/desk/credentials/{held.id}/"
    assert confirmed(registrar, change, {"do": "suspend"}, reason="").status_code == 422
    assert registrar.post(change, {"do": "other", "reason": "x"}).status_code == 422
    assert confirmed(registrar, change, {"do": "suspend", "reason": "A case."}).status_code == 302
    assert queries.credential(held.id).state == "suspended"
    staff = as_persona(cast, "staff")
    told = {"email": "learner@example.org", "about": "MITx/SCM", "title": "Best project", "reason": "A rare idea."}
    assert staff.post("/desk/credentials/commend/", told).status_code == 302
    assert staff.post("/desk/credentials/commend/", told | {"email": "no@example.org"}).status_code == 404
    assert as_persona(cast, "registrar").post("/desk/credentials/commend/", told).status_code == 403
    assert registrar.post("/desk/credentials/four-eyes/MITx/", {"four_eyes": "no"}).status_code == 302
    assert not queries.takes_four_eyes("MITx")
    assert registrar.post("/desk/credentials/four-eyes/HES/", {"four_eyes": "yes"}).status_code == 403
