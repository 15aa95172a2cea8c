"""What offices do over the API as on their pages: awards, commendations, extra time, sites, evidence; by role."""

from base64 import b64encode

import pytest
from tests.api.test_verbs import call
from tests.factories.exams import put_exam
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.institutions.test_joining import FIELDS

from linkspan.credentials import actions as credentials
from linkspan.credentials import queries
from linkspan.credentials.models import AwardRow
from linkspan.institutions.actions import register_to_join
from linkspan.kernel.ids import new_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


def prepared(cast) -> str:
    """A program award that waits for a second person."""
    credentials.set_four_eyes(actor=SYSTEM, institution="MITx", four_eyes=True, now=NOW)
    put_grades(cast["learner"])
    credentials.award_program(actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW)
    return str(AwardRow.objects.get().id)


def test_a_second_person_refuses(client, cast) -> None:
    award, registrar = prepared(cast), person("Rita Registrar", ("registrar", "MITx"))
    strangers = (cast["learner"], person("Hal Registrar", ("registrar", "HES")))
    assert [one["id"] for one in call(client, registrar, "awards/waiting").json()] == [award]
    no = {"award_ids": [award], "reason": "The exam is appealed."}
    for who in strangers:
        assert call(client, who, "awards/waiting").json() == []
        (failed,) = call(client, who, "awards/refusals", no, key="no").json()
        assert (failed["one"], AwardRow.objects.get().state) == (award, "waiting")
    assert call(client, registrar, "awards/refusals", no | {"award_ids": []}, key="none").status_code == 422
    both = no | {"award_ids": [str(new_id()), award]}
    (failed,) = call(client, registrar, "awards/refusals", both, key="both").json()
    assert (failed["one"], AwardRow.objects.get().state) == (both["award_ids"][0], "refused")


def test_who_may_choose_four_eyes(client, cast) -> None:
    registrar = person("Rita Registrar", ("registrar", "MITx"))
    for who in (cast["learner"], person("Hal Registrar", ("registrar", "HES"))):
        assert call(client, who, "awards/four-eyes/MITx", {"four_eyes": True}, key="no").status_code == 403
    assert call(client, registrar, "awards/four-eyes/MITx", {"four_eyes": True}, key="yes").status_code == 204
    assert queries.takes_four_eyes("MITx")


def test_extra_time_is_asked_for_and_decided(client, cast) -> None:
    put_exam()
    ask = {"percent": 25, "document_base64": b64encode(b"%PDF-1.7 a letter").decode()}
    assert call(client, cast["learner"], "extra_time/CFx", ask | {"percent": 0}, key="1").status_code == 422
    assert call(client, cast["learner"], "extra_time/CFx", ask | {"document_base64": "%"}, key="2").status_code == 422
    made = call(client, cast["learner"], "extra_time/CFx", ask, key="3").json()["id"]
    path, yes = f"extra_time/requests/{made}/decision", {"approve": True, "reason": "The letter says so."}
    for who in (cast["learner"], cast["proctor"], person("Hal Registrar", ("registrar", "HES"))):
        assert call(client, who, path, yes, key="4").status_code == 403
    assert call(client, cast["staff"], path, yes, key="5").status_code == 204


def test_sites_that_show_pathways(client, cast) -> None:
    registrar, site = person("Rita Registrar", ("registrar", "MITx")), {"origin": "https://www.example.edu"}
    for who in (cast["learner"], cast["staff"], person("Hal Registrar", ("registrar", "HES"))):
        assert call(client, who, "widgets/MITx", site, key="1").status_code == 403
    for wrong in ("http://", "javascript:alert(1)", "https://a.example/path?x", "*"):
        assert call(client, registrar, "widgets/MITx", {"origin": wrong}, key=f"2{wrong}").status_code == 422, wrong
    assert call(client, registrar, "widgets/MITx", site, key="3").status_code == 204
    assert call(client, None, "widgets/MITx").json() == ["https://www.example.edu"]
    assert call(client, registrar, "widgets/MITx", site | {"shown": False}, key="4").status_code == 204
    assert call(client, None, "widgets/MITx").json() == []


def test_the_evidence_of_an_institution_that_joins_is_read_by_operators(client) -> None:
    applicant, operator = person("New Registrar"), person("Ola Operator", ("operator", None))
    made = register_to_join(actor=applicant, now=NOW, **FIELDS)
    path = f"joining/{made}/accreditation"
    found = call(client, operator, path)
    assert (found.content, found["Content-Disposition"]) == (FIELDS["evidence"], "attachment")
    for who in (person("Else"), person("Reg", ("registrar", "MIT"))):
        assert call(client, who, path).status_code in (403, 404)
