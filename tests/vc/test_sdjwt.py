"""Selective disclosure of grades as SD-JWT: issue, show some, verify. Threat 24."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.vc.https_server import serving
from tests.vc.makers import DID, NOW, OTHER_SEED, SEED, trust, unsigned

from linkspan.vc import LocalSigner, Occasion, Trust, VcError, base64url, jose, keys, sdjwt, verify
from linkspan.vc.did import WebResolver, key_list_url

ED = keys.private_key_of(keys.ED25519, SEED)
HOLDER = keys.private_key_of(keys.P256, bytes(range(1, 33)))
GRADES = [("credentialSubject", "result", 0), ("credentialSubject", "result", 1)]
NAME = [("credentialSubject", "identifier", 1)]
ASKED = Occasion(challenge="n-0S6_WzA2Mj", domain="https://hes.example")


def issued(**more) -> str:
    return sdjwt.issue(unsigned(), ED, hidden=GRADES + NAME, created=NOW, holder=HOLDER.public_key(), **more)


def shown(*paths, **changes) -> str:
    wanted = {"audience": ASKED.domain, "nonce": ASKED.challenge, "now": NOW, **changes}
    return sdjwt.present(issued(), shown=paths, holder=HOLDER, **wanted)


def checks(token: str, occasion: Occasion = ASKED, relied: Trust | None = None) -> dict:
    verdict = verify(token, trust=relied or trust(), at=NOW, occasion=occasion)
    return {"verdict": verdict.verdict, "results": verdict.achievement["results"]} | {
        c.name: (c.outcome, c.code) for c in verdict.checks
    }


def test_threat_24_one_grade_is_shown_and_the_other_is_not() -> None:
    found = checks(shown(GRADES[0]))
    assert found["verdict"] == "valid"
    assert found["holder"] == ("passed", "holder_proved")
    assert found["results"] == [{"name": "SC0x", "value": "78"}]
    assert "Amara" not in json.dumps(sdjwt.claims_of(shown(GRADES[0])))


def test_all_or_nothing_shown() -> None:
    assert len(checks(shown(*GRADES, *NAME))["results"]) == 2
    assert checks(shown())["results"] == []


def test_without_a_binding_the_holder_is_not_proved() -> None:
    assert checks(sdjwt.present(issued(), shown=GRADES))["holder"] == ("failed", "presentation_missing")
    assert checks(issued(), Occasion())["holder"] == ("not_applicable", "no_presentation")


@pytest.mark.parametrize(
    "occasion", [Occasion("another", ASKED.domain), Occasion(ASKED.challenge, "https://elsewhere.example")]
)
def test_threat_20_a_binding_for_another_occasion(occasion) -> None:
    assert checks(shown(GRADES[0]), occasion)["holder"] == ("failed", "binding_wrong")


def test_threat_20_a_binding_is_for_just_these_claims_and_this_time() -> None:
    issued_part, *disclosures, binding = shown(*GRADES).split("~")
    fewer = "~".join([issued_part, *disclosures[:-1], binding])
    assert checks(fewer)["holder"] == ("failed", "binding_wrong")
    assert checks(shown(GRADES[0], now=NOW - timedelta(hours=1)))["holder"] == ("failed", "presentation_expired")
    by_thief = sdjwt.present(issued(), shown=GRADES, holder=ED, audience=ASKED.domain, nonce=ASKED.challenge, now=NOW)
    assert checks(by_thief)["holder"][0] == "failed"


def test_forged_disclosures() -> None:
    issued_part, *disclosures, _ = issued().split("~")
    forged = base64url.encode(json.dumps(["salt", {"type": ["Result"], "value": "100"}]).encode())
    for added in ([*disclosures, forged], [disclosures[0], disclosures[0]], [base64url.encode(b"[1]")], ["%%%"]):
        found = checks("~".join([issued_part, *added, ""]), Occasion())
        assert (found["signature"], found["verdict"]) == (("failed", "disclosure_broken"), "invalid")


def test_a_disclosure_never_overwrites_a_claim() -> None:
    over = base64url.encode(json.dumps(["salt", "name", "Grander"]).encode())
    claims = {**unsigned(), "_sd": [sdjwt.digest(over)], "_sd_alg": "sha-256", "iat": int(NOW.timestamp())}
    token = jose.sign_claims(claims, ED, kind=sdjwt.VCDM_TYPE)
    with pytest.raises(VcError) as caught:
        sdjwt.claims_of(f"{token}~{over}~")
    assert caught.value.code == "disclosure_broken"


def test_a_foreign_signature_and_a_changed_claim() -> None:
    other = keys.private_key_of(keys.ED25519, OTHER_SEED)
    foreign = sdjwt.issue(unsigned(), other, hidden=GRADES, created=NOW)
    assert checks(foreign, Occasion())["issuer"] == ("failed", "key_of_another")
    header, claims, mark = issued().partition("~")[0].split(".")
    body = json.loads(jose.decode(claims)) | {"name": "Grander"}
    forged = f"{header}.{base64url.encode(json.dumps(body).encode())}.{mark}~"
    assert checks(forged, Occasion())["signature"] == ("failed", "signature_wrong")


@pytest.mark.parametrize("path", [("issuer",), ("credentialStatus",), ("@context", 0), ("nowhere",), ("type",)])
def test_what_verifiers_need_cannot_be_hidden(path) -> None:
    with pytest.raises(VcError):
        sdjwt.issue(unsigned(), ED, hidden=[path], created=NOW)


def test_an_sd_jwt_vc_without_contexts() -> None:
    claims = {"iss": DID, "vct": "https://mitx.example/vct/course", "course": "SC0x", "grade": 78}
    token = sdjwt.issue(claims, ED, hidden=[("grade",)], created=NOW)
    found = checks(token, Occasion(), Trust([{"did": DID, "name": "MITx"}]))
    assert found["verdict"] == "valid"
    assert found["data_loss"] == ("passed", "signed_as_text")
    assert sdjwt.claims_of(sdjwt.present(token, shown=[]))["course"] == "SC0x"
    assert "grade" not in sdjwt.claims_of(sdjwt.present(token, shown=[]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), JSON, min_size=1), st.data())
def test_hiding_and_showing_all_gives_back_the_claims(claims, data) -> None:
    hidden = data.draw(st.sets(st.sampled_from(sorted(claims))))
    token = sdjwt.issue(claims, ED, hidden=[(name,) for name in hidden], created=NOW)
    everything = sdjwt.claims_of(token)
    assert {name: everything[name] for name in claims} == claims
    kept = sdjwt.claims_of(sdjwt.present(token, shown=[]))
    assert set(kept) & set(claims) == set(claims) - hidden


def test_an_https_issuer_is_known_by_the_keys_that_it_publishes(tmp_path) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        site = f"https://localhost:{port}"
        issuer, place = f"{site}/tenant", "/.well-known/jwt-vc-issuer/tenant"
        key = keys.private_key_of(keys.P256, bytes(range(32)))
        jwk = {**keys.jwk_of(key.public_key()), "kid": "k1"}
        other = {**keys.jwk_of(keys.private_key_of(keys.P256, bytes(range(1, 33))).public_key()), "kid": "k2"}
        enc = {**other, "use": "enc"}

        def judged(published: object, method: str = f"{issuer}#k1") -> tuple[str, str]:
            answers[place] = json.dumps(published).encode()
            token = sdjwt.issue({"iss": issuer, "vct": "x"}, LocalSigner(key, method), hidden=[], created=NOW)
            relied_on = Trust([{"did": issuer, "name": "Tenant"}], resolver=WebResolver(policy))
            told = verify(token, trust=relied_on, at=NOW)
            wrong = [check.code for check in told.checks if check.outcome in ("failed", "unknown")]
            return told.verdict, (wrong or [""])[0]

        own = {"issuer": issuer, "jwks": {"keys": [enc, jwk]}}
        assert judged(own) == ("valid", "")
        assert judged(own, issuer) == ("valid", "")
        assert judged({**own, "jwks": {"keys": [jwk, other]}}, issuer) == ("invalid", "key_not_listed")
        assert judged({**own, "jwks": {"keys": [other]}}) == ("invalid", "key_not_listed")
        for odd in ({"keys": "odd"}, {"keys": [7, enc]}, {}):
            assert judged({**own, "jwks": odd}) == ("unknown", "controller_unknown")
        assert judged({**own, "issuer": site}) == ("invalid", "controller_wrong")
        answers["/keys"] = json.dumps(own["jwks"]).encode()
        assert judged({"issuer": issuer, "jwks_uri": f"{site}/keys"}) == ("valid", "")
        assert judged({"issuer": issuer, "jwks_uri": "file:///etc/passwd"}) == ("unknown", "url_refused")
        assert judged({"issuer": issuer}) == ("unknown", "url_refused")


@pytest.mark.parametrize("odd", ["https://", "https://a.example/?x", "https://a.example/#x"])
def test_an_address_that_is_no_issuers(odd) -> None:
    with pytest.raises(VcError, match="not the address of an issuer"):
        key_list_url(odd)
