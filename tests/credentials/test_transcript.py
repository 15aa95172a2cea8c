"""A CLR 2.0 transcript nests what stands; without its context the refusal says the command."""

import json

import pytest
from tests.factories.awards import freeze, verify_track
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.web.test_access import as_persona

from linkspan.credentials import actions, queries
from linkspan.credentials.rules import IssueKind
from linkspan.kernel.errors import NotPermitted, Refused
from linkspan.vc import contexts

pytestmark = pytest.mark.django_db
#: A context of our own that covers the terms used, in the place of the published one.
STAND_IN = {
    "@context": {
        "id": "@id",
        "type": "@type",
        "ClrCredential": "https://clr.example/#ClrCredential",
        "ClrSubject": {
            "@id": "https://clr.example/#ClrSubject",
            "@context": {
                "id": "@id",
                "type": "@type",
                "verifiableCredential": {"@id": "https://clr.example/#credential", "@container": "@set"},
                "identifier": {"@id": "https://clr.example/#identifier", "@container": "@set"},
            },
        },
    }
}


@pytest.fixture
def cast(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    cast = load_world()
    verify_track(cast["learner"])
    return cast


def transcribe(actor, learner):
    return actions.issue_transcript(actor=actor, learner_id=learner.person_id, institution="MITx", now=NOW)


def test_without_the_context_the_command_is_named(cast) -> None:
    learner = cast["learner"]
    with pytest.raises(Refused, match="no credential"):
        transcribe(learner, learner)
    freeze(learner, 78)
    with pytest.raises(Refused, match="linkspan contexts add FILE") as caught:
        transcribe(learner, learner)
    assert caught.value.code == "context_unknown"
    page = as_persona(cast, "learner").post("/credentials/transcript/MITx/")
    assert (page.status_code, "linkspan contexts add" in page.content.decode()) == (409, True)


def test_it_nests_what_stands_and_a_new_one_replaces_it(cast) -> None:
    learner = cast["learner"]
    contexts.add(contexts.CLR, STAND_IN)
    freeze(learner, 78)
    first = transcribe(learner, learner)
    assert queries.judge(dict(first.document), NOW).verdict == "valid"
    put_grades(learner)
    actions.issue_program_credential(actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)
    second = transcribe(cast["staff"], learner)
    nested = second.document["credentialSubject"]["verifiableCredential"]
    assert [one["credentialSubject"]["achievement"]["achievementType"] for one in nested] == [
        "Course",
        "MicroCredential",
    ]
    assert {queries.judge(dict(one), NOW).verdict for one in (second.document, *nested)} == {"valid"}
    assert queries.credential(first.id).successor == second.id
    assert len(queries.credentials_of(learner, learner.person_id, IssueKind.TRANSCRIPT)) == 2
    tampered = json.loads(json.dumps(second.document))
    tampered["credentialSubject"]["verifiableCredential"][0]["credentialSubject"]["result"][0]["value"] = "99"
    assert queries.judge(tampered, NOW).verdict == "invalid"
    for actor in (cast["registrar"], cast["dean"]):
        with pytest.raises(NotPermitted):
            transcribe(actor, learner)
    assert as_persona(cast, "learner").post("/credentials/transcript/MITx/").status_code == 302
