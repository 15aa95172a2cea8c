"""Each cryptosuite, both ways with digitalbazaar's implementations: they verify ours, we verify theirs."""

import copy
import json
import subprocess
from pathlib import Path

import pytest
from tests.vc.digitalbazaar import installed
from tests.vc.makers import NOW, unsigned

from linkspan.vc import VcError, contexts, keys, sign
from linkspan.vc.proofs import check

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).parent / "node" / "suites.mjs"
SUITES = [
    ("eddsa-rdfc-2022", keys.ED25519),
    ("eddsa-jcs-2022", keys.ED25519),
    ("ecdsa-rdfc-2019", keys.P256),
    ("ecdsa-rdfc-2019", keys.P384),
    ("ecdsa-jcs-2019", keys.P256),
    ("ecdsa-jcs-2019", keys.P384),
]
IDS = [f"{suite}-{kind.name}" for suite, kind in SUITES]


def node(requests: list[dict]) -> list[dict]:
    if not installed():
        pytest.skip("@digitalbazaar/vc is not installed: run make setup")
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    ran = subprocess.run(["node", str(SCRIPT)], input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    return [json.loads(line) for line in ran.stdout.split("\n") if line]


@pytest.fixture(scope="module")
def theirs() -> list[dict]:
    """A badge signed by them with each suite."""
    return node([{"sign": unsigned(), "cryptosuite": suite, "curve": kind.name} for suite, kind in SUITES])


def test_they_verify_ours_and_refuse_it_once_changed() -> None:
    requests = []
    for suite, kind in SUITES:
        key = keys.private_key_of(kind, bytes(range(1, kind.secret_length + 1)))
        document = unsigned()
        document["issuer"]["id"] = keys.did_key_of(key.public_key())
        good = sign(document, key, created=NOW, cryptosuite=suite)
        forged = copy.deepcopy(good)
        forged["credentialSubject"]["result"][0]["value"] = "99"
        requests += [{"verify": good, "cryptosuite": suite}, {"verify": forged, "cryptosuite": suite}]
    answers = node(requests)
    assert [(a["verified"], a.get("error") if n % 2 == 0 else None) for n, a in enumerate(answers)] == [
        (True, None),
        (False, None),
    ] * len(SUITES)


@pytest.mark.parametrize("number", range(len(SUITES)), ids=IDS)
def test_we_verify_theirs_and_refuse_it_once_changed(theirs, number) -> None:
    document = theirs[number]["document"]
    check(document, document["proof"])
    document = copy.deepcopy(document)
    document["credentialSubject"]["result"][0]["value"] = "99"
    with pytest.raises(VcError) as caught:
        check(document, document["proof"])
    assert caught.value.code == "signature_wrong"


V1_BADGE = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
SIGNATURE_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"


def old_badge() -> dict:
    """A badge as they were before version 2 of the data model."""
    document = unsigned()
    for name in ("credentialStatus", "awardedDate"):
        del document[name]
    document["issuanceDate"] = document.pop("validFrom")
    return {**document, "@context": [contexts.CREDENTIALS_V1, V1_BADGE, SIGNATURE_2020]}


@pytest.mark.parametrize("version", [1, 2])
def test_we_read_ed25519signature2020(version) -> None:
    if not installed():
        pytest.skip("@digitalbazaar/vc is not installed: run make setup")
    new = {**unsigned(), "@context": [*unsigned()["@context"], SIGNATURE_2020]}
    ran = subprocess.run(
        ["node", str(SCRIPT.with_name("signature2020.mjs"))],
        input=json.dumps(old_badge() if version == 1 else new),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    document = json.loads(ran.stdout)
    assert document["proof"]["type"] == "Ed25519Signature2020"
    check(document, document["proof"])
    document["credentialSubject"]["result"][0]["value"] = "99"
    with pytest.raises(VcError) as caught:
        check(document, document["proof"])
    assert caught.value.code == "signature_wrong"
