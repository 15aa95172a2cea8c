"""Is it the holder's own? Threats 20 and 21."""

from datetime import timedelta

import pytest
from tests.vc.makers import DID, NOW, OTHER_SEED, SEED, badge, did_of, trust, unsigned

from linkspan.vc import LocalSigner, Occasion, Unreadable, jose, keys, sign, verify

HOLDER_SEED = bytes(range(2, 34))
HOLDER = did_of(HOLDER_SEED)
ASKED = Occasion(challenge="4f3c", domain="hes.example")


def held(subject: str | None = HOLDER) -> dict:
    about = {**unsigned()["credentialSubject"], **({"id": subject} if subject else {})}
    return sign({**unsigned(), "credentialSubject": about}, SEED, created=NOW)


def presentation(credential: dict | None = None, seed: bytes = HOLDER_SEED, created=NOW, **options) -> dict:
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "type": ["VerifiablePresentation"],
        "holder": did_of(seed),
        "verifiableCredential": [credential or held()],
    }
    wanted = {"proofPurpose": "authentication", "challenge": ASKED.challenge, "domain": ASKED.domain, **options}
    return sign(document, seed, created=created, options=wanted)


def holder_of(document, occasion: Occasion | None = ASKED, at=NOW) -> tuple[str, str]:
    verdict = verify(document, trust=trust(), at=at, occasion=occasion)
    assert verdict.verdict != "valid" or verdict.checks[6].outcome in ("passed", "not_applicable")
    return verdict.checks[6].outcome, verdict.checks[6].code


def test_the_holder_proves_that_it_is_theirs() -> None:
    assert holder_of(presentation()) == ("passed", "holder_proved")
    assert verify(presentation(), trust=trust(), at=NOW, occasion=ASKED).verdict == "valid"


def test_as_a_token() -> None:
    bare = {name: value for name, value in presentation().items() if name != "proof"}
    claims = {**bare, "nonce": ASKED.challenge, "aud": ASKED.domain, "iat": int(NOW.timestamp())}
    key = keys.private_key_of(keys.ED25519, HOLDER_SEED)
    assert holder_of(jose.sign_claims(claims, key, kind=jose.PRESENTATION_TYPE)) == ("passed", "holder_proved")
    replayed = jose.sign_claims({**claims, "nonce": "old"}, key, kind=jose.PRESENTATION_TYPE)
    assert holder_of(replayed) == ("failed", "challenge_wrong")
    as_credential = jose.sign_claims(claims, key, kind=jose.TYPE)
    assert verify(as_credential, trust=trust(), at=NOW).verdict == "invalid"


@pytest.mark.parametrize("occasion", [Occasion("other", ASKED.domain), Occasion(ASKED.challenge, "elsewhere.example")])
def test_threat_20_a_presentation_made_for_another_occasion(occasion) -> None:
    assert holder_of(presentation(), occasion) == ("failed", "challenge_wrong")


def test_threat_20_a_challenge_is_never_optional() -> None:
    for occasion in (Occasion(challenge="4f3c"), Occasion(domain="hes.example")):
        assert holder_of(presentation(), occasion) == ("unknown", "challenge_missing")
    for occasion in (None, Occasion()):
        assert holder_of(presentation(), occasion) == ("not_applicable", "challenge_missing")


def test_threat_20_old_ended_and_changed_ones() -> None:
    assert holder_of(presentation(), at=NOW + timedelta(hours=1)) == ("failed", "presentation_expired")
    ended = presentation(expires="2018-06-30T12:01:00Z")
    assert holder_of(ended, at=NOW + timedelta(minutes=5)) == ("failed", "presentation_expired")
    forged = presentation()
    forged["proof"]["challenge"] = "fresh"
    assert holder_of(forged, Occasion("fresh", ASKED.domain)) == ("failed", "signature_wrong")
    for_assertion = presentation(proofPurpose="assertionMethod")
    assert holder_of(for_assertion)[0] != "passed"


def test_threat_20_an_unsigned_presentation() -> None:
    bare = {name: value for name, value in presentation().items() if name != "proof"}
    assert holder_of(bare) == ("failed", "presentation_unsigned")


def test_threat_21_somebody_elses_credential() -> None:
    assert holder_of(presentation(seed=OTHER_SEED)) == ("failed", "holder_other")
    assert holder_of(held()) == ("failed", "presentation_missing")


def test_a_presentation_that_names_another_holder() -> None:
    document = {name: value for name, value in presentation().items() if name != "proof"}
    options = {"proofPurpose": "authentication", "challenge": ASKED.challenge, "domain": ASKED.domain}
    signed = sign({**document, "holder": DID}, HOLDER_SEED, created=NOW, options=options)
    assert holder_of(signed) == ("failed", "holder_wrong")


def test_a_key_that_nobody_vouches_for() -> None:
    web = LocalSigner(keys.private_key_of(keys.ED25519, HOLDER_SEED), f"did:web:a.example#{HOLDER[8:]}")
    document = {name: value for name, value in presentation().items() if name != "proof"}
    options = {"proofPurpose": "authentication", "challenge": ASKED.challenge, "domain": ASKED.domain}
    assert (
        holder_of(sign({**document, "holder": "did:web:a.example"}, web, created=NOW, options=options))[0] == "unknown"
    )


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("amara@example.org", ("passed", "email_matches")),
        ("Amara@Example.org", ("passed", "email_matches")),
        ("other@example.org", ("failed", "email_differs")),
    ],
)
def test_threat_21_the_salted_address_of_the_holder(email, expected) -> None:
    assert holder_of(held(None), Occasion(email=email)) == expected


def test_without_a_key_in_the_credential_the_address_is_asked() -> None:
    presented = presentation(held(None))
    assert holder_of(presented) == ("unknown", "subject_without_key")
    with_address = Occasion(ASKED.challenge, ASKED.domain, "amara@example.org")
    assert holder_of(presented, with_address) == ("passed", "email_matches")


def holding(*credentials) -> dict:
    return {
        "@context": unsigned()["@context"],
        "type": "VerifiablePresentation",
        "verifiableCredential": list(credentials),
    }


@pytest.mark.parametrize("member", [1, presentation(), {"type": "EnvelopedVerifiableCredential", "id": "data:x,y"}])
def test_a_presentation_of_something_else(member) -> None:
    with pytest.raises(Unreadable):
        verify(holding(member), trust=trust(), at=NOW)


def test_a_presentation_of_none_is_unknown() -> None:
    verdict = verify(holding(), trust=trust(), at=NOW)
    assert (verdict.verdict, verdict.checks[-1].code) == ("unknown", "holds_nothing")


def test_each_of_several_is_judged_and_the_worst_is_the_whole() -> None:
    good, stranger = badge(), sign(unsigned(), OTHER_SEED, created=NOW)
    both = verify(holding(good, badge(name="Another")), trust=trust(), at=NOW)
    assert (both.verdict, [one.verdict for one in both.credentials]) == ("valid", ["valid", "valid"])
    assert len(both.achievements) == 2
    mixed = verify(holding(good, stranger), trust=trust(), at=NOW)
    assert (mixed.verdict, [one.verdict for one in mixed.credentials]) == ("invalid", ["valid", "invalid"])


def test_a_presentation_that_is_none_of_its_kind() -> None:
    verdict = verify({**holding(badge()), "@context": ["urn:x"]}, trust=trust(), at=NOW)
    assert (verdict.verdict, verdict.checks[-1].code) == ("invalid", "context_order")
