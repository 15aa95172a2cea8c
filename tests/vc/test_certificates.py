"""Certificates in the header of a token (`x5c`): whom a root that is relied on vouches for, and what is unknown."""

import base64
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from tests.vc.certificates import (
    HOST,
    ISSUER,
    LEAF,
    LEAF_KEY,
    MIDDLE,
    MIDDLE_KEY,
    OTHER_KEY,
    ROOT,
    ROOT_KEY,
    TWIN,
    certificate,
    pem,
    x5c,
)
from tests.vc.makers import DID, NOW, unsigned
from tests.vc.test_jose import b64

from linkspan.vc import Trust, VcError, keys, verify
from linkspan.vc.certificates import read_root
from linkspan.vc.verify.files import trust_from

CLAIMS = {"iss": ISSUER, "vct": "urn:eudi:pid:1", "iat": int(NOW.timestamp()), "family_name": "Muster"}
RELIED = Trust(roots=lambda: [{"certificate": pem(ROOT)}])
OUTSIDE = {"source": "1", "by": "HES", "since": "2018-01-01", "registry": "The national list"}


def signed(chain, claims=None, key=LEAF_KEY, kind="dc+sd-jwt", **header) -> str:
    text = f"{b64({'alg': 'ES256', 'typ': kind, 'x5c': chain, **header})}.{b64(claims or CLAIMS)}"
    r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{b64(r.to_bytes(32) + s.to_bytes(32))}" + ("~" if kind == "dc+sd-jwt" else "")


def told(token: str, trust: Trust = RELIED, at=NOW) -> tuple[str, str, str]:
    """The verdict, and the codes of signature and issuer."""
    found = verify(token, trust=trust, at=at)
    codes = {check.name: check.code for check in found.checks}
    return found.verdict, codes["signature"], codes["issuer"]


WHOLE = x5c(LEAF, MIDDLE)


def test_a_chain_to_a_root_that_is_relied_on_vouches_for_its_issuer() -> None:
    assert told(signed(WHOLE)) == ("valid", "signature_holds", "issuer_certified")
    assert told(signed(x5c(LEAF, MIDDLE, ROOT)))[0] == "valid", "the root itself may stand at the end"
    found = verify(signed(WHOLE), trust=RELIED, at=NOW)
    assert (found.issuer["id"], found.issuer["name"]) == (ISSUER, "PID office")


def test_who_decided_is_named() -> None:
    trust = Trust(roots=lambda: [{"certificate": pem(TWIN)}, {"certificate": pem(ROOT), "outside": OUTSIDE}])
    found = verify(signed(WHOLE), trust=trust, at=NOW)
    assert found.verdict == "valid"
    assert found.issuer["trusted"] == [{name: OUTSIDE[name] for name in ("by", "since", "registry")}]


def test_an_unknown_root_is_unknown_and_says_what_would_settle_it() -> None:
    for trust in (
        Trust(),
        Trust(roots=lambda: [{"certificate": pem(certificate("X", OTHER_KEY, "X", OTHER_KEY, authority=True))}]),
    ):
        assert told(signed(WHOLE), trust) == ("unknown", "signature_holds", "certificate_root_unknown")
    (issuer,) = (one for one in verify(signed(WHOLE), trust=Trust(), at=NOW).checks if one.name == "issuer")
    assert "PID office" in issuer.message and "National root" in issuer.message


def test_without_iss_the_issuer_is_the_subject_of_the_certificate() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "iss"}
    found = verify(signed(WHOLE, claims), trust=RELIED, at=NOW)
    assert (found.verdict, found.issuer["id"]) == ("valid", ISSUER)
    bare = certificate("PID office", LEAF_KEY, "Issuing authority", MIDDLE_KEY, names=())
    found = verify(signed(x5c(bare, MIDDLE), claims), trust=RELIED, at=NOW)
    assert (found.verdict, found.issuer["id"], found.issuer["name"]) == ("valid", "CN=PID office", "PID office")


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        (f"https://{HOST}/issuers/1", "issuer_certified"),
        ("https://other.example", "certificate_of_another"),
        (f"https://sub.{HOST}", "certificate_of_another"),
        (f"http://{HOST}", "certificate_of_another"),
        (f"https://{HOST}.evil.example", "certificate_of_another"),
        (f"https://{HOST}@evil.example", "certificate_of_another"),
        ("https://[", "certificate_of_another"),
        ("did:web:pid.example.eu", "certificate_of_another"),
    ],
)
def test_the_certificate_names_the_issuer_by_host_or_address(issuer, expected) -> None:
    verdict, _, code = told(signed(WHOLE, {**CLAIMS, "iss": issuer}))
    assert (verdict, code) == ("valid" if expected == "issuer_certified" else "unknown", expected)


def test_a_name_with_a_star_names_nobody() -> None:
    star = certificate("PID office", LEAF_KEY, "Issuing authority", MIDDLE_KEY, names=[x509.DNSName("*.example.eu")])
    assert told(signed(x5c(star, MIDDLE)))[2] == "certificate_of_another"


def test_in_force_when_it_signed() -> None:
    early = certificate("PID office", LEAF_KEY, "Issuing authority", MIDDLE_KEY, ends=NOW - timedelta(days=1))
    assert told(signed(x5c(early, MIDDLE))) == ("invalid", "signature_holds", "certificate_not_in_force")
    assert told(signed(WHOLE), at=NOW + timedelta(days=3_000))[0] == "valid", "as a key of a registry: in its time"
    undated = {name: value for name, value in CLAIMS.items() if name != "iat"}
    assert told(signed(x5c(early, MIDDLE), undated))[::2] == ("unknown", "signing_time_unknown")
    old = certificate(
        "National root", ROOT_KEY, "National root", ROOT_KEY, authority=True, ends=NOW - timedelta(days=1)
    )
    assert told(signed(WHOLE), Trust(roots=lambda: [{"certificate": pem(old)}]))[0] == "unknown"


def hostile() -> dict[str, tuple[list, str, str]]:
    """Chains with something wrong, and the verdict and the issuer's code that each deserves."""
    weak = rsa.generate_private_key(65537, 1024)
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    usage = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    elsewhere = x509.NameConstraints([x509.DNSName("other.example")], None)

    def leaf(**changes):
        return certificate("PID office", LEAF_KEY, "Issuing authority", MIDDLE_KEY, **changes)

    def middle(key=MIDDLE_KEY, by=ROOT_KEY, **changes):
        return certificate("Issuing authority", key, "National root", by, **{"authority": True, **changes})

    deep = certificate("Deeper", OTHER_KEY, "Issuing authority", MIDDLE_KEY, authority=True)
    below = certificate("PID office", LEAF_KEY, "Deeper", OTHER_KEY)
    return {
        "one missing": (x5c(LEAF), "certificate_root_unknown"),
        "another between": (x5c(LEAF, middle(OTHER_KEY)), "certificate_chain_broken"),
        "given out by a twin of the root": (x5c(LEAF, middle(by=OTHER_KEY)), "certificate_refused"),
        "by one that is no authority": (x5c(LEAF, middle(authority=False)), "certificate_refused"),
        "by one that may not certify": (x5c(LEAF, middle(more=[(usage, True)])), "certificate_refused"),
        "for other names only": (x5c(LEAF, middle(more=[(elsewhere, True)])), "certificate_refused"),
        "deeper than allowed": (x5c(below, deep, MIDDLE), "certificate_refused"),
        "an authority signs": (x5c(leaf(authority=True), MIDDLE), "certificate_refused"),
        "may not sign": (x5c(leaf(more=[(usage, True)]), MIDDLE), "certificate_refused"),
        "critical and unknown": (x5c(leaf(more=[(strange, True)]), MIDDLE), "certificate_refused"),
        "a weak authority": (x5c(LEAF, middle(weak)), "certificate_chain_broken"),
        "signed by itself": (
            x5c(certificate("PID office", LEAF_KEY, "PID office", LEAF_KEY)),
            "certificate_root_unknown",
        ),
    }


@pytest.mark.parametrize("name", sorted(hostile()))
def test_a_chain_with_something_wrong_is_never_valid_and_accuses_nobody(name) -> None:
    chain, code = hostile()[name]
    assert told(signed(chain)) == ("unknown", "signature_holds", code)


def test_a_wrong_order_is_named() -> None:
    found = verify(signed(x5c(MIDDLE, LEAF)), trust=RELIED, at=NOW)
    assert (found.verdict, found.checks[0].outcome, found.checks[0].code) == ("unknown", "unknown", "certificate_order")


def test_what_is_changed_or_signed_by_another_key_is_invalid() -> None:
    assert told(signed(WHOLE, key=OTHER_KEY))[:2] == ("invalid", "signature_wrong")
    header, _, end = signed(WHOLE).split(".")
    other = f"{header}.{b64({**CLAIMS, 'family_name': 'Other'})}.{end}"
    assert told(other)[:2] == ("invalid", "signature_wrong")
    assert told(signed(WHOLE, alg="HS256"))[:2] == ("invalid", "algorithm_refused")
    assert told(signed(WHOLE, alg="none"))[:2] == ("invalid", "algorithm_refused")


@pytest.mark.parametrize(
    "chain",
    [
        [],
        "AAAA",
        ["AAAA"],
        [1],
        ["***"],
        [None],
        {},
        ["A" * 20_000],
        WHOLE * 6,
        [base64.b64encode(b"\x30" * 9_000).decode()],
    ],
)
def test_what_is_no_chain_is_unknown(chain) -> None:
    verdict, signature, _ = told(signed(chain))
    assert (verdict, signature) == ("unknown", signature)
    assert signature in ("certificate_broken", "certificate_chain_too_long")


def test_a_weak_key_is_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024)
    made = certificate("PID office", weak, "Issuing authority", MIDDLE_KEY)
    assert told(signed(x5c(made, MIDDLE)))[:2] == ("invalid", "key_weak")


def test_a_key_that_is_pinned_counts_without_a_root_and_others_do_not() -> None:
    pinned = {"did": ISSUER, "name": "PID", "keys": [{"publicKeyMultibase": keys.multibase_of(LEAF_KEY.public_key())}]}
    assert told(signed(WHOLE), Trust([pinned]))[::2] == ("valid", "issuer_registered")
    other = {**pinned, "keys": [{"publicKeyMultibase": keys.multibase_of(OTHER_KEY.public_key())}]}
    assert told(signed(WHOLE), Trust([other]))[::2] == ("invalid", "key_not_registered")
    jwk = {"kid": "1", **keys.jwk_of(OTHER_KEY.public_key())}
    document = {
        "id": ISSUER,
        "verificationMethod": [{"id": ISSUER, "type": "JsonWebKey", "controller": ISSUER, "publicKeyJwk": jwk}],
    }
    elsewhere = Trust(controllers={ISSUER: {**document, "assertionMethod": [ISSUER]}})
    assert told(signed(WHOLE), elsewhere)[::2] == ("unknown", "certificate_root_unknown"), "a site accuses nobody"


def test_a_did_is_its_own_key_whatever_certificate_stands_there() -> None:
    assert told(signed(WHOLE, {**CLAIMS, "iss": DID}))[0] != "valid"


def test_a_badge_as_a_token_with_certificates() -> None:
    claims = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    claims |= {"issuer": {"id": f"{ISSUER}/schools/1", "type": ["Profile"], "name": "Claimed"}, "iat": CLAIMS["iat"]}
    token = signed(WHOLE, claims, kind="vc+jwt")
    assert told(token) == ("valid", "signature_holds", "issuer_certified")
    assert verify(token, trust=RELIED, at=NOW).issuer["name"] == "PID office", "never the badge's own word"


def test_roots_stand_in_a_registry_file() -> None:
    relied = trust_from({"issuers": [], "roots": [{"certificate": pem(ROOT)}]})
    assert told(signed(WHOLE), relied)[0] == "valid"
    for broken in ("", "PEM", pem(LEAF), pem(ROOT) * 2, pem(ROOT).replace("M", "N")):
        with pytest.raises(VcError):
            read_root(broken)
        with pytest.raises(VcError, match="root"):
            trust_from({"roots": [{"certificate": broken}]})
