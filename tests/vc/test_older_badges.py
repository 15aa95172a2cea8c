"""Open Badges 2.0 and 1.x: what the issuer's site or key confirms is judged, all else is unknown, by name."""

import hashlib
import json
import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough
from tests.vc.https_server import serving
from tests.vc.test_carriers import SVG, chunk, png

from linkspan.vc import Occasion, Trust, VcError, baking, base64url, verify
from linkspan.vc.did import WebResolver
from linkspan.vc.keys import jwk_of
from linkspan.vc.verify.older_issuer import in_scope
from linkspan.vc.verify.older_model import date_of

NOW = datetime(2020, 1, 1, tzinfo=UTC)
SITE = "https://badges.example.edu"
KEY = rsa.generate_private_key(65537, 2048)
V2 = "https://w3id.org/openbadges/v2"


def pem(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def recipient(kind: str = "sha256", email: str = "amara@example.org") -> dict:
    digest = hashlib.new(kind, (email + "salt").encode()).hexdigest()
    return {"type": "email", "hashed": True, "salt": "salt", "identity": f"{kind}${digest.upper()}"}


def world(site: str = SITE) -> dict:
    """What stands at the addresses of an issuer with a hosted badge `a`, a signed one being made by `signed`."""
    return {
        f"{site}/a": {
            "@context": V2,
            "type": "Assertion",
            "id": f"{site}/a",
            "recipient": recipient(),
            "badge": f"{site}/b",
            "verification": {"type": "HostedBadge"},
            "issuedOn": "2019-06-30T23:59:59+00:00",
        },
        f"{site}/b": {
            "@context": V2,
            "type": "BadgeClass",
            "id": f"{site}/b",
            "name": "Supply Chain",
            "description": "Five courses",
            "image": f"{site}/b.png",
            "criteria": {"narrative": "Pass all"},
            "issuer": f"{site}/i",
        },
        f"{site}/i": {
            "@context": V2,
            "type": "Issuer",
            "id": f"{site}/i",
            "name": "Example University",
            "url": "https://example.edu",
            "publicKey": [f"{site}/k"],
        },
        f"{site}/k": {"type": "CryptographicKey", "id": f"{site}/k", "owner": f"{site}/i", "publicKeyPem": pem(KEY)},
    }


def changed(address: str, **changes) -> dict:
    """The world, with members of one document changed, or taken out where the change is None."""
    documents = world()
    document = documents[f"{SITE}/{address}"] | changes
    return {**documents, f"{SITE}/{address}": {name: value for name, value in document.items() if value is not None}}


def signed(key=KEY, header=None, **changes) -> str:
    claims = world()[f"{SITE}/a"] | {"verification": {"type": "signed", "creator": f"{SITE}/k"}} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    parts = (header or {"alg": "RS256"}, claims)
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in parts)
    signature = (
        key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()) if isinstance(key, rsa.RSAPrivateKey) else b"no"
    )
    return f"{text}.{base64url.encode(signature)}"


def relied_on(documents: dict, **row) -> Trust:
    return Trust([{"did": f"{SITE}/i", "name": "Example University", **row}], documents=documents)


def told(content, trust: Trust | None = None, occasion: Occasion | None = None):
    return verify(content, trust=trust or relied_on(world()), at=NOW, occasion=occasion)


def decided(verdict) -> tuple[str, str, str]:
    """The verdict with the first check that failed, else is unknown, and its code."""
    found = [c for outcome in ("failed", "unknown") for c in verdict.checks if c.outcome == outcome]
    return (verdict.verdict, *((found[0].name, found[0].code) if found else ("", "")))


HANDED = world()[f"{SITE}/a"]


def test_a_hosted_badge_is_what_its_site_says() -> None:
    verdict = told(HANDED)
    assert decided(verdict) == ("valid", "", "")
    assert verdict.checks[0].code == "hosted"
    assert verdict.issuer == {"id": f"{SITE}/i", "name": "Example University", "url": None}
    assert verdict.achievement == {"id": f"{SITE}/b", "name": "Supply Chain", "results": []}
    assert verdict.notes == ()
    grander = HANDED | {"badge": {"name": "Doctor of everything"}}
    forged = told(grander)
    assert (forged.verdict, forged.achievement["name"]) == ("valid", "Supply Chain")
    assert [note.code for note in forged.notes] == ["copy_differs"]


def test_nothing_is_known_of_it_where_nobody_is_asked() -> None:
    for content in (json.dumps(HANDED), signed()):
        verdict = told(content, Trust([{"did": f"{SITE}/i", "name": "Example University"}]))
        assert decided(verdict) == ("unknown", "signature", "document_missing")
        assert verdict.checks[-1].code == "older_badge"


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        (changed("a", revoked=True), ("invalid", "status", "revoked")),
        ({**world(), f"{SITE}/a": {"id": f"{SITE}/a", "revoked": True}}, ("invalid", "status", "revoked")),
        (changed("a", expires="2019-12-31"), ("invalid", "validity", "expired")),
        (changed("a", issuedOn="2021-01-01T00:00Z"), ("invalid", "validity", "not_yet_valid")),
        (changed("a", issuedOn="soon"), ("invalid", "data_model", "model_broken")),
        (changed("a", recipient=None), ("invalid", "data_model", "model_broken")),
        (
            changed("a", recipient={"type": "email", "identity": "x", "hashed": "yes"}),
            ("invalid", "data_model", "model_broken"),
        ),
        (changed("b", criteria=None), ("invalid", "data_model", "model_broken")),
        (changed("i", type="Thing"), ("invalid", "data_model", "model_broken")),
        (changed("a", id=f"{SITE}/other"), ("invalid", "signature", "document_other")),
        ({**world(), f"{SITE}/a": {"hello": "world"}}, ("unknown", "signature", "document_unreadable")),
        ({**world(), f"{SITE}/a": "<html>"}, ("unknown", "signature", "document_unreadable")),
        (changed("i", verification={"startsWith": f"{SITE}/other/"}), ("invalid", "issuer", "outside_scope")),
        (changed("b", issuer={"name": "Nobody"}), ("invalid", "data_model", "model_broken")),
        (changed("i", id=f"{SITE}/other"), ("unknown", "signature", "document_differs")),
        (changed("b", issuer=7), ("invalid", "signature", "model_broken")),
        ({name: d for name, d in world().items() if name[-1] != "b"}, ("unknown", "signature", "document_missing")),
    ],
)
def test_what_the_site_says_decides(documents, expected) -> None:
    assert decided(told(HANDED, relied_on(documents))) == expected


def test_nobody_speaks_for_another_issuer() -> None:
    evil = "https://evil.example"
    mine = world(evil)
    own = {
        "type": "Issuer",
        "name": "Example University",
        "url": "x",
        "verification": {"allowedOrigins": "evil.example"},
    }
    mine[f"{evil}/b"]["issuer"] = {**own, "id": f"{SITE}/i"}
    handed = mine[f"{evil}/a"]
    assert decided(told(handed, relied_on({**world(), **mine}))) == ("invalid", "issuer", "outside_scope")
    mine[f"{evil}/b"]["issuer"] = {**own, "id": "did:key:z6Mk"}
    trust = Trust([{"did": "did:key:z6Mk", "name": "Example University"}], documents=mine)
    assert decided(told(handed, trust)) == ("unknown", "issuer", "issuer_without_keys")


def test_an_issuer_counts_while_the_registry_relies_on_it() -> None:
    assert decided(told(HANDED, Trust(documents=world()))) == ("unknown", "issuer", "site_not_registered")
    for row in ({"valid_to": "2019-12-31T00:00:00Z"}, {"compromised_at": "2019-12-31T00:00:00Z"}):
        verdict = told(HANDED, relied_on(world(), **row))
        assert decided(verdict) == ("unknown", "issuer", "issuer_not_in_force")


def test_a_signed_badge_is_its_issuers_by_the_key_that_the_profile_lists() -> None:
    assert decided(told(signed())) == ("valid", "", "")
    assert decided(told(signed(header={"alg": "RS256", "typ": "JWT"}))) == ("valid", "", "")
    head, claims, _ = signed().split(".")
    assert decided(told(f"{head}.{claims}.{base64url.encode(b'x' * 256)}")) == (
        "invalid",
        "signature",
        "signature_wrong",
    )
    other = signed(rsa.generate_private_key(65537, 2048))
    assert decided(told(other)) == ("invalid", "signature", "signature_wrong")
    for algorithm in ("none", "HS256"):
        assert decided(told(signed(header={"alg": algorithm})))[:2] == ("invalid", "signature")
    assert decided(told(signed(header={"alg": "RS512"}))) == ("unknown", "signature", "algorithm_unknown")
    elsewhere = signed(verification={"type": "signed", "creator": "https://evil.example/k"})
    assert decided(told(elsewhere)) == ("invalid", "signature", "key_of_another")


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        (changed("k", owner="https://evil.example/i"), ("invalid", "signature", "key_of_another")),
        (changed("k", publicKeyPem="-----BEGIN PUBLIC KEY-----"), ("unknown", "signature", "key_unknown")),
        (changed("k", publicKeyPem=pem(rsa.generate_private_key(65537, 1024))), ("invalid", "signature", "key_weak")),
        (
            changed("k", publicKeyPem=pem(ec.generate_private_key(ec.SECP256R1()))),
            ("invalid", "signature", "algorithm_refused"),
        ),
        (changed("i", publicKey=None), ("invalid", "signature", "key_of_another")),
        (changed("i", revocationList=f"{SITE}/r"), ("unknown", "status", "document_missing")),
    ],
)
def test_whose_key_it_is(documents, expected) -> None:
    assert decided(told(signed(), relied_on(documents))) == expected


@pytest.mark.parametrize(
    ("revocations", "expected"),
    [
        ({"revokedAssertions": []}, "valid"),
        ({"revokedAssertions": [f"{SITE}/a"]}, "invalid"),
        ({"revokedAssertions": [{"id": f"{SITE}/a", "revocationReason": "A mistake"}]}, "invalid"),
        ({"revokedAssertions": [{"uid": "9"}, 7]}, "valid"),
        ({f"{SITE}/a": "A mistake"}, "invalid"),
        ({"@context": V2}, "unknown"),
    ],
)
def test_the_issuers_list_of_revoked_badges(revocations, expected) -> None:
    documents = {**changed("i", revocationList=f"{SITE}/r"), f"{SITE}/r": revocations}
    assert told(signed(), relied_on(documents)).verdict == expected


def test_a_registry_that_pins_a_key_relies_on_that_alone() -> None:
    other = jwk_of(rsa.generate_private_key(65537, 2048).public_key())
    pinned = {"publicKeyJwk": jwk_of(KEY.public_key())}
    assert decided(told(signed(), relied_on(world(), keys=[pinned]))) == ("valid", "", "")
    late = pinned | {"valid_from": "2019-12-01T00:00:00Z"}
    assert decided(told(signed(), relied_on(world(), keys=[late]))) == ("invalid", "issuer", "key_not_in_force")
    wrong = relied_on(world(), keys=[{"publicKeyJwk": other}])
    assert decided(told(signed(), wrong)) == ("invalid", "issuer", "key_not_registered")


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_the_recipient_is_known_by_a_hash(kind) -> None:
    documents = changed("a", recipient=recipient(kind))
    for email, expected in (("Amara@Example.org", "valid"), ("bo@example.org", "invalid")):
        assert told(HANDED, relied_on(documents), Occasion(email=email)).verdict == expected
    plain = changed("a", recipient={"type": "email", "hashed": False, "identity": "amara@example.org"})
    assert told(HANDED, relied_on(plain), Occasion(email="amara@example.org")).verdict == "valid"
    odd = changed("a", recipient={"type": "telephone", "identity": "1"})
    assert decided(told(HANDED, relied_on(odd), Occasion(email="a@b.c"))) == ("unknown", "holder", "no_email_in_it")
    asked = Occasion(challenge="c", domain="d")
    assert decided(told(HANDED, None, asked)) == ("unknown", "holder", "subject_without_key")


def test_what_a_profile_calls_its_own() -> None:
    def inside(address: str, **scope) -> bool:
        return in_scope(address, {"verification": scope}, f"{SITE}/i")

    assert inside(f"{SITE}/a")
    assert not inside("https://badges.example.edu.evil.example/a")
    assert not inside("ftp://badges.example.edu/a")
    assert inside("https://other.example/a/1", startsWith=[f"{SITE}/", "https://other.example/a/"])
    assert not inside("https://other.example/b/1", startsWith="https://other.example/a/")
    assert not inside("https://other.example/a/../b/1", startsWith="https://other.example/a/")
    assert not inside("https://other.example.evil.example/", startsWith="https://other.example")
    assert inside("https://other.example/a", allowedOrigins=["badges.example.edu", "other.example"])
    assert not inside(f"{SITE}/a", allowedOrigins="other.example")
    assert not inside("https://other.example/x", startsWith="https://other.example/y", allowedOrigins="other.example")


def endorsement(name: str, about: str, **changes) -> dict:
    return {
        "@context": V2,
        "type": "Endorsement",
        "id": f"{SITE}/{name}",
        "claim": {"id": about, "endorsementComment": "Good"},
        "issuer": f"{SITE}/i",
        "issuedOn": "2019-07-01T00:00Z",
        "verification": {"type": "HostedBadge"},
        **changes,
    }


def test_each_endorsement_has_its_own_verdict() -> None:
    documents = changed("b", endorsement=[f"{SITE}/e1", f"{SITE}/e2", f"{SITE}/e3", 7])
    documents |= {
        f"{SITE}/e1": endorsement("e1", f"{SITE}/b"),
        f"{SITE}/e2": endorsement("e2", f"{SITE}/other"),
    }
    verdict = told(HANDED, relied_on(documents))
    assert verdict.verdict == "valid"
    assert [decided(one) for one in verdict.endorsements] == [
        ("valid", "", ""),
        ("invalid", "data_model", "endorses_other"),
        ("unknown", "signature", "document_missing"),
        ("unknown", "signature", "document_missing"),
    ]


def first(**changes) -> dict:
    return {
        "uid": "9",
        "recipient": recipient(),
        "badge": f"{SITE}/b1",
        "verify": {"type": "hosted", "url": f"{SITE}/a1"},
        "issuedOn": 1561939199,
        **changes,
    }


def first_world() -> dict:
    kind = {"name": "Old", "description": "d", "image": "i", "criteria": "c", "issuer": f"{SITE}/i1"}
    issuer = {"name": "Example University", "url": "u", "revocationList": f"{SITE}/r1"}
    return {
        f"{SITE}/a1": first(),
        f"{SITE}/b1": kind,
        f"{SITE}/i1": issuer,
        f"{SITE}/k1": pem(KEY),
        f"{SITE}/r1": {"9": "x"},
    }


def test_open_badges_1() -> None:
    trust = Trust([{"did": f"{SITE}/i1", "name": "Example University"}], documents=first_world())
    assert decided(told(first(), trust)) == ("valid", "", "")
    assert decided(told(first(verify={"type": "hosted", "url": f"{SITE}/b1"}), trust))[2] == "document_unreadable"
    bare = {"@context": None, "type": None, "id": None, "verification": None}
    token = signed(**first(verify={"type": "signed", "url": f"{SITE}/k1"}), **bare)
    assert decided(told(token, trust)) == ("invalid", "status", "revoked")
    elsewhere = signed(**first(verify={"type": "signed", "url": "https://evil.example/k"}), **bare)
    assert decided(told(elsewhere, trust)) == ("invalid", "signature", "key_of_another")


def test_baked_pictures_of_older_badges() -> None:
    def baked(kind: bytes, text: bytes) -> bytes:
        return png().replace(chunk(b"IEND", b""), chunk(kind, text) + chunk(b"IEND", b""))

    assert told(baked(b"iTXt", b"openbadges\0\0\0\0\0" + json.dumps(HANDED).encode())).verdict == "valid"
    assert told(baked(b"iTXt", b"openbadges\0\0\0\0\0" + signed().encode())).verdict == "valid"
    trust = Trust([{"did": f"{SITE}/i1", "name": "Example University"}], documents=first_world())
    assert told(baked(b"tEXt", b"openbadges\0" + f"{SITE}/a1".encode()), trust).verdict == "valid"
    element = '<o:assertion xmlns:o="http://openbadges.org"{}</o:assertion>'
    assert told(SVG.format(element.format(f"><![CDATA[{json.dumps(HANDED)}]]>")).encode()).verdict == "valid"
    assert told(SVG.format(element.format(f' verify="{signed()}">')).encode()).verdict == "valid"
    assert told(SVG.format(element.format(f' verify="{SITE}/a1">')).encode(), trust).verdict == "valid"
    with pytest.raises(VcError, match="No credential is stored"):
        baking.unbake_png(baked(b"tEXt", b"Title\0openbadges"))


def test_dates_as_older_badges_write_them() -> None:
    assert date_of("2017-10-01T00:00Z") == date_of("2017-10-01") == date_of(1506816000) == date_of("1506816000")
    assert [date_of(odd) for odd in ("", "x", True, None, 1e400, "9" * 400, [])] == [None] * 7


def test_its_site_is_asked_under_the_policy_and_what_it_took_away_is_revoked(tmp_path) -> None:
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        site = f"https://localhost:{port}"
        found = world(site)
        answers |= {url.removeprefix(site): json.dumps(document).encode() for url, document in found.items()}
        handed = found[f"{site}/a"] | {"id": f"http://localhost:{port}/a"}

        def asked() -> tuple[str, str, str]:
            row = {"did": f"{site}/i", "name": "Example University"}
            return decided(told(handed, Trust([row], resolver=WebResolver(policy))))

        assert asked() == ("valid", "", "")
        for answer, expected in (
            ("gone", ("invalid", "status", "revoked")),
            ("redirect", ("unknown", "signature", "redirect_refused")),
            (None, ("unknown", "signature", "answer_refused")),
            (b" " * 60_000, ("unknown", "signature", "answer_too_large")),
        ):
            answers["/a"] = answer
            assert asked() == expected


def test_a_badge_leads_to_few_addresses_only() -> None:
    asked: list[str] = []

    class Counting:
        def document(self, url: str) -> bytes:
            asked.append(url)
            found = re.search(r"/e(\d+)$", url)
            if found:
                return json.dumps(endorsement(f"e{found[1]}", f"{SITE}/a", issuer=f"{SITE}/i{found[1]}")).encode()
            return json.dumps(
                {**world(), **changed("a", endorsement=[f"{SITE}/e{n}" for n in range(99)])}.get(url, {})
            ).encode()

    verdict = told(HANDED, Trust([{"did": f"{SITE}/i", "name": "EU"}], resolver=Counting()))
    assert verdict.verdict == "valid"
    assert len(asked) == len(set(asked)) == 12
    assert decided(verdict.endorsements[-1]) == ("unknown", "signature", "too_many_addresses")


ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.lists(st.just({}), max_size=2)
    | st.just({"id": 7})
)


@given(st.sampled_from("abik"), st.data(), ODD)
@thorough(60)
def test_whatever_stands_at_its_addresses_there_is_a_verdict(address, data, odd) -> None:
    member = data.draw(st.sampled_from(sorted(world()[f"{SITE}/{address}"])))
    documents = changed(address, **{member: odd})
    for content in (HANDED, HANDED | {member: odd}, signed(), signed(**{member: odd})):
        try:
            json.dumps(told(content, relied_on(documents), Occasion(email="amara@example.org")).as_json())
        except VcError as error:
            assert error.message
