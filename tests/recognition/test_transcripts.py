"""The degree record as CLR 2.0: signed by the receiving school, line by line; without the context, what to run."""

import json
from datetime import timedelta

import pytest
from tests.api.test_verbs import call
from tests.credentials.test_transcript import STAND_IN
from tests.factories.people import browser, person
from tests.recognition.test_actions import LATER, cast, close, joined, learner  # noqa: F401

from linkspan.credentials.actions import revoke_credential
from linkspan.credentials.queries import credential, credentials_of, judge
from linkspan.credentials.rules import CredentialState, IssueKind
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted
from linkspan.recognition import actions, queries
from linkspan.vc import contexts

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())


def asked(client, application_id):
    return client.post(f"/degree/{application_id}/transcript.clr.json")


def test_without_the_context_the_page_names_the_command(home, learner, joined) -> None:  # noqa: F811
    answer = asked(browser(learner), joined.id)
    assert (answer.status_code, "linkspan contexts add" in answer.content.decode()) == (409, True), answer.content


def test_the_lines_and_who_signed_them(home, cast, learner, joined) -> None:  # noqa: F811
    contexts.add(contexts.CLR, STAND_IN)
    answer = asked(browser(learner), joined.id)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vc")
    document = json.loads(answer.content)
    lines = document["credentialSubject"]["verifiableCredential"]
    assert {judge(one, LATER + timedelta(hours=1)).verdict for one in (document, *lines)} == {"valid"}
    assert {one["issuer"]["name"] for one in (document, *lines)} == {"Harvard Extension School"}
    subjects = {one["name"]: one["credentialSubject"] for one in lines}
    assert subjects["MGMT-E-1000"]["result"][0]["value"] == "B+"
    given = [s for name, s in subjects.items() if name != "MGMT-E-1000"]
    assert [(s["creditsEarned"], "hes-management-from-mitx-scm" in json.dumps(s)) for s in given] == [(4, True)] * 4


def test_a_reversal_revokes_it_and_in_a_new_one_the_credit_is_gone(home, cast, learner, joined) -> None:  # noqa: F811
    contexts.add(contexts.CLR, STAND_IN)
    first = actions.issue_transcript(actor=learner, application_id=joined.id, now=LATER)
    (program,) = credentials_of(learner, learner.person_id, IssueKind.PROGRAM)
    revoke_credential(actor=cast["staff"], credential_id=program.id, reason="Issued in error.", now=LATER)
    outbox.drain(now=LATER)
    (case,) = queries.open_cases(cast["registrar"])
    close(cast["registrar"], case.id, reverse=True)
    assert judge(first.document, LATER + timedelta(hours=1)).verdict == "invalid", "it shows credit that is reversed"
    second = actions.issue_transcript(actor=cast["registrar"], application_id=joined.id, now=LATER)
    lines = second.document["credentialSubject"]["verifiableCredential"]
    assert [one["name"] for one in lines] == ["MGMT-E-1000"]
    assert credential(first.id).state == CredentialState.REVOKED


def test_for_the_learner_and_the_schools_staff(client, home, cast, learner, joined) -> None:  # noqa: F811
    contexts.add(contexts.CLR, STAND_IN)
    for stranger in (person("Not Me"), person("Far Registrar", ("registrar", "MIT"))):
        with pytest.raises((NotFound, NotPermitted)):
            actions.issue_transcript(actor=stranger, application_id=joined.id, now=LATER)
        assert asked(browser(stranger), joined.id).status_code in (403, 404)
    with pytest.raises(NotPermitted):
        actions.issue_transcript(actor=cast["auditor"], application_id=joined.id, now=LATER)
    answer = call(client, learner, f"recognition/degrees/{joined.id}/transcript", {}, key="t1")
    assert answer.json()["type"] == ["VerifiableCredential", "ClrCredential"]
