"""Credentials as tokens. Threat 11: the header decides nothing."""

import base64
import json

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey
from tests.vc.makers import DID, NOW, OTHER_SEED, SEED, trust, unsigned

from linkspan.vc import DataLoss, Trust, Unreadable, jose, keys, sign, verify

ED = keys.private_key_of(keys.ED25519, SEED)
OTHER = keys.private_key_of(keys.ED25519, OTHER_SEED)
P256 = keys.private_key_of(keys.P256, bytes(range(1, 33)))
P384 = keys.private_key_of(keys.P384, bytes(range(1, 49)))
KID = f"{DID}#{DID.removeprefix('did:key:')}"


def b64(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def crafted(header: dict, claims: dict | None = None, key=ED) -> str:
    claims = claims or {**unsigned(), "iat": int(NOW.timestamp())}
    text = f"{b64({'typ': 'vc+jwt', 'kid': KID, 'alg': 'Ed25519', **header})}.{b64(claims)}"
    return f"{text}.{b64(key.sign(text.encode()))}"


def signature_of(token: str, relied: Trust | None = None) -> tuple[str, str]:
    verdict = verify(token, trust=relied or trust(), at=NOW)
    assert verdict.checks[0].outcome == "passed" or verdict.verdict != "valid"
    return verdict.checks[0].outcome, verdict.checks[0].code


@pytest.mark.parametrize("key", [ED, P256, P384])
def test_a_token_by_each_kind_of_key(key) -> None:
    did = keys.did_key_of(key.public_key())
    issuer = {"id": did, "type": ["Profile"], "name": "MITx"}
    bare = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    token = jose.sign_jwt({**bare, "issuer": issuer}, key, created=NOW)
    verdict = verify(token.encode(), trust=Trust([{"did": did, "name": "MITx"}]), at=NOW)
    assert verdict.verdict == "valid"
    assert verdict.achievement["name"] == "Supply Chain Management"


def test_the_library_for_jose_reads_ours_and_we_read_its() -> None:
    token = jose.sign_jwt(unsigned(), ED, created=NOW)
    public = OKPKey.import_key(keys.jwk_of(ED.public_key()))
    read = jws.deserialize_compact(token, public, algorithms=["Ed25519"])
    assert json.loads(read.payload)["id"] == unsigned()["id"]
    for algorithm in ("Ed25519", "EdDSA"):
        header = {"alg": algorithm, "typ": "vc+jwt", "kid": KID}
        payload = json.dumps({**unsigned(), "iat": int(NOW.timestamp())}).encode()
        token = jws.serialize_compact(header, payload, OKPKey.import_key(ED), algorithms=[algorithm])
        assert verify(token, trust=trust(), at=NOW).verdict == "valid"


def test_a_changed_claim() -> None:
    header, claims, mark = jose.sign_jwt(unsigned(), ED, created=NOW).split(".")
    changed = {**json.loads(jose.decode(claims)), "name": "Something grander"}
    assert signature_of(f"{header}.{b64(changed)}.{mark}") == ("failed", "signature_wrong")


def test_threat_11_alg_none() -> None:
    for algorithm in ("none", "None", "nOnE"):
        text = f"{b64({'typ': 'vc+jwt', 'kid': KID, 'alg': algorithm})}.{b64(unsigned())}."
        assert signature_of(text) == ("failed", "algorithm_refused")


def test_threat_11_the_public_key_as_a_shared_secret() -> None:
    secret = OctKey.import_key(ED.public_key().public_bytes_raw())
    header = {"alg": "HS256", "typ": "vc+jwt", "kid": KID}
    token = jws.serialize_compact(header, json.dumps(unsigned()).encode(), secret, algorithms=["HS256"])
    assert signature_of(token) == ("failed", "algorithm_refused")


def test_threat_11_an_algorithm_of_another_kind_of_key() -> None:
    assert signature_of(crafted({"alg": "ES256"})) == ("failed", "algorithm_refused")
    assert signature_of(crafted({"alg": "RS256"})) == ("failed", "algorithm_refused")
    assert signature_of(crafted({"alg": "PS256"})) == ("unknown", "algorithm_unknown")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_threat_11_a_key_in_the_header_is_not_looked_at(name) -> None:
    own = {"jwk": keys.jwk_of(OTHER.public_key()), "jku": "https://evil.example/k", "x5u": "https://evil.example/c"}
    assert signature_of(crafted({name: own.get(name, ["AAAA"])}, key=OTHER)) == ("failed", "signature_wrong")


@pytest.mark.parametrize("kind", ["at+jwt", "kb+jwt", "vp", None, "vc+ld+json", "dc+sd-jwt"])
def test_threat_11_a_token_of_another_type(kind) -> None:
    assert signature_of(crafted({"typ": kind})) == ("failed", "jwt_type_wrong")


def test_threat_11_critical_headers_are_not_ignored() -> None:
    assert signature_of(crafted({"crit": ["b64"], "b64": False})) == ("unknown", "critical_header_unknown")


@pytest.mark.parametrize(("name", "value"), [("iss", "did:key:zOther"), ("sub", "urn:x"), ("jti", "urn:uuid:other")])
def test_claims_that_contradict_the_credential(name, value) -> None:
    about = {**unsigned()["credentialSubject"], "id": "urn:uuid:subject"}
    claims = {**unsigned(), "credentialSubject": about, "iat": int(NOW.timestamp()), name: value}
    assert signature_of(crafted({}, claims)) == ("failed", "jwt_claims_differ")


@pytest.mark.parametrize(
    ("claims", "code"),
    [({"exp": 1}, "expired"), ({"nbf": 4_000_000_000}, "not_yet_valid"), ({"exp": "soon"}, "date_broken")],
)
def test_the_period_of_the_token_counts_too(claims, code) -> None:
    token = crafted({}, {**unsigned(), "iat": int(NOW.timestamp()), **claims})
    found = next(c for c in verify(token, trust=trust(), at=NOW).checks if c.name == "validity")
    assert (found.outcome, found.code) == ("failed", code)


def test_a_foreign_key_in_a_token() -> None:
    token = jose.sign_jwt(unsigned(), OTHER, created=NOW)
    found = next(c for c in verify(token, trust=trust(), at=NOW).checks if c.name == "issuer")
    assert (found.outcome, found.code) == ("failed", "key_of_another")


def test_what_the_contexts_do_not_define_is_not_made_into_a_token() -> None:
    with pytest.raises(DataLoss):
        jose.sign_jwt({**unsigned(), "honors": "all"}, ED, created=NOW)


def test_every_byte_of_a_token_is_signed_whatever_the_contexts_define() -> None:
    said = crafted({}, {**unsigned(), "honors": "all", "evidence": [], "iat": int(NOW.timestamp())})
    verdict = verify(said, trust=trust(), at=NOW)
    assert (verdict.verdict, [note.code for note in verdict.notes]) == ("valid", ["empty_value", "term_dropped"])


@pytest.mark.parametrize("text", ["a.b", "a.b.c.d", "ey.ey.", "..", "eyJhbGciOjF9.eyJhIjoxLCJhIjoyfQ.x", "é.b.c"])
def test_texts_that_are_no_token(text) -> None:
    with pytest.raises((Unreadable, DataLoss)):
        verify(text, trust=Trust(), at=NOW)


def test_an_enveloped_credential() -> None:
    token = jose.sign_jwt(unsigned(), ED, created=NOW)
    enveloped = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:application/vc+jwt,{token}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert verify(enveloped, trust=trust(), at=NOW).verdict == "valid"
    assert verify(json.dumps(sign(unsigned(), SEED, created=NOW)), trust=trust(), at=NOW).verdict == "valid"
