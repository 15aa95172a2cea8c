"""did:key and did:web: whose key is it? Threats 9, 12 and 16."""

import json

import pytest
from tests.vc.https_server import serving
from tests.vc.makers import DID, NOW, OTHER_SEED, SEED, did_of, unsigned

from linkspan.vc import LocalSigner, Trust, VcError, keys, sign, verify
from linkspan.vc.did import WebResolver, did_key_document, did_web_url, listed_key

MULTIBASE = DID.removeprefix("did:key:")
OTHER_MULTIBASE = did_of(OTHER_SEED).removeprefix("did:key:")
WEB = "did:web:mitx.example"


def document(did: str = WEB, **changes) -> dict:
    entry = {"id": f"{did}#key-1", "type": "Multikey", "controller": did, "publicKeyMultibase": MULTIBASE}
    return {"id": did, "verificationMethod": [entry], "assertionMethod": ["#key-1"], **changes}


def by_web(did: str = WEB, seed: bytes = SEED, fragment: str = "key-1") -> dict:
    issuer = {"id": did, "type": ["Profile"], "name": "MITx"}
    signer = LocalSigner(keys.private_key_of(keys.ED25519, seed), f"{did}#{fragment}")
    unlisted = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    return sign({**unlisted, "issuer": issuer}, signer, created=NOW)


def issuer_of(credential: dict, **relied) -> tuple[str, str]:
    relied = {"issuers": [{"did": WEB, "name": "MITx"}], **relied}
    verdict = verify(credential, trust=Trust(**relied), at=NOW)
    found = next(check for check in verdict.checks if check.name == "issuer")
    return found.outcome, found.code


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:mitx.example", "https://mitx.example/.well-known/did.json"),
        ("did:web:mitx.example:dids:one", "https://mitx.example/dids/one/did.json"),
        ("did:web:mitx.example%3A8443", "https://mitx.example:8443/.well-known/did.json"),
        ("did:web:mitx.example%3a8443", "https://mitx.example:8443/.well-known/did.json"),
        ("did:web:MITx.Example:a_b:~c", "https://mitx.example/a_b/~c/did.json"),
        ("did:web:mitx.example:caf%C3%A9", "https://mitx.example/caf%C3%A9/did.json"),
        ("did:web:xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example/.well-known/did.json"),
    ],
)
def test_where_the_document_stands(did, url) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        *(
            "did:web:",
            "did:web:127.0.0.1",
            "did:web:mitx.example%3A0",
            "did:web:mitx.example%3A",
        ),
        *(
            "did:web:mitx.example%3A99999",
            "did:web:mitx.example%3Ax",
            "did:web:mitx.example:..:x",
            "did:web:a.example:%2e%2e",
        ),
        *(
            "did:web:mitx.example%2F..%2Fx",
            "did:web:user%40mitx.example",
            "did:web:mitx.example::x",
            "did:web:a.example:b%2Fc",
        ),
        *("did:web:mitx.example?x=1", "did:web:mitx.example%253A8443", "did:key:z6Mk", "did:web:-a.example"),
    ],
)
def test_threat_16_ports_and_paths_that_lead_elsewhere(did) -> None:
    with pytest.raises(VcError) as caught:
        did_web_url(did)
    assert caught.value.code == "did_refused"


@pytest.mark.parametrize(
    "host", ["m\u0456tx.example", "xn--mtx-jhd.example", "xn--80ak6aa92e.example", "\uff4ditx.example"]
)
def test_threat_16_letters_that_only_look_like_others(host) -> None:
    with pytest.raises(VcError):
        did_web_url(f"did:web:{host}")


def test_a_controller_document_binds_the_key() -> None:
    assert issuer_of(by_web(), controllers={WEB: document()}) == ("passed", "issuer_registered")


def test_threat_09_a_key_must_be_listed_for_assertion() -> None:
    only_sign_in = document(assertionMethod=[], authentication=["#key-1"])
    assert issuer_of(by_web(), controllers={WEB: only_sign_in}) == ("unknown", "key_not_listed")
    by_fragment = by_web(fragment=MULTIBASE)
    assert issuer_of(by_fragment, controllers={WEB: only_sign_in}) == ("failed", "key_not_listed")


def test_threat_12_a_registry_pins_the_key_against_a_takeover() -> None:
    taken_over = {
        WEB: document(
            verificationMethod=[{**document()["verificationMethod"][0], "publicKeyMultibase": OTHER_MULTIBASE}]
        )
    }
    pinned = [{"did": WEB, "name": "MITx", "keys": [{"publicKeyMultibase": MULTIBASE}]}]
    assert issuer_of(by_web(seed=OTHER_SEED), controllers=taken_over) == ("passed", "issuer_registered")
    assert issuer_of(by_web(seed=OTHER_SEED), controllers=taken_over, issuers=pinned) == (
        "failed",
        "key_not_registered",
    )


def test_a_document_of_another_or_an_ended_key() -> None:
    assert issuer_of(by_web(), controllers={WEB: document(id="did:web:other.example")})[0] != "passed"
    ended = {**document()["verificationMethod"][0], "revoked": "2018-01-01T00:00:00Z"}
    assert issuer_of(by_web(), controllers={WEB: document(verificationMethod=[ended])})[0] != "passed"
    foreign = {**document()["verificationMethod"][0], "controller": "did:web:other.example"}
    assert issuer_of(by_web(), controllers={WEB: document(verificationMethod=[foreign])})[0] != "passed"


def test_a_jwk_and_an_embedded_method() -> None:
    jwk = keys.jwk_of(keys.key_of_multibase(MULTIBASE))
    entry = {"id": f"{WEB}#key-1", "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": jwk}
    listed = {"id": WEB, "assertionMethod": [entry]}
    assert issuer_of(by_web(), controllers={WEB: listed}) == ("passed", "issuer_registered")


def test_a_key_in_the_fragment_alone_never_passes() -> None:
    assert issuer_of(by_web(fragment=MULTIBASE)) == ("unknown", "key_not_bound")
    verdict = verify(by_web(fragment=MULTIBASE), trust=Trust([{"did": WEB, "name": "MITx"}]), at=NOW)
    assert verdict.verdict == "unknown"
    assert verdict.checks[0].outcome == "passed"


def test_did_key_documents() -> None:
    method = f"{DID}#{MULTIBASE}"
    assert listed_key(did_key_document(DID), method, "assertionMethod") == keys.key_of_multibase(MULTIBASE)
    with pytest.raises(VcError):
        listed_key(did_key_document(DID), f"{DID}#other", "assertionMethod")
    with pytest.raises(VcError):
        did_key_document("did:key:z6MkBroken")


def test_the_web_resolver_under_its_policy(tmp_path) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        did = f"did:web:localhost%3A{port}"
        answers["/.well-known/did.json"] = json.dumps(document(did)).encode()
        registered = {"issuers": [{"did": did, "name": "MITx"}]}
        asked = WebResolver(policy)
        assert issuer_of(by_web(did), resolver=asked, **registered) == ("passed", "issuer_registered")
        assert issuer_of(by_web(did), resolver=WebResolver(), **registered) == ("unknown", "address_refused")
        assert issuer_of(by_web(did), **registered) == ("unknown", "controller_unknown")


def test_a_status_list_is_fetched_under_the_same_policy(tmp_path) -> None:
    from linkspan.vc import status

    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        url = f"https://localhost:{port}/status/1"
        listed = status.list_credential(
            url=url, issuer=DID, purpose="revocation", set_indices=[5], length=status.SHORTEST, valid_from=NOW
        )
        answers["/status/1"] = json.dumps(sign(listed, SEED, created=NOW)).encode()
        entry = status.entry(url=url, purpose="revocation", index=5)
        held = sign({**unsigned(), "credentialStatus": entry}, SEED, created=NOW)
        verdict = verify(held, trust=Trust([{"did": DID, "name": "MITx"}], resolver=WebResolver(policy)), at=NOW)
        assert ("status", "failed", "revoked") in [(c.name, c.outcome, c.code) for c in verdict.checks]
