"""Whose signature is it, and was the key in force? Threats 8, 13, 15 and 16."""

from datetime import timedelta

import pytest
from tests.vc.makers import DID, LIST_URL, NOW, OTHER_SEED, SEED, badge, did_of, status_list, unsigned

from linkspan.vc import LocalSigner, Trust, VcError, keys, sign, verify
from linkspan.vc.verify import digest_of
from linkspan.vc.verify.files import trust_from

MULTIBASE = DID.removeprefix("did:key:")
OTHER = did_of(OTHER_SEED).removeprefix("did:key:")
HTTPS = "https://mitx.example/issuers/1"
DAY = timedelta(days=1)


def by(issuer: str, method: str, seed: bytes = SEED, created=NOW) -> dict:
    signer = LocalSigner(keys.private_key_of(keys.ED25519, seed), method)
    bare = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    return sign({**bare, "issuer": {"id": issuer, "type": ["Profile"], "name": "MITx"}}, signer, created=created)


def issuer_of(credential: dict, *rows: dict, at=NOW, **more) -> tuple[str, str]:
    verdict = verify(credential, trust=Trust(rows, **more), at=at)
    found = next(check for check in verdict.checks if check.name == "issuer")
    return found.outcome, found.code


def row(*entries: dict, did: str = HTTPS, **more) -> dict:
    return {"did": did, "name": "MITx", "keys": list(entries), **more}


def key(multibase: str = MULTIBASE, **more) -> dict:
    return {"publicKeyMultibase": multibase, **more}


def test_a_registry_binds_keys_to_an_https_issuer() -> None:
    held = by(HTTPS, f"{HTTPS}#{MULTIBASE}")
    assert issuer_of(held, row(key())) == ("passed", "issuer_registered")
    assert issuer_of(held, row(key(OTHER))) == ("failed", "key_not_registered")
    assert issuer_of(held, {"did": HTTPS, "name": "MITx"}) == ("unknown", "key_not_bound")
    assert issuer_of(held) == ("unknown", "issuer_not_registered")


def test_a_registry_names_a_method_that_is_no_multibase() -> None:
    held = by(HTTPS, f"{HTTPS}#key-7")
    assert issuer_of(held, row(key(method=f"{HTTPS}#key-7"))) == ("passed", "issuer_registered")
    assert issuer_of(held) == ("unknown", "controller_unknown")


@pytest.mark.parametrize("issuer", [DID, HTTPS, "did:web:mitx.example"])
def test_threat_08_a_foreign_key_does_not_sign_for_the_issuer(issuer) -> None:
    foreign = by(issuer, f"{did_of(OTHER_SEED)}#{OTHER}", OTHER_SEED)
    rows = [{"did": issuer, "name": "MITx"}, {"did": did_of(OTHER_SEED), "name": "Another"}]
    assert issuer_of(foreign, *rows) == ("failed", "key_of_another")
    assert verify(foreign, trust=Trust(rows), at=NOW).verdict == "invalid"


def test_threat_08_a_foreign_key_in_the_fragment_of_the_issuers_name() -> None:
    forged = by(HTTPS, f"{HTTPS}#{OTHER}", OTHER_SEED)
    assert issuer_of(forged, row(key())) == ("failed", "key_not_registered")
    forged = by(DID, f"{DID}#{OTHER}", OTHER_SEED)
    assert verify(forged, trust=Trust([{"did": DID, "name": "MITx"}]), at=NOW).verdict != "valid"


def test_an_issuer_that_can_have_no_keys_is_unknown() -> None:
    held = by("urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164", f"{DID}#{MULTIBASE}")
    assert issuer_of(held) == ("unknown", "issuer_without_keys")


def test_threat_13_overlapping_keys_each_in_its_time() -> None:
    old = key(valid_to=(NOW + DAY).isoformat())
    new = key(OTHER, valid_from=NOW.isoformat())
    for seed, multibase in ((SEED, MULTIBASE), (OTHER_SEED, OTHER)):
        assert issuer_of(by(HTTPS, f"{HTTPS}#{multibase}", seed), row(old, new)) == ("passed", "issuer_registered")
        in_two_rows = issuer_of(by(HTTPS, f"{HTTPS}#{multibase}", seed), row(old), row(new))
        assert in_two_rows == ("passed", "issuer_registered")
    late = by(HTTPS, f"{HTTPS}#{MULTIBASE}", created=NOW + 2 * DAY)
    assert issuer_of(late, row(old, new), at=NOW + 3 * DAY) == ("failed", "key_not_in_force")
    early = by(HTTPS, f"{HTTPS}#{OTHER}", OTHER_SEED, created=NOW - DAY)
    assert issuer_of(early, row(old, new)) == ("failed", "key_not_in_force")


def test_an_old_credential_stays_good_after_the_key_changed() -> None:
    rows = row(key(valid_to=(NOW + DAY).isoformat()), key(OTHER, valid_from=(NOW + DAY).isoformat()))
    assert issuer_of(by(HTTPS, f"{HTTPS}#{MULTIBASE}"), rows, at=NOW + 900 * DAY) == ("passed", "issuer_registered")


def test_threat_13_a_compromised_key() -> None:
    stolen = row(key(compromised_at=(NOW + DAY).isoformat()))
    later = by(HTTPS, f"{HTTPS}#{MULTIBASE}", created=NOW + 2 * DAY)
    assert issuer_of(later, stolen, at=NOW + 3 * DAY) == ("failed", "key_compromised")
    dated_back = by(HTTPS, f"{HTTPS}#{MULTIBASE}")
    assert issuer_of(dated_back, stolen, at=NOW + 3 * DAY) == ("unknown", "compromise_unproven")
    logged = {digest_of(dated_back): NOW}
    assert issuer_of(dated_back, stolen, at=NOW + 3 * DAY, logged=logged) == ("passed", "issuer_registered")
    too_late = {digest_of(dated_back): NOW + 2 * DAY}
    assert issuer_of(dated_back, stolen, at=NOW + 3 * DAY, logged=too_late) == ("unknown", "compromise_unproven")


def test_a_signature_without_a_date_by_a_key_with_a_time() -> None:
    held = by(HTTPS, f"{HTTPS}#{MULTIBASE}")
    del held["proof"]["created"]
    assert issuer_of(held, row(key(valid_from=NOW.isoformat()))) == ("unknown", "signing_time_unknown")


def test_threat_15_name_and_address_only_from_the_registry() -> None:
    issuer = {"id": DID, "type": ["Profile"], "name": "Harvard University", "url": "https://harvard.example/"}
    forged = badge(issuer=issuer)
    told = verify(forged, trust=Trust([{"did": DID, "name": "Diploma Mill"}], {LIST_URL: status_list()}), at=NOW)
    assert told.issuer == {"id": DID, "name": "Diploma Mill", "url": None}
    unregistered = verify(forged, trust=Trust(), at=NOW)
    assert unregistered.issuer == {"id": DID, "name": None, "url": None}
    assert "Harvard" not in str(told.as_json()) + str(unregistered.as_json())


def test_threat_16_a_lookalike_name_is_another_issuer() -> None:
    lookalike = "did:web:m\u0456tx.example"
    held = by(lookalike, f"{lookalike}#{OTHER}", OTHER_SEED)
    assert issuer_of(held, row(key(), did="did:web:mitx.example")) == ("unknown", "issuer_not_registered")


def test_threat_31_signed_in_the_future() -> None:
    held = by(DID, f"{DID}#{MULTIBASE}", created=NOW + DAY)
    verdict = verify(held, trust=Trust([{"did": DID, "name": "MITx"}]), at=NOW)
    assert (verdict.checks[0].outcome, verdict.checks[0].code) == ("failed", "signed_in_future")


@pytest.mark.parametrize(
    "registry",
    [
        {"issuers": {}},
        {"issuers": ["x"]},
        {"issuers": [{"name": "x"}]},
        {"issuers": [{"did": "x", "valid_from": "yesterday"}]},
        {"issuers": [{"did": "x", "keys": [{"compromised_at": "2018-01-01"}]}]},
        {"logged": {"x": "soon"}},
        {"schemas": {"https://x.example": {"sha256": "0", "schema": {}}}},
    ],
)
def test_a_registry_that_cannot_be_used(registry) -> None:
    with pytest.raises(VcError):
        trust_from(registry)


def test_a_registry_file_may_leave_dates_null() -> None:
    relied = trust_from({"issuers": [{"did": DID, "name": "MITx", "valid_from": None, "valid_to": None}]})
    assert relied.issuer(DID) is not None
