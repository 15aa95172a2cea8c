"""Our canonical forms against those of an implementation in another language: 300 hostile documents here, 10,000 in
`benchmarks.vc_fuzz`. Where we accept, digitalbazaar's safe mode must accept too, and give the same bytes."""

import hashlib
import json

import pytest
from tests.vc.digitalbazaar import answers, differences, installed
from tests.vc.makers import DID, unsigned

from linkspan.vc import DataLoss, contexts
from linkspan.vc.jsonld import canonical


def test_the_same_bytes_as_digitalbazaar_or_refused() -> None:
    if not installed():
        pytest.skip("@digitalbazaar/vc is not installed: run make setup")
    accepted, found = differences(range(300))
    assert found == []
    assert accepted > 100


def clr() -> dict:
    """A comprehensive learner record with two badges in it, each with its own contexts."""
    badges = [unsigned(), {**unsigned(), "id": "urn:uuid:0190f2b4-0000-7000-8000-000000000003"}]
    return {
        "@context": [contexts.CREDENTIALS_V2, contexts.CLR, contexts.OPEN_BADGES],
        "id": "urn:uuid:0190f2b4-0000-7000-8000-000000000004",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Record",
        "partial": True,
        "issuer": {"id": DID, "type": "Profile", "name": "MITx"},
        "validFrom": "2018-06-30T12:00:00Z",
        "credentialSubject": {"type": "ClrSubject", "verifiableCredential": badges},
    }


@pytest.mark.parametrize("name", ["clr-v2p0-2.0.1.json", "clr-v2p0.json"])
def test_a_clr_with_the_context_that_an_operator_added(shared, name, tmp_path, monkeypatch) -> None:
    if not installed():
        pytest.skip("@digitalbazaar/vc is not installed: run make setup")
    monkeypatch.setenv("LINKSPAN_HOME", str(tmp_path))
    with pytest.raises(DataLoss) as caught:
        canonical(clr())
    assert caught.value.code == "context_unknown"
    context = json.loads((shared / "fixtures" / "contexts" / name).read_text())
    contexts.add(contexts.CLR, context)
    (tmp_path / "further.json").write_text(json.dumps({contexts.CLR: context}))
    document = clr()
    if name == "clr-v2p0.json":  # the older form does not define it
        with pytest.raises(DataLoss) as caught:
            canonical(document)
        assert caught.value.message.endswith(": partial")
        del document["partial"]
    form = canonical(document)
    assert answers([document], tmp_path / "further.json") == [{"sha256": hashlib.sha256(form.encode()).hexdigest()}]
    document["credentialSubject"]["honors"] = "x"
    with pytest.raises(DataLoss):
        canonical(document)
