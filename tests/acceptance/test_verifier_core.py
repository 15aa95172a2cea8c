"""Our badges and transcripts by the verifier of the Digital Credentials Consortium, on a network of our files."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_vc_peers import with_clr_context
from tests.vc.makers import LIST_URL, NOW, OTHER_SEED, badge, status_list, transcript

from linkspan.vc import contexts, sign

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "tests" / "acceptance" / "node" / "verifier_core.mjs"
HOLDS = {"valid_signature": True, "expiration": True, "registered_issuer": False}


@pytest.fixture
def answer(tmp_path):
    """What it says of a document, with the documents or files that its network serves by address."""
    if not (ROOT / "node_modules" / "@digitalcredentials" / "verifier-core").exists():
        pytest.skip("@digitalcredentials/verifier-core is not installed: run make setup")

    def ask(document: dict[str, Any], served: dict[str, Any] | None = None) -> dict[str, Any]:
        (tmp_path / "held.json").write_text(json.dumps(document))
        pairs = []
        for number, (url, content) in enumerate((served or {}).items()):
            path = tmp_path / f"served{number}.json"
            path.write_text(json.dumps(content))
            pairs.append(f"{url}={path}")
        command = ["node", str(NODE), str(tmp_path / "held.json"), *pairs]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        return json.loads(ran.stdout)

    return ask


def test_it_verifies_our_badge_and_reads_our_status_list(answer) -> None:
    told = answer(badge(), {LIST_URL: status_list()})
    assert (told["log"], told["errors"]) == ({**HOLDS, "revocation_status": True}, [])
    told = answer(badge(), {LIST_URL: status_list(5)})
    assert told["log"] == {**HOLDS, "revocation_status": False}


def renamed(document: dict) -> dict:
    return {**document, "name": "Another program"}


def injected(document: dict) -> dict:
    return {**document, "honors": "summa cum laude"}


def by_a_foreign_key(document: dict) -> dict:
    return sign(document, OTHER_SEED, created=NOW)


def regraded(document: dict) -> dict:
    first = document["credentialSubject"]["result"][0]
    return {**document, "credentialSubject": {**document["credentialSubject"], "result": [{**first, "value": "99"}]}}


@pytest.mark.parametrize("forge", [renamed, injected, by_a_foreign_key, regraded])
def test_it_refuses_a_forged_one(answer, forge) -> None:
    told = answer(forge(badge()), {LIST_URL: status_list()})
    assert not told["log"] and told["errors"]


def test_it_verifies_our_transcript_when_its_network_has_the_context(answer, shared, tmp_path, monkeypatch) -> None:
    context = with_clr_context(shared, tmp_path, monkeypatch)
    held = transcript()
    told = answer(held, {contexts.CLR: context})
    assert (told["log"], told["errors"]) == (HOLDS, [])
    held["credentialSubject"]["verifiableCredential"][0]["name"] = "Changed"
    assert answer(held, {contexts.CLR: context})["errors"] == ["invalid_signature: The signature is not valid."]


def test_without_it_a_good_transcript_is_called_badly_signed_there(answer, shared, tmp_path, monkeypatch) -> None:
    """Its limit, not ours: it bundles no CLR context, and reports one that it cannot fetch as a bad signature."""
    with_clr_context(shared, tmp_path, monkeypatch)
    told = answer(transcript())
    assert told["errors"] == ["invalid_signature: The signature is not valid."]
    assert set(told["asked"]) == {contexts.CLR}
