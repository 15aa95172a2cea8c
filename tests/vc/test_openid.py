"""What wallets are told, and what they must prove."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from linkspan.vc import VcError, base64url, jose, openid4vci, openid4vp
from linkspan.vc.keys import did_key_of, jwk_of, public_key_of
from linkspan.vc.proofs import LocalSigner

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ISSUER = "https://mitx.example/openid"
PLACES = openid4vci.Places(ISSUER, "https://mitx.example")
KEY = Ed25519PrivateKey.generate()
OTHER = ec.generate_private_key(ec.SECP256R1())


def proof(key=KEY, *, header: dict | None = None, kind: str = openid4vci.PROOF_TYPE, **claims) -> str:
    """A proof of possession; `header` replaces the key's name in it."""
    signer = LocalSigner(key)
    told = {"aud": ISSUER, "iat": int(NOW.timestamp()), "nonce": "n-1", **claims}
    algorithm = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "Ed25519"
    named = {"kid": signer.verification_method} if header is None else header
    parts = [{"alg": algorithm, "typ": kind, **named}, told]
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in parts)
    return f"{text}.{base64url.encode(signer.sign(text.encode()))}"


@pytest.mark.parametrize("key", [KEY, OTHER], ids=["Ed25519", "P-256"])
def test_a_proof_names_the_holder_by_did_key_or_jwk(key) -> None:
    for header in (None, {"jwk": jwk_of(key.public_key())}):
        found = openid4vci.check_proof(proof(key, header=header), audience=ISSUER, now=NOW)
        assert found.did == did_key_of(key.public_key()) and found.nonce == "n-1"


REFUSED = {
    "for another issuer": {"aud": "https://hes.example/openid"},
    "too old": {"iat": int((NOW - timedelta(minutes=6)).timestamp())},
    "from the future": {"iat": int((NOW + timedelta(minutes=2)).timestamp())},
    "without a time": {"iat": None},
    "without a nonce": {"nonce": None},
    "of another type": {"kind": "JWT"},
    "with no key": {"header": {}},
    "with two keys": {"header": {"kid": LocalSigner(KEY).verification_method, "jwk": jwk_of(KEY.public_key())}},
    "with another's key": {"header": {"jwk": jwk_of(Ed25519PrivateKey.generate().public_key())}},
    "with its private key": {"header": {"jwk": {**jwk_of(KEY.public_key()), "d": "AA"}}},
    "with a certificate chain": {"header": {"x5c": ["AA"]}},
    "with a name that is no key": {"header": {"kid": "did:web:wallet.example#1"}},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_a_proof_is_refused(changes: dict) -> None:
    with pytest.raises(VcError):
        openid4vci.check_proof(proof(**changes), audience=ISSUER, now=NOW)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", proof()[:-4] + "AAAA", proof().replace(".", "~")])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(VcError):
        openid4vci.check_proof(text, audience=ISSUER, now=NOW)


def test_an_offer_fits_a_link_and_names_no_person() -> None:
    offered = openid4vci.offer(PLACES, [openid4vci.BADGE], openid4vci.Codes("code-1", "state-1"), digits=6)
    link = openid4vci.offer_link(offered)
    told = json.loads(parse_qs(urlsplit(link).query)["credential_offer"][0])
    assert told == offered and len(link) < 1_000
    grant = told["grants"][openid4vci.PRE_AUTHORISED]
    assert grant["pre-authorized_code"] == "code-1" and grant["tx_code"]["length"] == 6


def test_the_metadata_names_both_formats_and_no_authorisation_by_browser() -> None:
    told = openid4vci.issuer_metadata(PLACES, "MITx", "https://mitx.example/vct/badge", [])
    formats = {name: row["format"] for name, row in told["credential_configurations_supported"].items()}
    assert formats == {openid4vci.BADGE: "ldp_vc", openid4vci.SELECTIVE: "dc+sd-jwt"}
    assert openid4vci.server_metadata(PLACES)["grant_types_supported"] == [openid4vci.PRE_AUTHORISED]


def test_a_request_is_signed_by_the_verifier_that_it_names() -> None:
    signer = LocalSigner(KEY)
    did = did_key_of(KEY.public_key())
    asked = openid4vp.Asked(did, f"{ISSUER}/answer", "nonce", "state", "https://mitx.example/vct/badge")
    token = openid4vp.request(asked, signer, name="HES", now=NOW)
    header, claims = jose.read(token)
    jose.check(token, public_key_of(header["kid"]), kind=openid4vp.REQUEST_TYPE)
    assert claims["client_id"] == f"decentralized_identifier:{did}" and header["kid"].startswith(did)
    assert {q["id"] for q in claims["dcql_query"]["credentials"]} == {
        openid4vp.BADGE_QUERY,
        openid4vp.SELECTIVE_QUERY,
    }
    assert openid4vp.request_link(asked, "https://hes.example/r/1").startswith("openid4vp://?client_id=")


ANSWERS = {
    "not JSON": "nothing",
    "nothing": "{}",
    "another query": '{"other": ["x"]}',
    "two credentials": '{"badge": ["x"], "badge_sd_jwt": ["y"]}',
    "two presentations": '{"badge": ["x", "y"]}',
    "no list": '{"badge": "x"}',
    "a number": '{"badge": [1]}',
}


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(VcError):
        openid4vp.presented(text)


def test_the_one_presentation_is_taken_out() -> None:
    assert openid4vp.presented('{"badge_sd_jwt": ["a~b~c"]}') == "a~b~c"
    assert openid4vp.presented('{"badge": [{"type": "VerifiablePresentation"}]}') == {"type": "VerifiablePresentation"}
