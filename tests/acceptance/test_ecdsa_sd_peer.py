"""ecdsa-sd-2023 against @digitalbazaar, both ways: what either signs, either derives from and either verifies."""

import copy
import json
import subprocess
from pathlib import Path

import pytest
from tests.vc.makers import NOW
from tests.vc.test_ecdsa_sd import DID, GRADES, KEY, document

from linkspan.vc import Trust, ecdsa_sd, keys, verify

NODE = Path(__file__).parent / "node" / "ecdsa_sd.mjs"
ROOT = Path(__file__).resolve().parents[2]
MANDATORY = ["/issuer", "/credentialSubject/achievement"]


def digitalbazaar(mode: str, credential: dict, pointers=()) -> dict:
    if not (ROOT / "node_modules" / "@digitalbazaar" / "ecdsa-sd-2023-cryptosuite").exists():
        pytest.skip("@digitalbazaar/ecdsa-sd-2023-cryptosuite is not installed: run make setup")
    secret = keys.P256.secret_prefix + KEY.private_numbers().private_value.to_bytes(32)
    asked = {
        "credential": credential,
        "pointers": list(pointers),
        "publicKeyMultibase": keys.multibase_of(KEY.public_key()),
        "secretKeyMultibase": "z" + keys.base58_encode(secret),
    }
    ran = subprocess.run(
        ["node", str(NODE), mode], input=json.dumps(asked), capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


def ours(credential: dict) -> str:
    return verify(credential, trust=Trust([{"did": DID, "name": "MITx"}]), at=NOW).checks[0].code


def test_theirs_is_ours_to_derive_and_verify() -> None:
    base = digitalbazaar("sign", document(), MANDATORY)
    by_us = ecdsa_sd.derive(base, [GRADES[1]])
    by_them = digitalbazaar("derive", base, [GRADES[1]])
    for shown in (by_us, by_them):
        assert ours(shown) == "signature_holds"
        assert digitalbazaar("verify", shown)["verified"]
        assert [row["value"] for row in shown["credentialSubject"]["result"]] == ["72"]
    assert {k: v for k, v in by_us.items() if k != "proof"} == {k: v for k, v in by_them.items() if k != "proof"}


def test_ours_is_theirs_to_derive_and_verify() -> None:
    base = ecdsa_sd.sign_base(document(), KEY, created=NOW, mandatory=MANDATORY[1:])
    for shown in (ecdsa_sd.derive(base, GRADES), digitalbazaar("derive", base, GRADES)):
        assert digitalbazaar("verify", shown) == {"verified": True}
        assert ours(shown) == "signature_holds"
        forged = copy.deepcopy(shown)
        forged["credentialSubject"]["result"][0]["value"] = "99"
        assert not digitalbazaar("verify", forged)["verified"]
        assert ours(forged) == "signature_wrong"
