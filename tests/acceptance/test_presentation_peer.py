"""Presentations against @digitalbazaar/vc, both ways: the holder proves to either what either made."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.vc.makers import NOW, trust
from tests.vc.test_holder import ASKED, HOLDER, HOLDER_SEED, presentation

from linkspan.vc import Occasion, keys, verify

NODE = Path(__file__).parent / "node" / "presentation.mjs"
ROOT = Path(__file__).resolve().parents[2]


def digitalbazaar(mode: str, document: dict, challenge: str = "4f3c") -> dict:
    if not (ROOT / "node_modules" / "@digitalbazaar" / "vc").exists():
        pytest.skip("@digitalbazaar/vc is not installed: run make setup")
    asked = {
        "document": document,
        "challenge": challenge,
        "domain": ASKED.domain,
        "publicKeyMultibase": HOLDER.removeprefix("did:key:"),
        "secretKeyMultibase": "z" + keys.base58_encode(keys.ED25519.secret_prefix + HOLDER_SEED),
    }
    ran = subprocess.run(
        ["node", str(NODE), mode], input=json.dumps(asked), capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


def test_ours_is_accepted_there_for_its_challenge_only() -> None:
    assert digitalbazaar("verify", presentation()) == {"verified": True}
    assert not digitalbazaar("verify", presentation(), challenge="another")["verified"]


def test_theirs_is_accepted_here_for_its_challenge_only() -> None:
    bare = {name: value for name, value in presentation().items() if name != "proof"}
    theirs = digitalbazaar("sign", bare)
    assert verify(theirs, trust=trust(), at=NOW, occasion=ASKED).verdict == "valid"
    replayed = verify(theirs, trust=trust(), at=NOW, occasion=Occasion("another", ASKED.domain))
    assert (replayed.checks[6].outcome, replayed.checks[6].code) == ("failed", "challenge_wrong")
