"""What was tried against the verifier: nothing forged is valid, nothing sound is accused, and all of it ends."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from tests.vc.certificates import ISSUER, LEAF, LEAF_KEY, MIDDLE, MIDDLE_KEY, OTHER_KEY, ROOT, certificate, pem, x5c
from tests.vc.https_server import serving
from tests.vc.makers import DID, LIST_URL, NOW, SEED, badge, status_list, trust, unsigned
from tests.vc.test_status_tokens import card, listed

from linkspan.vc import Trust, VcError, base64url, dcql, instants, jose, keys, sdjwt, sign, status, verify
from linkspan.vc.did import WebResolver
from linkspan.vc.proofs import LocalSigner

ED = keys.private_key_of(keys.ED25519, SEED)
ROWS = [{"did": DID, "name": "MITx"}]
TYPED = {"iss": DID, "vct": "urn:card", "iat": int(NOW.timestamp())}
S = "credentialSubject"


def compact(claims: dict, key=ED, **header) -> str:
    told = {"alg": "Ed25519", "typ": "vc+jwt", "kid": keys.verification_method_of(DID), **header}
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in (told, claims))
    return f"{text}.{base64url.encode(LocalSigner(key).sign(text.encode()))}"


def hidden(claims: dict, *disclosures: str, kind: str = sdjwt.TYPE) -> str:
    """A token that states the digest of the last disclosure; each states that of the one before it."""
    told = {**claims, "_sd": [sdjwt.digest(one) for one in disclosures[-1:]], "_sd_alg": "sha-256"}
    return "~".join([compact(told, typ=kind), *disclosures, ""])


def disclosure(name: str, value) -> str:
    return base64url.encode(json.dumps(["salt", name, value]).encode())


def judged(content, relied: Trust | None = None) -> tuple[str, list[str]]:
    found = verify(content, trust=relied or trust(), at=NOW)
    return found.verdict, [check.code for check in found.checks if check.outcome in ("failed", "unknown")]


SUBJECT = {**unsigned()[S], "id": "did:example:a"}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({S: [SUBJECT], "sub": "did:example:b"}, "invalid"),
        ({S: [SUBJECT], "sub": "did:example:a"}, "valid"),
        ({S: [SUBJECT, {"id": "did:example:b"}], "type": ["VerifiableCredential"], "sub": "did:example:b"}, "valid"),
        ({"iat": True}, "invalid"),
        ({"iat": 10**30}, "invalid"),
    ],
)
def test_a_token_says_one_thing_and_times_are_times(claims, expected) -> None:
    assert judged(compact({**unsigned(), **claims}))[0] == expected


@pytest.mark.parametrize("claims", [{"iss": "did:example:other"}, {S: SUBJECT, "sub": "did:example:b"}])
def test_so_does_one_with_selective_disclosure(claims) -> None:
    told = {**unsigned(), "iat": int(NOW.timestamp())}
    assert judged(compact(told, typ=sdjwt.VCDM_TYPE) + "~")[0] == "valid"
    assert judged(compact({**told, **claims}, typ=sdjwt.VCDM_TYPE) + "~") == ("invalid", ["jwt_claims_differ"])


@pytest.mark.parametrize("name", sorted(sdjwt.NEVER_HIDDEN))
def test_what_a_verifier_has_to_see_is_never_disclosed(name) -> None:
    """Else a holder would show an end that is past, or none, as they like."""
    told = {claim: value for claim, value in TYPED.items() if claim != name}
    values = {"exp": 1, "nbf": 1, "iss": DID, "cnf": {}, "status": {}}
    assert judged(hidden(told, disclosure(name, values.get(name, "urn:card"))))[0] == "invalid"
    assert judged(hidden(TYPED, disclosure("given_name", "A")))[0] == "valid"
    assert judged(hidden(TYPED, disclosure("about", {name: 1})))[0] == "valid", "elsewhere it is a word like any other"


def test_disclosures_within_disclosures_end() -> None:
    made = [disclosure("a", "x")]
    for _ in range(300):
        inner: object = {"_sd": [sdjwt.digest(made[-1])]}
        for _ in range(12):
            inner = [inner]
        made.append(disclosure("a", inner))
    assert judged(hidden(TYPED, *made))[0] == "invalid"
    assert judged(hidden(unsigned() | {"iat": TYPED["iat"]}, *made, kind=sdjwt.VCDM_TYPE))[0] == "invalid"


@pytest.mark.parametrize("changes", [{"type": ["BitstringStatusList"]}, None])
def test_a_status_list_whose_one_thing_stands_in_a_list_is_read(changes) -> None:
    made = status.list_credential(
        url=LIST_URL, issuer=DID, purpose="revocation", set_indices=[5], length=status.SHORTEST, valid_from=NOW
    )
    made[S] = {**made[S], **changes} if changes else [made[S]]
    relied = Trust(ROWS, {LIST_URL: sign(made, SEED, created=NOW)})
    assert judged(badge(), relied) == ("invalid", ["revoked"])


def certified(issuer: str, leaf=LEAF) -> str:
    claims = {"iss": issuer, "vct": "urn:card", "iat": int(NOW.timestamp())}
    header = {"alg": "ES256", "typ": sdjwt.TYPE, "x5c": x5c(leaf, MIDDLE), "kid": DID}
    return compact(claims, LEAF_KEY, **header) + "~"


def named(address: str) -> x509.Certificate:
    names = (x509.UniformResourceIdentifier(address),)
    return certificate("PID office", LEAF_KEY, "Issuing authority", MIDDLE_KEY, names=names)


OWN = "did:web:linkspan.example:i:mitx"
OTHER = keys.multibase_of(OTHER_KEY.public_key())


@pytest.mark.parametrize(
    ("token", "row", "expected"),
    [
        (certified(ISSUER), None, ("valid", [])),
        (certified(ISSUER), {"did": ISSUER}, ("valid", [])),
        (certified(ISSUER), {"did": ISSUER, "keys": [{"publicKeyMultibase": OTHER}]}, "key_not_registered"),
        (certified(OWN, named(OWN)), {"did": OWN, "keys": [{"publicKeyMultibase": OTHER}]}, "key_not_registered"),
        (certified(DID, named(DID)), {"did": DID}, "key_not_listed"),
        (certified(ISSUER), {"did": ISSUER, "compromised_at": "2018-01-01T00:00:00Z"}, "key_compromised"),
        (certified(ISSUER), {"did": ISSUER, "valid_to": "2018-01-01T00:00:00Z"}, "key_not_in_force"),
    ],
)
def test_no_authority_certifies_away_what_is_known_here(token, row, expected) -> None:
    rows = [{"name": "MITx", **row}] if row else []
    found = judged(token, Trust(rows, roots=lambda: [{"certificate": pem(ROOT)}]))
    assert found == (expected if isinstance(expected, tuple) else ("invalid", [expected]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("99999-99-99T00:00:00Z", None),
        ("12018-02-30T00:00:00Z", None),
        ("12016-02-29T00:00:00Z", instants.LATEST),
        ("0000-00-00T00:00:00Z", None),
        ("0000-02-29T00:00:00Z", instants.EARLIEST),
        ("-0001-02-29T00:00:00Z", None),
        ("-0004-02-29T24:00:00Z", instants.EARLIEST),
        ("9999-12-31T24:00:00Z", instants.LATEST),
        ("2016-12-31T24:00:00Z", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_day_that_no_calendar_has_is_none_in_any_year(text, expected) -> None:
    assert instants.moment(text) == expected


V2 = "https://www.w3.org/ns/credentials/v2"
RIGHT = bytes.fromhex("59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"relatedResource": [{"id": V2, "digestMultibase": "u" + base64url.encode(b"\x12\x20" + RIGHT)}]}, ""),
        ({"relatedResource": [{"id": V2, "digestMultibase": "z" + keys.base58_encode(b"\x12\x20" + RIGHT)}]}, ""),
        (
            {"relatedResource": [{"id": V2, "digestMultibase": "u" + base64url.encode(b"\x12\x20" + b"x" * 32)}]},
            "resource_differs",
        ),
        (
            {"relatedResource": [{"id": V2, "digestMultibase": "u" + base64url.encode(b"\x12\x20" + RIGHT[:9])}]},
            "resource_digest_broken",
        ),
        ({"relatedResource": [{"id": "urn:x:1", "digestMultibase": "!!"}]}, "resource_digest_broken"),
        ({"name": {"@value": "A", "@language": "en", "url": "urn:x:1"}}, "model_broken"),
        ({"@context": [*unsigned()["@context"], "https ://no.example/c"]}, "model_broken"),
        ({"credentialStatus": {"id": "no address", "type": "X"}}, "model_broken"),
    ],
)
def test_the_rules_of_the_data_model_hold_in_a_token(changes, code) -> None:
    found = judged(compact({**unsigned(), **changes}))
    assert (code in found[1] and found[0] == "invalid") if code else found == ("valid", [])


def test_a_bare_token_is_no_member_of_a_presentation_of_today() -> None:
    held = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [compact(unsigned())]}
    assert judged(held) == ("invalid", ["token_bare"])
    old = {**held, "@context": ["https://www.w3.org/2018/credentials/v1"]}
    assert judged(old)[0] == "valid"


def test_more_than_is_looked_at_is_said() -> None:
    claims = {**unsigned(), "endorsementJwt": [compact({**unsigned(), "name": f"{number}"}) for number in range(51)]}
    found = verify(compact(claims), trust=trust(), at=NOW)
    assert (len(found.endorsements), [note.code for note in found.notes]) == (50, ["term_dropped", "more_held"])
    assert "first 50" in found.notes[1].message


def test_several_of_several_issuers_are_not_told_as_the_firsts() -> None:
    other = {**unsigned(), "issuer": {**unsigned()["issuer"], "id": "did:web:else.example"}}
    held = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [badge(), {**other, "proof": {}}],
    }
    found = verify(held, trust=trust(), at=NOW)
    assert (found.issuer["id"], found.achievement["name"], len(found.achievements)) == ("", None, 2)
    same = verify({**held, "verifiableCredential": [badge()] * 2}, trust=trust(), at=NOW)
    assert (same.verdict, same.issuer["name"]) == ("valid", "MITx")


def test_what_cannot_be_seen_of_a_name_is_shown_as_that() -> None:
    subject = unsigned()[S]
    turned = {**subject, "achievement": {**subject["achievement"], "name": "A\u202e\u2067\x00B"}}
    found = verify(compact({**unsigned(), S: turned}), trust=trust(), at=NOW)
    assert found.achievement["name"] == "A\ufffd\ufffd\ufffdB"
    told = verify(compact({**unsigned(), "issuer": "did:web:x\u202e"}), trust=Trust(), at=NOW)
    assert not any("\u202e" in check.message for check in told.checks)


@pytest.mark.parametrize("held", ["%PDF-1.7", "<svg/>", "", "x", 5, None, ["a.b.c"]])
def test_an_answer_is_a_token_or_an_object_never_something_to_unpack(held) -> None:
    assert not dcql.is_presentation(held)
    with pytest.raises(VcError, match="no presentation"):
        dcql.check_met({"id": "a", "format": "ldp_vc", "meta": {"type_values": [["X"]]}}, held)
    assert dcql.is_presentation({}) and dcql.is_presentation("a.b.c~d~")


@pytest.mark.parametrize("types", [[[]], [[[]]], [[5]], ["X"], [["X"], []]])
def test_a_query_that_every_credential_meets_is_not_asked(types) -> None:
    with pytest.raises(VcError, match="meta"):
        dcql.check_query({"credentials": [{"id": "a", "format": "ldp_vc", "meta": {"type_values": types}}]})


def test_all_that_is_asked_for_one_verdict_ends_together(tmp_path) -> None:
    """However many slow places a credential names."""
    with serving(tmp_path, {f"/{number}": "slow" for number in range(10)}) as (port, policy):
        places = [f"https://localhost:{port}/{number}" for number in range(10)]
        entries = [status.entry(url=place, purpose="revocation", index=5) for place in places]
        brief = replace(policy.for_one_verdict(), until=time.monotonic() + 0.4)
        begun = time.monotonic()
        found = judged(compact({**unsigned(), "credentialStatus": entries}), Trust(ROWS, resolver=WebResolver(brief)))
        assert time.monotonic() - begun < 1 and found[0] == "unknown"
        with pytest.raises(VcError) as caught:
            WebResolver(brief).status_list(places[9])
    assert caught.value.code == "too_many_addresses"
    assert policy.for_one_verdict().left(time.monotonic()) <= 2.0


def test_a_list_in_anothers_name_by_the_same_key_is_the_issuers() -> None:
    """The key decides, not the name; with another key the name decides."""
    assert (
        judged(card(1), Trust(ROWS, {"https://pid.example.eu/sl/1": listed(changes={"iss": "did:web:x"})}))[0]
        == "invalid"
    )
    old = listed(changes={"exp": int((NOW - timedelta(days=1)).timestamp())})
    assert judged(card(1), Trust(ROWS, {"https://pid.example.eu/sl/1": old}))[0] == "unknown"
    assert jose.read(old)[1]["sub"] == "https://pid.example.eu/sl/1" and status_list()


HOST_KEYS = "/.well-known/jwks.json"


@pytest.mark.parametrize(
    ("kid", "issuer", "expected"),
    [
        ("{site}/keys/7", None, "valid"),
        ("{site}/keys/8", None, "invalid"),
        ("https://evil.example/keys/7", None, "unknown"),
        ("{site}/keys/7", "https://else.example", "invalid"),
    ],
)
def test_the_keys_of_a_badge_stand_at_its_issuers_host(tmp_path, kid, issuer, expected) -> None:
    """Where the issuer publishes none of its own; a `kid` is the address of one there."""
    with serving(tmp_path, answers := {}) as (port, policy):
        site = f"https://localhost:{port}"
        jwk = {**keys.jwk_of(ED.public_key()), "kid": f"{site}/keys/7"}
        answers[HOST_KEYS] = json.dumps({"keys": [jwk], **({"iss": issuer} if issuer else {})}).encode()
        bare = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
        named = {**bare["issuer"], "id": f"{site}/issuers/1"}
        relied = Trust([{"did": named["id"], "name": "MITx"}], resolver=WebResolver(policy))
        found = verify(compact({**bare, "issuer": named}, kid=kid.format(site=site)), trust=relied, at=NOW)
    assert found.verdict == expected


@pytest.mark.parametrize(
    ("service", "offered"),
    [
        ({"id": "https://x.example/r", "type": "1EdTechCredentialRefresh"}, "https://x.example/r"),
        ([{"id": "https://x.example/r", "type": ["1EdTechCredentialRefresh"]}], "https://x.example/r"),
        ({"id": "javascript:alert(1)", "type": "1EdTechCredentialRefresh"}, ""),
        ({"id": "https://x.example/r", "type": "Other"}, ""),
    ],
)
def test_a_newer_version_is_offered_and_never_fetched(service, offered) -> None:
    class Nobody:
        def controller(self, did):
            raise AssertionError(did)

        status_list = document = controller

    relied = replace(trust(), resolver=Nobody())
    found = verify(compact({**unsigned(), "refreshService": service}), trust=relied, at=NOW)
    assert found.verdict == "valid" and found.displayed[0]["refresh"] == offered
    assert [note.code for note in found.notes if note.code == "refresh_offered"] == ["refresh_offered"] * bool(offered)
