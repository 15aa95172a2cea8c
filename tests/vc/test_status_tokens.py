"""Token Status Lists: what a list says of an SD-JWT, and lists that are broken, huge, old, of others or not at hand."""

import zlib
from datetime import timedelta

import pytest
from cryptography import x509
from tests.vc.certificates import ISSUER, LEAF, MIDDLE, MIDDLE_KEY, OTHER_KEY, certificate, x5c
from tests.vc.makers import DID, NOW, OTHER_SEED, SEED, unsigned
from tests.vc.test_certificates import CLAIMS, RELIED, signed

from linkspan.vc import Trust, base64url, jose, sdjwt, status_tokens, verify
from linkspan.vc.verify.files import trust_from
from linkspan.vc.verify.trust import Trust as Relied

URL = "https://pid.example.eu/sl/1"
ROWS = [{"did": DID, "name": "MITx"}]
VALUES = {0: 0, 1: 1, 2: 2, 3: 3}


def claims(**changes):
    told = {"issuer": DID, "values": VALUES, "length": 1_000, "bits": 2, "issued": NOW, **changes}
    times = {"expires": NOW + timedelta(days=1), "ttl": timedelta(hours=12)}
    return status_tokens.list_claims(**{"url": URL, **times, **told})


def listed(key=SEED, kind=status_tokens.TYPE, drop=(), changes=None, **more) -> str:
    told = {name: value for name, value in {**claims(**more), **(changes or {})}.items() if name not in drop}
    return jose.sign_claims(told, key, kind=kind)


def card(index=0, url=URL, **status) -> str:
    entry = {"status_list": {"idx": index, "uri": url, **status}}
    told = {"iss": DID, "vct": "urn:card", "status": entry, "name": "A"}
    return sdjwt.issue(told, SEED, hidden=[("name",)], created=NOW)


def told(token: str, found, at=NOW) -> tuple[str, str, str]:
    lists = {} if found is None else {URL: found}
    return answered(token, Trust(ROWS, lists), at)


def answered(token: str, trust: Relied, at=NOW) -> tuple[str, str, str]:
    found = verify(token, trust=trust, at=at)
    (status,) = (check for check in found.checks if check.name == "status")
    return found.verdict, status.outcome, status.code


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (0, ("valid", "passed", "not_revoked")),
        (1, ("invalid", "failed", "revoked")),
        (2, ("invalid", "failed", "suspended")),
        (3, ("unknown", "unknown", "status_of_its_own")),
        (999, ("valid", "passed", "not_revoked")),
        (1_000, ("unknown", "unknown", "status_index_out_of_range")),
    ],
)
def test_what_a_list_says(index, expected) -> None:
    assert told(card(index), listed()) == expected


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_of_each_width_the_lowest_bits_come_first(bits) -> None:
    most = (1 << bits) - 1
    values = {0: 1, 5: most, 8: 1}
    held = claims(values=values, bits=bits, length=16)
    assert [status_tokens.value_at(held, index) for index in range(16)] == [values.get(index, 0) for index in range(16)]


def test_the_example_of_the_specification() -> None:
    """Section 4.1: one bit each, index 0 in the lowest bit: 0xB9 0xA3."""
    held = {"status_list": {"bits": 1, "lst": base64url.encode(zlib.compress(b"\xb9\xa3"))}}
    expected = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    assert [status_tokens.value_at(held, index) for index in range(16)] == expected


def test_values_that_nobody_defined_or_that_are_agreed_on_are_unknown() -> None:
    made = listed(bits=4, values={0: 0x0C, 1: 0x0B})
    assert told(card(0), made)[2] == "status_of_its_own"
    assert told(card(1), made)[2] == "status_value_unknown"


def lst(raw: bytes) -> dict:
    return {"status_list": {"bits": 1, "lst": base64url.encode(raw)}}


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: None, "status_list_missing"),
        (lambda: listed(kind="jwt"), "status_list_wrong"),
        (lambda: listed(url="https://pid.example.eu/sl/2"), "status_list_wrong"),
        (lambda: {"id": URL}, "status_list_wrong"),
        (lambda: b"\xd2\x84\x43\xa1\x01\x26", "status_list_cwt"),
        (lambda: b"<html>", "not_a_token"),
        (lambda: listed(OTHER_SEED), "key_of_another"),
        (lambda: listed(OTHER_SEED, drop=["iss"]), "key_of_another"),
        (lambda: listed(OTHER_SEED, changes={"iss": "https://evil.example"}), "status_list_foreign"),
        (lambda: listed()[:-8] + "AAAAAAAA", "signature_wrong"),
        (lambda: listed(expires=NOW), "status_list_expired"),
        (lambda: listed(issued=NOW + timedelta(hours=1)), "status_list_expired"),
        (lambda: listed(issued=NOW - timedelta(hours=13)), "status_list_stale"),
        (lambda: listed(drop=["iat"]), "status_list_broken"),
        (lambda: listed(changes={"ttl": "1"}), "status_list_broken"),
        (lambda: listed(changes={"exp": "soon"}), "status_list_broken"),
        (lambda: listed(drop=["status_list"]), "status_list_broken"),
        (lambda: listed(changes={"status_list": {"bits": 3, "lst": ""}}), "status_list_broken"),
        (lambda: listed(changes={"status_list": {"bits": True, "lst": ""}}), "status_list_broken"),
        (lambda: listed(changes={"status_list": {"bits": 1, "lst": 5}}), "status_list_broken"),
        (lambda: listed(changes=lst(b"no zlib")), "status_list_broken"),
        (lambda: listed(changes=lst(zlib.compress(b"abc")[:-4])), "status_list_too_large"),
        (lambda: listed(changes=lst(zlib.compress(b"\0" * 3_000_000))), "status_list_too_large"),
    ],
)
def test_a_list_that_cannot_be_relied_on_leaves_it_unknown(made, code) -> None:
    verdict, outcome, found = told(card(), made())
    expected = {code, "status_list_foreign"} if code == "key_of_another" else {code}
    assert (verdict, outcome) == ("unknown", "unknown") and found in expected


@pytest.mark.parametrize(
    "status", [{"idx": -1}, {"idx": "1"}, {"idx": True}, {"idx": None}, {"uri": 5}, {"idx": 2**60}]
)
def test_an_entry_that_is_none_leaves_it_unknown(status) -> None:
    assert told(card(**status), listed())[1:] == ("unknown", "status_index_broken")


def test_a_status_of_another_kind_is_unknown() -> None:
    for other in ({"status_list": 5}, {"identifier_list": {}}, 5):
        token = sdjwt.issue({"iss": DID, "vct": "urn:card", "status": other}, SEED, hidden=[], created=NOW)
        assert told(token, listed())[1:] == ("unknown", "status_type_unknown")


def test_a_status_file_holds_the_token_itself() -> None:
    for file in ({"lists": {URL: listed()}}, {URL: listed()}):
        assert answered(card(1), trust_from({"issuers": ROWS}, file)) == ("invalid", "failed", "revoked")


def test_a_badge_as_a_token_may_name_such_a_list_too() -> None:
    bare = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    told_in = {**bare, "status": status_tokens.reference(URL, 1), "iat": int(NOW.timestamp())}
    assert told(jose.sign_claims(told_in, SEED, kind="vc+jwt"), listed()) == ("invalid", "failed", "revoked")


def test_a_list_of_an_issuer_with_certificates() -> None:
    token = signed(x5c(LEAF, MIDDLE), {**CLAIMS, "status": status_tokens.reference(URL, 1)})
    relied = Relied(
        roots=RELIED.roots, lists={URL: signed(x5c(LEAF, MIDDLE), claims(issuer=ISSUER), kind=status_tokens.TYPE)}
    )
    assert answered(token, relied) == ("invalid", "failed", "revoked")
    # Another office of the same authority keeps the list, at its own place; and one that is not certified for it.
    office = certificate("Status office", OTHER_KEY, "Issuing authority", MIDDLE_KEY)
    named = signed(
        x5c(office, MIDDLE), claims(issuer="https://status.example.eu"), key=OTHER_KEY, kind=status_tokens.TYPE
    )
    assert answered(token, Relied(roots=RELIED.roots, lists={URL: named})) == ("invalid", "failed", "revoked")

    stranger = certificate("Stranger", OTHER_KEY, "Issuing authority", MIDDLE_KEY, names=[x509.DNSName("x.example")])
    foreign = signed(x5c(stranger, MIDDLE), claims(issuer="https://x.example"), key=OTHER_KEY, kind=status_tokens.TYPE)
    assert answered(token, Relied(roots=RELIED.roots, lists={URL: foreign})) == (
        "unknown",
        "unknown",
        "status_list_foreign",
    )


def test_what_an_issuer_revokes_that_is_not_known_is_revoked_all_the_same() -> None:
    """The same key signed both, so that who they are decides nothing about it."""
    assert answered(card(1), Trust(lists={URL: listed()})) == ("invalid", "failed", "revoked")
    assert answered(card(0), Trust(lists={URL: listed()})) == ("unknown", "passed", "not_revoked")
