"""Proofs by each cryptosuite, sets, chains, and what is refused of them."""

import copy
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.vc.makers import DID, NOW, OTHER_SEED, SEED, unsigned

from linkspan.vc import VcError, contexts, keys, sign
from linkspan.vc.jsonld import canonical
from linkspan.vc.proofs import LocalSigner, add_proof, check, proofs_of
from linkspan.vc.suites import canonical_forms

P256 = keys.private_key_of(keys.P256, bytes(range(1, 33)))
P384 = keys.private_key_of(keys.P384, bytes(range(1, 49)))
BY_SUITE = [
    ("eddsa-rdfc-2022", SEED),
    ("eddsa-jcs-2022", SEED),
    ("ecdsa-rdfc-2019", P256),
    ("ecdsa-rdfc-2019", P384),
    ("ecdsa-jcs-2019", P256),
    ("ecdsa-jcs-2019", P384),
]


def code_of(document, proof=None, **options) -> str | None:
    try:
        check(document, proof or document["proof"], **options)
    except VcError as error:
        return error.code
    return None


@pytest.mark.parametrize(("suite", "key"), BY_SUITE)
def test_each_suite_holds_until_something_is_changed(suite, key) -> None:
    signed = sign(unsigned(), key, created=NOW, cryptosuite=suite)
    assert signed["proof"]["cryptosuite"] == suite
    assert code_of(signed) is None
    forged = copy.deepcopy(signed)
    forged["credentialSubject"]["result"][0]["value"] = "99"
    assert code_of(forged) == "signature_wrong"
    for name, value in {"created": "2018-06-30T12:00:01Z", "domain": "elsewhere.example", "nonce": "x"}.items():
        assert code_of(signed, {**signed["proof"], name: value}) == "signature_wrong"


@given(moments=st.lists(st.datetimes(timezones=st.just(UTC)), min_size=1, max_size=3))
def test_the_time_of_a_proof_is_covered_whatever_was_kept(moments) -> None:
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}
    for moment in moments:
        dated = {**proof, "created": moment.isoformat()}
        whole = canonical({**dated, "@context": unsigned()["@context"]}).encode()
        assert canonical_forms(unsigned(), dated)[0] == whole


def test_the_suite_follows_from_the_key() -> None:
    assert sign(unsigned(), P384, created=NOW)["proof"]["cryptosuite"] == "ecdsa-rdfc-2019"
    assert sign(unsigned(), SEED, created=NOW)["proof"]["cryptosuite"] == "eddsa-rdfc-2022"


def test_a_signer_names_its_own_method() -> None:
    method = "did:web:mitx.example#key-1"
    signed = sign(unsigned(), LocalSigner(P256, method), created=NOW)
    assert signed["proof"]["verificationMethod"] == method
    assert code_of(signed, key=P256.public_key()) is None
    assert code_of(signed, key=P384.public_key()) == "signature_wrong"
    assert code_of(signed) == "method_unknown"


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ORDERED = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS]
ORDER = 2**252 + 27742317777372353535851937790883648493


def test_the_other_form_of_a_signature_does_not_hold() -> None:
    """A signature (R, S) must not also hold as (R, S + L): RFC 8032, section 5.1.7."""
    signed = sign(unsigned(), SEED, created=NOW)
    raw = keys.base58_decode(signed["proof"]["proofValue"][1:])
    other = raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")
    assert code_of(signed, {**signed["proof"], "proofValue": "z" + keys.base58_encode(other)}) == "signature_wrong"


def test_both_forms_of_an_ecdsa_signature_hold() -> None:
    """FIPS 186-5, section 6.4: (r, n - s) verifies as well as (r, s); docs/credentials.md says why we take both."""
    signed = sign(unsigned(), P256, created=NOW)
    raw = keys.base58_decode(signed["proof"]["proofValue"][1:])
    other = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    assert other != raw
    check(signed, {**signed["proof"], "proofValue": "z" + keys.base58_encode(other)})


def test_threat_03_the_order_of_contexts() -> None:
    """Signed as it stands by JCS; by RDFC as far as it changes a statement, and the data model's is always first."""
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        signed = sign({**unsigned(), "@context": ORDERED}, SEED, created=NOW, cryptosuite=suite)
        swapped = {**signed, "@context": [ORDERED[0], ORDERED[2], ORDERED[1]]}
        if suite == "eddsa-rdfc-2022":
            check(swapped, signed["proof"])
        else:
            assert code_of(swapped, signed["proof"]) == "proof_context_other"
        assert code_of({**signed, "@context": [ORDERED[1], ORDERED[0], ORDERED[2]]}, signed["proof"]) in (
            "context_order",
            "proof_context_other",
        )


@pytest.mark.parametrize("length", [0, 1, 63, 65, 96])
def test_a_signature_of_another_length_does_not_hold(length) -> None:
    for key in (SEED, P256):
        signed = sign(unsigned(), key, created=NOW)
        value = "z" + keys.base58_encode(b"\1" * length)
        assert code_of(signed, {**signed["proof"], "proofValue": value}) == "signature_wrong"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "SomeProofType"}, "proof_type_unknown"),
        ({"type": ["DataIntegrityProof"]}, "proof_type_unknown"),
        ({"cryptosuite": "eddsa-2022"}, "cryptosuite_unknown"),
        ({"cryptosuite": ["eddsa-rdfc-2022"]}, "cryptosuite_unknown"),
        ({"cryptosuite": "ecdsa-rdfc-2019"}, "key_of_other_suite"),
        ({"cryptosuite": "eddsa-jcs-2022"}, "signature_wrong"),
        ({"proofPurpose": "authentication"}, "proof_purpose_wrong"),
        ({"proofPurpose": None}, "proof_purpose_wrong"),
        ({"proofValue": None}, "proof_broken"),
        ({"proofValue": "u1234"}, "proof_broken"),
        ({"proofValue": "z0"}, "multibase_broken"),
        ({"verificationMethod": {"id": DID}}, "proof_broken"),
        ({"verificationMethod": "https://mitx.example/keys/1"}, "method_unknown"),
        ({"created": "yesterday"}, "proof_date_broken"),
        ({"created": "2018-06-30T12:00:00"}, "proof_date_broken"),
        ({"expires": 7}, "proof_date_broken"),
        ({"previousProof": "urn:uuid:none"}, "previous_proof_missing"),
        ({"previousProof": []}, "proof_broken"),
        ({"previousProof": 7}, "proof_broken"),
        ({"@context": []}, "proof_context_other"),
    ],
)
def test_what_is_refused_of_a_proof(change, code) -> None:
    signed = sign(unsigned(), SEED, created=NOW)
    assert code_of(signed, {**signed["proof"], **change}) == code


def test_a_proof_holds_between_its_dates() -> None:
    expires = {"expires": "2018-07-30T12:00:00Z"}
    signed = sign(unsigned(), SEED, created=NOW, options=expires)
    assert code_of(signed, at=NOW) is None
    assert code_of(signed, at=NOW - timedelta(seconds=1)) == "proof_created_later"
    assert code_of(signed, at=NOW + timedelta(days=30)) == "proof_expired"


def test_another_purpose_must_be_asked_for() -> None:
    signed = sign(unsigned(), SEED, created=NOW, options={"proofPurpose": "authentication", "challenge": "c"})
    assert code_of(signed, purpose="authentication") is None
    assert code_of(signed) == "proof_purpose_wrong"


def test_a_proof_set_holds_for_each_proof() -> None:
    both = add_proof(sign(unsigned(), SEED, created=NOW), P256, created=NOW)
    assert [code_of(both, proof) for proof in proofs_of(both)] == [None, None]


def chain() -> dict:
    first = sign(unsigned(), SEED, created=NOW, options={"id": "urn:uuid:one"})
    return add_proof(first, OTHER_SEED, created=NOW, options={"previousProof": "urn:uuid:one"})


def test_a_chain_covers_the_proof_before() -> None:
    document = chain()
    assert [code_of(document, proof) for proof in proofs_of(document)] == [None, None]
    document["proof"][0]["created"] = "2018-06-30T12:00:01Z"
    assert [code_of(document, proof) for proof in proofs_of(document)] == ["signature_wrong"] * 2


def test_a_chain_with_a_link_missing_or_twice_is_refused() -> None:
    document = chain()
    last = document["proof"][1]
    assert code_of({**document, "proof": last}, last) == "previous_proof_missing"
    assert code_of({**document, "proof": [document["proof"][0], *document["proof"]]}, last) == "previous_proof_missing"


def test_contexts_may_not_be_changed_under_a_jcs_proof() -> None:
    signed = sign(unsigned(), SEED, created=NOW, cryptosuite="eddsa-jcs-2022")
    signed["@context"] = [*signed["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    assert code_of(signed) == "proof_context_other"
