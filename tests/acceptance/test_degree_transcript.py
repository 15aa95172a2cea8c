"""A degree transcript under the published CLR 2.0 context verifies in node, by another implementation."""

import json

import pytest
from tests.acceptance.test_vc_peers import digitalbazaar
from tests.recognition.test_actions import LATER, cast, joined, learner  # noqa: F401

from linkspan.credentials.queries import judge
from linkspan.institutions.queries import did_document_of
from linkspan.recognition import actions
from linkspan.vc import contexts

pytestmark = pytest.mark.django_db


def test_a_degree_transcript_verifies_elsewhere(shared, tmp_path, monkeypatch, learner, joined) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    file = shared / "fixtures" / "contexts" / "clr-v2p0-2.0.1.json"
    contexts.add(contexts.CLR, json.loads(file.read_text()))
    document = actions.issue_transcript(actor=learner, application_id=joined.id, now=LATER).document
    assert judge(document, LATER).verdict == "valid"
    did = document["issuer"]["id"]
    method = document["proof"]["verificationMethod"]
    files = {contexts.CLR: json.loads(file.read_text())}
    if did.startswith("did:web:"):
        controller = did_document_of("HES")
        (key,) = [one for one in controller["verificationMethod"] if one["id"] == method]
        files |= {did: controller, method: {"@context": "https://w3id.org/security/multikey/v1", **key}}
    named = []
    for number, (url, told) in enumerate(files.items()):
        place = tmp_path / f"{number}.json"
        place.write_text(json.dumps(told))
        named.append(f"{url}={place}")
    (tmp_path / "transcript.json").write_text(json.dumps(document))
    assert digitalbazaar(tmp_path / "transcript.json", *named, on=LATER.isoformat())
    line = document["credentialSubject"]["verifiableCredential"][0]
    (tmp_path / "line.json").write_text(json.dumps(line))
    assert digitalbazaar(tmp_path / "line.json", *named, on=LATER.isoformat())
    document["credentialSubject"]["verifiableCredential"][0]["credentialSubject"]["creditsEarned"] = 12
    (tmp_path / "forged.json").write_text(json.dumps(document))
    assert not digitalbazaar(tmp_path / "forged.json", *named, on=LATER.isoformat())
