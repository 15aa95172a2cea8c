"""What we sign verifies elsewhere, and what others signed gets the verdict that its name states."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.vc.makers import badge, transcript

from linkspan.vc import contexts
from linkspan.vc.proofs import check

NODE = Path(__file__).parent / "node" / "verify.mjs"
ROOT = Path(__file__).resolve().parents[2]
CLR_FILE = "fixtures/contexts/clr-v2p0-2.0.1.json"


def digitalbazaar(path: Path, *more: str, on: str = "2018-07-02T00:00:00Z") -> bool:
    if not (ROOT / "node_modules" / "@digitalbazaar" / "vc").exists():
        pytest.skip("@digitalbazaar/vc is not installed: run make setup")
    ran = subprocess.run(
        ["node", str(NODE), str(path), on, *more],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return json.loads(ran.stdout)["verified"]


def test_our_badge_verifies_in_digitalbazaar(tmp_path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(badge()))
    assert digitalbazaar(tmp_path / "good.json")


def test_a_tampered_one_does_not(tmp_path) -> None:
    forged = badge()
    forged["credentialSubject"]["result"][0]["value"] = "99"
    (tmp_path / "forged.json").write_text(json.dumps(forged))
    assert not digitalbazaar(tmp_path / "forged.json")


def test_a_badge_signed_elsewhere_holds(shared) -> None:
    document = json.loads((shared / "fixtures" / "openbadges" / "simple.json").read_text())
    proof = document["proof"]
    check(document, proof[0] if isinstance(proof, list) else proof)


def with_clr_context(shared: Path, home: Path, monkeypatch) -> dict:
    """The context of CLR 2.0, registered as an operator does it."""
    monkeypatch.setenv("LINKSPAN_HOME", str(home))
    context = json.loads((shared / CLR_FILE).read_text())
    contexts.add(contexts.CLR, context)
    return context


def test_our_transcript_verifies_in_digitalbazaar(shared, tmp_path, monkeypatch) -> None:
    with_clr_context(shared, tmp_path, monkeypatch)
    held = transcript()
    added = f"{contexts.CLR}={shared / CLR_FILE}"
    (tmp_path / "clr.json").write_text(json.dumps(held))
    assert digitalbazaar(tmp_path / "clr.json", added)
    held["credentialSubject"]["verifiableCredential"][0]["name"] = "Changed"
    (tmp_path / "forged.json").write_text(json.dumps(held))
    assert not digitalbazaar(tmp_path / "forged.json", added)
