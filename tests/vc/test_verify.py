"""The verdict, and each attack that it withstands."""

import copy
import json
from datetime import timedelta

import pytest
from tests.vc.makers import DID, LIST_URL, NOW, OTHER_SEED, SEED, badge, status_list, trust, unsigned

from linkspan.vc import DataLoss, Trust, Unreadable, sign, status, verify
from linkspan.vc.jsonld import parse


def outcome(verdict, name: str) -> tuple[str, str]:
    found = next(check for check in verdict.checks if check.name == name)
    return found.outcome, found.code


def test_a_good_badge_is_valid() -> None:
    verdict = verify(badge(), trust=trust(), at=NOW)
    assert verdict.verdict == "valid"
    assert verdict.issuer["name"] == "MITx"
    assert {"name": "SC0x", "value": "78"} in verdict.achievement["results"]


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_both_suites(suite) -> None:
    signed = sign(unsigned(), SEED, created=NOW, cryptosuite=suite)
    assert verify(signed, trust=trust(), at=NOW).verdict == "valid"
    signed["credentialSubject"]["result"][0]["value"] = "99"
    assert outcome(verify(signed, trust=trust(), at=NOW), "signature") == ("failed", "signature_wrong")


def test_an_injected_claim_is_data_loss() -> None:
    forged = badge()
    forged["credentialSubject"]["honors"] = "summa cum laude"
    verdict = verify(forged, trust=trust(), at=NOW)
    assert verdict.verdict == "invalid"
    assert outcome(verdict, "data_loss") == ("failed", "term_dropped")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status ": "x"}, "key_odd"),
        ({"name": None}, "null_value"),
        ({"type": ["VerifiableCredential", "OpenBadgeCredential", "Nonsense"]}, "type_unknown"),
        ({"id": "not-absolute"}, "value_dropped"),
        ({"@context": [{"@vocab": "urn:x#"}]}, "context_inline"),
        ({"honors": 3}, "term_dropped"),
    ],
)
def test_what_would_be_lost_is_never_signed(change, code) -> None:
    with pytest.raises(DataLoss) as caught:
        sign({**unsigned(), **change}, SEED, created=NOW)
    assert caught.value.code == code


def test_an_unknown_context_is_unknown_and_not_a_wrong_signature() -> None:
    forged = badge()
    forged["@context"].append("https://elsewhere.example/context")
    verdict = verify(forged, trust=trust(), at=NOW)
    assert verdict.verdict == "unknown"
    assert outcome(verdict, "data_loss") == ("unknown", "context_unknown")


@pytest.mark.parametrize(
    "text",
    [b"\xff", b'{"a": NaN}', b"[]", b"{", b'{"a":' * 60 + b"1" + b"}" * 60, b" " * 1_000_001],
)
def test_unreadable_input(text) -> None:
    with pytest.raises(Unreadable):
        parse(text)


def test_a_duplicate_key_is_refused() -> None:
    with pytest.raises(DataLoss):
        parse('{"id": "a", "id": "b"}')


def test_a_foreign_key_does_not_sign_for_the_issuer() -> None:
    verdict = verify(sign(unsigned(), OTHER_SEED, created=NOW), trust=trust(), at=NOW)
    assert outcome(verdict, "issuer") == ("failed", "key_of_another")


def test_an_unregistered_issuer_is_unknown_never_passed() -> None:
    verdict = verify(badge(), trust=Trust(lists={LIST_URL: status_list()}), at=NOW)
    assert (verdict.verdict, outcome(verdict, "issuer")) == ("unknown", ("unknown", "issuer_not_registered"))


def test_a_key_signs_only_while_it_is_in_force() -> None:
    row = {"did": DID, "name": "MITx", "valid_from": NOW.isoformat(), "valid_to": (NOW + timedelta(1)).isoformat()}
    late = sign(unsigned(), SEED, created=NOW + timedelta(2))
    verdict = verify(late, trust=Trust([row], {LIST_URL: status_list()}), at=NOW + timedelta(3))
    assert outcome(verdict, "issuer") == ("failed", "key_not_in_force")


def test_validity() -> None:
    assert outcome(verify(badge(), trust=trust(), at=NOW - timedelta(days=1)), "validity")[1] == "not_yet_valid"
    short = badge(validUntil="2018-07-01T00:00:00Z")
    assert outcome(verify(short, trust=trust(), at=NOW + timedelta(days=9)), "validity")[1] == "expired"


def test_revocation() -> None:
    assert outcome(verify(badge(), trust=trust(5), at=NOW), "status") == ("failed", "revoked")
    assert outcome(verify(badge(), trust=trust(4, 6), at=NOW), "status") == ("passed", "not_revoked")


def test_a_status_that_cannot_be_determined_is_unknown() -> None:
    issuers = trust().issuers
    assert verify(badge(), trust=Trust(issuers), at=NOW).verdict == "unknown"
    foreign = Trust(issuers, {LIST_URL: status_list(seed=OTHER_SEED)})
    assert outcome(verify(badge(), trust=foreign, at=NOW), "status") == ("unknown", "status_list_foreign")
    tampered = copy.deepcopy(status_list())
    tampered["credentialSubject"]["encodedList"] = status.encode([5])
    assert outcome(verify(badge(), trust=Trust(issuers, {LIST_URL: tampered}), at=NOW), "status")[0] == "unknown"


def test_a_gzip_bomb_is_refused() -> None:
    with pytest.raises(ValueError):
        status.decode(status.encode([], 8 * 8 * 1024 * 1024))


def test_an_unknown_proof_beside_a_good_one_does_not_pass() -> None:
    signed = badge()
    signed["proof"] = [signed["proof"], {"type": "SomethingElse", "verificationMethod": f"{DID}#x"}]
    assert outcome(verify(signed, trust=trust(), at=NOW), "signature")[0] == "unknown"


@pytest.mark.parametrize("odd", ["a\u2028b", "_:b0", "tab\there", "\U0001f600", "\u0085"])
def test_odd_characters_are_signed_as_they_are(odd) -> None:
    signed = json.loads(json.dumps(badge(name=odd)))
    assert verify(signed, trust=trust(), at=NOW).verdict == "valid"
    signed["name"] += "."
    assert verify(signed, trust=trust(), at=NOW).verdict == "invalid"
