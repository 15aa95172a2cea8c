"""Status lists: what they say, and every way in which one cannot be relied on (threats 17 and 19)."""

import copy
import json
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.factories.pdfs import pdf_with
from tests.vc.makers import DID, LIST_URL, NOW, OTHER_SEED, SEED, badge, did_of, status_list, trust, unsigned

from linkspan.vc import Trust, VcError, jose, keys, sign, status, verify

ROWS = [{"did": DID, "name": "MITx"}]
MESSAGES = ("as issued", "superseded", "under review")


def listed(values, *, seed=SEED, purpose="revocation", url=LIST_URL, at=NOW, **more) -> dict:
    document = status.list_credential(
        url=url,
        issuer=did_of(seed),
        purpose=purpose,
        set_indices=values,
        length=status.SHORTEST,
        valid_from=NOW,
        **more,
    )
    return sign(document, seed, created=at)


def status_of(held_list, entry=None, at=NOW, rows=ROWS, **more) -> tuple[str, str]:
    entries = entry or status.entry(url=LIST_URL, purpose="revocation", index=5)
    credential = sign({**unsigned(), "credentialStatus": entries}, SEED, created=NOW)
    lists = held_list if isinstance(held_list, dict) and LIST_URL in held_list else {LIST_URL: held_list}
    verdict = verify(credential, trust=Trust(rows, lists, **more), at=at)
    found = next(check for check in verdict.checks if check.name == "status")
    assert found.outcome != "unknown" or verdict.verdict != "valid"
    return found.outcome, found.code


def test_a_list_is_json_or_a_token_and_nothing_that_takes_work_to_open() -> None:
    """A PDF that holds the very list is not unpacked, where the list came from a server."""
    whole = json.dumps(listed([4])).encode()
    assert status_of(whole) == ("passed", "not_revoked")
    assert status_of(pdf_with(zlib.compress(whole), 1)) == ("unknown", "not_utf8")


@pytest.mark.parametrize(
    ("purpose", "code"), [("revocation", "revoked"), ("suspension", "suspended"), ("superseded", "superseded")]
)
def test_threat_19_each_purpose_has_its_word(purpose, code) -> None:
    entry = status.entry(url=LIST_URL, purpose=purpose, index=5)
    assert status_of(listed([5], purpose=purpose), entry) == ("failed", code)
    assert status_of(listed([4, 6], purpose=purpose), entry) == ("passed", "not_revoked")


def test_threat_19_a_message_says_that_a_newer_one_replaces_it() -> None:
    entry = status.message_entry(url=LIST_URL, index=70_001, messages=MESSAGES)
    assert entry["statusSize"] == 2
    for value, expected in enumerate([("passed", "not_revoked"), ("failed", "superseded"), ("passed", "message")]):
        values = {70_001: value, 70_000: 3, 70_002: 3}
        assert status_of(listed(values, purpose="message", size=2), entry) == expected


def test_the_successor_is_told() -> None:
    credential = sign(unsigned(), SEED, created=NOW)
    relied = Trust(ROWS, {LIST_URL: status_list()}, successors={credential["id"]: "urn:uuid:new"})
    found = next(c for c in verify(credential, trust=relied, at=NOW).checks if c.name == "status")
    assert (found.outcome, found.code) == ("failed", "superseded")
    assert "urn:uuid:new" in found.message


def test_several_entries_the_worst_counts() -> None:
    second = "https://linkspan.example/status/2"
    entries = [
        status.entry(url=LIST_URL, purpose="revocation", index=5),
        status.entry(url=second, purpose="suspension", index=9),
    ]
    suspended = listed([9], purpose="suspension", url=second)
    assert status_of({LIST_URL: listed([]), second: suspended}, entries) == ("failed", "suspended")
    assert status_of({LIST_URL: listed([])}, entries) == ("unknown", "status_list_missing")
    assert status_of({LIST_URL: listed([5])}, entries) == ("failed", "revoked")
    assert (
        status_of({LIST_URL: listed([]), second: listed([], purpose="suspension", url=second)}, entries)[0] == "passed"
    )


def resigned(**changes) -> dict:
    changed = {**listed([]), **changes}
    return sign(changed, SEED, created=NOW)


def subject(**changes) -> dict:
    return {**listed([])["credentialSubject"], **changes}


def threat_17_lists() -> dict[str, tuple[dict, str]]:
    tampered = copy.deepcopy(listed([]))
    tampered["credentialSubject"]["encodedList"] = status.encode([7])
    unsigned_list = {name: value for name, value in listed([]).items() if name != "proof"}
    foreign_signature = sign(unsigned_list, OTHER_SEED, created=NOW)
    short = "u" + "H4sIAAAAAAACA2NgGAWjYBSMglEwCkbBKBgFo2AUjIJRMApGwSgYBaNgFIyCUTAKRsEoGAUAxCVJagAgAAA"
    return {
        "tampered": (tampered, "signature_wrong"),
        "unsigned": (unsigned_list, "status_list_unsigned"),
        "of another issuer": (listed([], seed=OTHER_SEED), "status_list_foreign"),
        "signed by another": (foreign_signature, "status_list_foreign"),
        "not a list": (resigned(type=["VerifiableCredential"]), "status_list_wrong"),
        "another list": (listed([], url="https://linkspan.example/status/9"), "status_list_wrong"),
        "other purpose": (listed([], purpose="suspension"), "status_purpose_wrong"),
        "not multibase": (resigned(credentialSubject=subject(encodedList="H4sI")), "status_list_broken"),
        "not gzip": (resigned(credentialSubject=subject(encodedList="uAAAA")), "status_list_broken"),
        "bomb": (resigned(credentialSubject=subject(encodedList=status.encode([], 2**25))), "status_list_too_large"),
        "cut off": (resigned(credentialSubject=subject(encodedList=status.encode([])[:40])), "status_list_too_large"),
        "short": (resigned(credentialSubject=subject(encodedList=short)), "status_list_broken"),
        "not yet": (resigned(validFrom="2019-01-01T00:00:00Z"), "status_list_expired"),
        "expired": (resigned(validUntil="2018-06-30T11:00:00Z"), "status_list_expired"),
    }


@pytest.mark.parametrize("name", threat_17_lists())
def test_threat_17_a_list_that_cannot_be_relied_on_is_unknown(name) -> None:
    document, code = threat_17_lists()[name]
    outcome, found = status_of(document)
    assert outcome == "unknown"
    assert found == code or (name == "short" and found in ("status_list_short", "status_list_broken"))


def test_threat_17_a_list_of_fewer_entries_than_131072() -> None:
    import base64
    import gzip

    packed = "u" + base64.urlsafe_b64encode(gzip.compress(bytes(status.SHORTEST // 8 - 1))).decode().rstrip("=")
    assert status_of(resigned(credentialSubject=subject(encodedList=packed))) == ("unknown", "status_list_short")
    with pytest.raises(VcError):
        status.encode([], status.SHORTEST - 1)


@pytest.mark.parametrize("index", ["131072", "-1", "5.0", "", " 5", "٥", "9" * 40])
def test_threat_17_an_index_outside(index) -> None:
    entry = {**status.entry(url=LIST_URL, purpose="revocation", index=5), "statusListIndex": index}
    if index:
        assert status_of(listed([5]), entry)[0] == "unknown"


def test_threat_17_ttl() -> None:
    held = listed([], ttl=3_600_000)
    assert status_of(held) == ("passed", "not_revoked")
    assert status_of(held, at=NOW + timedelta(hours=2)) == ("unknown", "status_list_stale")
    fresh = listed([], ttl=3_600_000, at=NOW + timedelta(hours=1))
    assert status_of(fresh, at=NOW + timedelta(hours=2)) == ("passed", "not_revoked")


def test_a_list_as_a_token() -> None:
    bare = {name: value for name, value in listed([5]).items() if name != "proof"}
    token = jose.sign_jwt(bare, keys.private_key_of(keys.ED25519, SEED), created=NOW)
    assert status_of(token) == ("failed", "revoked")


def test_after_a_change_of_key_the_institution_signs_the_list_with_its_new_one() -> None:
    new = did_of(OTHER_SEED)
    rows = [{"did": DID, "name": "MITx", "institution": "mitx"}, {"did": new, "name": "MITx", "institution": "mitx"}]
    assert status_of(listed([5], seed=OTHER_SEED), rows=rows) == ("failed", "revoked")
    others = [{"did": DID, "name": "MITx", "institution": "mitx"}, {"did": new, "name": "MITx", "institution": "hx"}]
    assert status_of(listed([5], seed=OTHER_SEED), rows=others) == ("unknown", "status_list_foreign")


@pytest.mark.parametrize(
    "change",
    [
        {"statusSize": 0},
        {"statusSize": 17},
        {"statusSize": 2},
        {"statusSize": 1, "statusMessage": [{"status": "zz", "message": "x"}]},
    ],
)
def test_entries_that_say_nothing_usable(change) -> None:
    entry = {**status.entry(url=LIST_URL, purpose="message", index=5), **change}
    with pytest.raises(VcError):
        status.look_up(entry, listed([5], purpose="message"))


URL = "https://1edtech.example/revocations"


def by_edtech(found) -> tuple[str, str]:
    entry = {"id": URL, "type": "1EdTechRevocationList"}
    with_extension = [*unsigned()["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    credential = sign({**unsigned(), "@context": with_extension, "credentialStatus": entry}, SEED, created=NOW)
    verdict = verify(credential, trust=Trust(ROWS, {URL: found} if found is not None else {}), at=NOW)
    check = next(c for c in verdict.checks if c.name == "status")
    return check.outcome, check.code


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, ("unknown", "status_list_missing")),
        ([], ("failed", "revoked")),
        ([{"revoked": True, "revocationReason": "By mistake"}], ("failed", "revoked")),
        ([{"revoked": False}], ("passed", "not_revoked")),
        ([{"id": "urn:uuid:another"}], ("passed", "not_revoked")),
    ],
)
def test_the_revocation_list_of_1edtech(found, expected) -> None:
    entries = None if found is None else [{"id": unsigned()["id"], **entry} for entry in found or [{}]]
    held = None if found is None else {"id": URL, "issuer": DID, "revokedCredential": entries}
    assert by_edtech(held) == expected


def test_a_revocation_list_of_somebody_else_or_of_nothing() -> None:
    assert by_edtech({"issuer": "urn:other", "revokedCredential": []}) == ("unknown", "status_list_foreign")
    assert by_edtech({"issuer": DID}) == ("unknown", "status_list_broken")
    assert by_edtech(b"<html>") == ("unknown", "not_json")


def test_a_status_of_another_kind_is_unknown() -> None:
    entry = {**status.entry(url=LIST_URL, purpose="revocation", index=5), "type": "StatusList2021Entry"}
    claims = {**unsigned(), "credentialStatus": entry, "iat": int(NOW.timestamp())}
    verdict = verify(jose.sign_claims(claims, SEED, kind="vc+jwt"), trust=Trust(ROWS), at=NOW)
    assert ("status", "unknown", "status_type_unknown") in [(c.name, c.outcome, c.code) for c in verdict.checks]
    assert verdict.verdict == "unknown"


def test_a_list_found_sound_is_kept_with_the_trust_that_found_it() -> None:
    relied_on = trust()
    assert verify(badge(), trust=relied_on, at=NOW).verdict == "valid"
    assert list(relied_on.sound) == [(LIST_URL, DID, NOW)]
    assert verify(badge(), trust=relied_on, at=NOW).verdict == "valid"
    later = NOW + timedelta(days=1)
    assert verify(badge(), trust=replace(relied_on, lists={}), at=NOW).verdict == "unknown"
    assert verify(badge(), trust=relied_on, at=later).verdict == "valid"
    assert list(relied_on.sound) == [(LIST_URL, DID, NOW), (LIST_URL, DID, later)]
    assert verify(badge(), trust=trust(5), at=NOW).verdict == "invalid"
