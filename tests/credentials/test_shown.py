"""Who sees what of a certificate: what its holder turns off is nowhere in what others get."""

import io
import json

import pypdf
import pytest
from django.test import Client
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.credentials import actions, queries
from linkspan.credentials.rules import ShownPart
from linkspan.kernel.errors import NotFound, NotPermitted

pytestmark = pytest.mark.django_db
#: What tells each part of this certificate, in whatever form.
TELLS = {
    ShownPart.NAME: ("Amara",),
    ShownPart.GRADES: ("letter grade", "78%", "72%"),
    ShownPart.COURSES: ("Supply Chain Analytics", "SC0x", "CFx"),
    ShownPart.DATE: ("2018",),
    ShownPart.EVIDENCE: ("confirmed legal name",),
}


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def held(cast):
    learner = cast["learner"]
    put_grades(learner)
    actions.choose_display(actor=learner, learner_id=learner.person_id, shows_name=True, now=NOW)
    told = {"actor": SYSTEM, "learner_id": learner.person_id, "program_key": "MITx/SCM", "now": NOW}
    return actions.issue_program_credential(**told)


def choose(learner, held, *hidden):
    actions.choose_shown(actor=learner, credential_id=held.id, hidden=hidden, now=NOW)


def told_to(client, held, query: str = "") -> str:
    """All that somebody gets of a certificate, as one text."""
    at = f"/credentials/{held.id}/"
    found = client.get(at + query).content.decode()
    read = pypdf.PdfReader(io.BytesIO(client.get(f"{at}certificate.pdf{query}").content))
    found += "".join(page.extract_text() for page in read.pages) + str(read.metadata.title) + str(read.attachments)
    for name in ("badge.svg", "badge.png", "document.json", "receipt.json"):
        found += client.get(at + name + query).content.decode("latin-1")
    return found + client.get(f"/api/v1/credentials/{held.id}").content.decode()


def test_all_is_shown_until_its_holder_chooses(held) -> None:
    told = told_to(Client(), held)
    assert [word for words in TELLS.values() for word in words if word not in told] == []


@pytest.mark.parametrize("part", ShownPart)
def test_what_is_off_is_in_nothing_that_others_get(cast, held, part) -> None:
    choose(cast["learner"], held, part)
    for other in (Client(), browser(person("Odo Other")), browser(person("Rita Elsewhere", ("registrar", "HES")))):
        told = told_to(other, held)
        assert [word for word in TELLS[part] if word in told] == []
        assert "Supply Chain Management" in told and "✓ Valid" in told


def test_the_page_that_the_holder_previews_is_the_page_of_visitors(cast, held) -> None:
    choose(cast["learner"], held, *ShownPart)
    page = browser(cast["learner"]).get(f"/credentials/{held.id}/?as=visitor").content.decode()
    assert [word for words in TELLS.values() for word in words if word in page] == []
    assert "This is what visitors, employers and verifiers see." in page


def test_holder_and_issuer_get_all_and_others_no_file(cast, held) -> None:
    choose(cast["learner"], held, ShownPart.GRADES)
    at = f"/credentials/{held.id}/document.json"
    assert [browser(cast[who]).get(at).status_code for who in ("learner", "mitx-registrar")] == [200, 200]
    assert [client.get(at).status_code for client in (Client(), browser(cast["registrar"]))] == [404, 404]
    with pytest.raises(NotFound):
        queries.whole_document(cast["registrar"], held.id)


def test_only_the_holder_chooses(cast, held) -> None:
    for who in ("mitx-registrar", "staff", "registrar"):
        with pytest.raises(NotPermitted):
            choose(cast[who], held, ShownPart.NAME)
        assert browser(cast[who]).get(f"/credentials/{held.id}/shown/").status_code == 403


def test_by_the_page_and_by_the_api(cast, held) -> None:
    client, at = browser(cast["learner"]), f"/credentials/{held.id}/shown/"
    assert client.get(at).content.decode().count(" checked") == 5
    client.post(at, {"shown": ["name", "courses"]})
    assert queries.credential(held.id).hidden == {ShownPart.GRADES, ShownPart.DATE, ShownPart.EVIDENCE}
    body = json.dumps({"shown": list(ShownPart)})
    to = f"/api/v1/credentials/{held.id}/shown"
    assert client.post(to, body, "application/json", headers={"Idempotency-Key": "k"}).status_code == 204
    assert queries.credential(held.id).hidden == frozenset()


def test_what_replaces_it_hides_the_same(cast, held) -> None:
    choose(cast["learner"], held, ShownPart.GRADES)
    again = actions.reissue_credential(actor=SYSTEM, credential_id=held.id, reason="A new name.", now=NOW)
    assert queries.credential(again.id).hidden == {ShownPart.GRADES}
