"""Threats 9, 10 and 31, through the verdict; the others stand with their subject: `test_threat_NN_...` beside this."""

import copy
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.vc.makers import DID, LIST_URL, NOW, OTHER_SEED, SEED, badge, did_of, status_list, trust, unsigned

from linkspan.vc import LocalSigner, Trust, add_proof, keys, sign, verify
from linkspan.vc.keys import base58_decode, base58_encode

ORDER = 2**252 + 27742317777372353535851937790883648493


def found(document: dict, name: str, relied: Trust | None = None, at=NOW) -> tuple[str, str]:
    verdict = verify(document, trust=relied or trust(), at=at)
    check = next(check for check in verdict.checks if check.name == name)
    return check.outcome, check.code


def with_proof(**changes) -> dict:
    signed = badge()
    return {**signed, "proof": {**signed["proof"], **changes}}


@pytest.mark.parametrize("suite", ["eddsa-2022", "eddsa-rdfc-2023", "bbs-2023", "", None, 7, "EDDSA-RDFC-2022"])
def test_threat_09_only_cryptosuites_of_the_list(suite) -> None:
    assert found(with_proof(cryptosuite=suite), "signature") == ("unknown", "cryptosuite_unknown")


def test_threat_09_a_proof_made_for_another_purpose() -> None:
    signed = sign(unsigned(), SEED, created=NOW, options={"proofPurpose": "authentication"})
    assert found(signed, "signature") == ("failed", "proof_purpose_wrong")


def test_threat_09_made_later_expired_or_without_a_date() -> None:
    assert found(sign(unsigned(), SEED, created=NOW + timedelta(days=1)), "signature")[1] == "signed_in_future"
    ended = sign(unsigned(), SEED, created=NOW, options={"expires": "2018-07-01T00:00:00Z"})
    assert found(ended, "signature") == ("passed", "signature_holds")
    assert found(ended, "signature", at=NOW + timedelta(days=9)) == ("failed", "proof_expired")
    for broken in ("yesterday", "2018-06-30", "2018-06-30T12:00:00", 7):
        assert found(with_proof(created=broken), "signature")[0] == "failed"


def test_threat_09_a_second_signature_made_from_the_first() -> None:
    """Malleability: s + order would be another signature of the same, were it accepted (RFC 8032, 5.1.7)."""
    raw = base58_decode(badge_proof()[1:])
    twin = raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")
    assert found(with_proof(proofValue="z" + base58_encode(twin)), "signature")[0] == "failed"


def badge_proof() -> str:
    return badge()["proof"]["proofValue"]


@pytest.mark.parametrize("value", ["", "z", "z1", "m1234", "z0OIl", "u" + "A" * 86, None, 7, ["z1"], "z" + "1" * 5000])
def test_threat_09_proof_values_of_wrong_length_or_letters(value) -> None:
    assert found(with_proof(proofValue=value), "signature")[0] == "failed"


def test_threat_09_a_key_of_small_order_signs_for_nobody() -> None:
    weak = "z" + base58_encode(keys.ED25519.public_prefix + b"\x01" + bytes(31))
    forged = with_proof(
        verificationMethod=f"did:key:{weak}#{weak}", proofValue="z" + base58_encode(b"\x01" + bytes(63))
    )
    assert found(forged, "signature") == ("failed", "key_weak")


def test_threat_10_all_proofs_of_a_set_must_hold() -> None:
    pair = add_proof(badge(), SEED, created=NOW, cryptosuite="eddsa-jcs-2022")
    assert verify(pair, trust=trust(), at=NOW).verdict == "valid"
    broken = copy.deepcopy(pair)
    broken["proof"][1]["proofValue"] = broken["proof"][0]["proofValue"]
    assert found(broken, "signature") == ("failed", "signature_wrong")
    foreign = add_proof(badge(), OTHER_SEED, created=NOW)
    assert found(foreign, "issuer") == ("failed", "key_of_another")


def test_threat_10_a_proof_of_an_unknown_type_does_not_pass() -> None:
    for stranger in ({"type": "SomeProofType"}, {}, {"type": ["DataIntegrityProof"]}):
        signed = badge()
        verdict = verify({**signed, "proof": [signed["proof"], stranger]}, trust=trust(), at=NOW)
        assert verdict.verdict != "valid"
        assert verdict.checks[0].outcome != "passed"
    for odd in ("x", 7, [7], ["x"], []):
        assert verify({**badge(), "proof": odd}, trust=trust(), at=NOW).verdict != "valid"


def test_threat_10_a_chain_needs_the_proof_that_it_names() -> None:
    first = sign(unsigned(), SEED, created=NOW, options={"id": "urn:uuid:first"})
    chain = add_proof(first, SEED, created=NOW, options={"previousProof": "urn:uuid:first"})
    assert verify(chain, trust=trust(), at=NOW).verdict == "valid"
    alone = {**chain, "proof": chain["proof"][1]}
    assert found(alone, "signature") == ("failed", "previous_proof_missing")


@pytest.mark.parametrize(
    ("begins", "at", "code"),
    [
        ("2018-06-30T12:00:00Z", datetime(2018, 6, 30, 12, tzinfo=UTC), "in_force"),
        ("2018-06-30T12:00:00.001Z", datetime(2018, 6, 30, 12, tzinfo=UTC), "not_yet_valid"),
        ("2018-06-30T14:00:00+02:00", datetime(2018, 6, 30, 12, tzinfo=UTC), "in_force"),
        ("2018-10-28T02:30:00+02:00", datetime(2018, 10, 28, 0, 30, tzinfo=UTC), "in_force"),
        ("2018-10-28T02:30:00+01:00", datetime(2018, 10, 28, 0, 30, tzinfo=UTC), "not_yet_valid"),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC), "in_force"),
        ("2018-06-30T12:00:00Z", datetime(2018, 6, 30, 7, tzinfo=timezone(-timedelta(hours=5))), "in_force"),
        ("2018-06-30T12:00:00", datetime(2019, 1, 1, tzinfo=UTC), "date_broken"),
        ("2018-06-30", datetime(2019, 1, 1, tzinfo=UTC), "date_broken"),
        ("2018-02-30T00:00:00Z", datetime(2019, 1, 1, tzinfo=UTC), "date_broken"),
    ],
)
def test_threat_31_when_it_begins(begins, at, code) -> None:
    held = {**unsigned(), "validFrom": begins}
    assert found(sign(held, SEED, created=NOW), "validity", at=at)[1] == code


def test_threat_31_a_period_that_ends_before_it_begins() -> None:
    assert found(badge(validUntil="2018-06-01T00:00:00Z"), "validity") == ("failed", "period_empty")
    assert found(badge(validUntil="2018-06-30T12:00:00Z"), "validity") == ("passed", "in_force")


def test_the_words_of_every_verdict_are_sentences() -> None:
    documents = [badge(), with_proof(cryptosuite="x"), badge(validUntil="2018-06-30T12:00:00Z"), {"a": 1}]
    relied = [trust(), trust(5), Trust(), Trust([{"did": did_of(OTHER_SEED), "name": "x"}], {LIST_URL: status_list()})]
    for document in documents:
        for each in relied:
            for check in verify(document, trust=each, at=NOW + timedelta(days=1)).checks:
                assert check.message[0].isupper() or check.message.startswith("did:"), check
                assert check.message.endswith((".", ":", ")")) or "http" in check.message, check
                assert check.code.replace("_", "").isalpha()


def test_every_threat_has_its_test() -> None:
    """Numbered as in the list behind them: integrity, proof, identity, revocation, holder, presentation, operations."""
    named = " ".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    missing = {number for number in range(1, 32) if f"def test_threat_{number:02}_" not in named}
    assert missing == set()


def test_a_signer_of_a_foreign_method_signs_for_nobody() -> None:
    signer = LocalSigner(keys.private_key_of(keys.ED25519, OTHER_SEED), f"{DID}#{DID.removeprefix('did:key:')}")
    assert found(sign(unsigned(), signer, created=NOW), "signature") == ("failed", "signature_wrong")
