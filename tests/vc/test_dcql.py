"""Queries in DCQL: which are asked, and which answers meet them (OpenID4VP 1.0, sections 6 and 7)."""

import copy
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.vc.makers import NOW, SEED, badge

from linkspan.vc import VcError, base64url, dcql, openid4vp, sdjwt
from linkspan.vc.keys import ED25519, private_key_of

VCT = "https://mitx.example/vct"
TITLE = ["credentialSubject", "achievement", "name"]
BADGES = {"id": "b", "format": "ldp_vc", "meta": {"type_values": [["OpenBadgeCredential"]]}}
AUTHORITY = {"type": "aki", "values": ["a"]}
TOKENS = {"id": "t", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}}


def query(*credentials, **more) -> dict:
    return {"credentials": list(credentials or (BADGES,)), **more}


GOOD = {
    "a badge": query(),
    "two with options": query(
        BADGES, TOKENS, credential_sets=[{"options": [["b"], ["t"]]}, {"options": [["b", "t"]], "required": False}]
    ),
    "several with a title": query({**BADGES, "multiple": True, "claims": [{"path": TITLE, "values": ["x", 1, True]}]}),
    "one of two sets": query(
        {
            **TOKENS,
            "claims": [{"id": "a", "path": TITLE}, {"id": "c", "path": ["x", None, 0]}],
            "claim_sets": [["a"], ["c"]],
        }
    ),
    "of an authority, without a holder": query(
        {**TOKENS, "require_cryptographic_holder_binding": False, "trusted_authorities": [AUTHORITY]}
    ),
}
BAD = {
    "nothing": {},
    "no object": [],
    "an unknown member": query(more=1),
    "no credentials": {"credentials": []},
    "too many": query(*({**BADGES, "id": f"b{n}"} for n in range(21))),
    "two of one name": query(BADGES, BADGES),
    "a name with signs": query({**BADGES, "id": "a b"}),
    "another format": query({**BADGES, "format": "mso_mdoc"}),
    "no type": query({**BADGES, "meta": {}}),
    "a type that is none": query({**TOKENS, "meta": {"vct_values": [1]}}),
    "a flag that is a text": query({**BADGES, "multiple": "yes"}),
    "an authority that nobody here knows": query({**BADGES, "trusted_authorities": [{**AUTHORITY, "type": "etsi_tl"}]}),
    "sets without claims": query({**BADGES, "claim_sets": [["a"]]}),
    "a set of what is not there": query({**BADGES, "claims": [{"id": "a", "path": TITLE}], "claim_sets": [["z"]]}),
    "a claim without a name in sets": query({**BADGES, "claims": [{"path": TITLE}], "claim_sets": [["a"]]}),
    "a path that is empty": query({**BADGES, "claims": [{"path": []}]}),
    "a path of fractions": query({**BADGES, "claims": [{"path": [1.5]}]}),
    "a path back": query({**BADGES, "claims": [{"path": [-1]}]}),
    "a path of truth": query({**BADGES, "claims": [{"path": [True]}]}),
    "no values": query({**BADGES, "claims": [{"path": TITLE, "values": []}]}),
    "values of objects": query({**BADGES, "claims": [{"path": TITLE, "values": [{}]}]}),
    "options of nobody": query(credential_sets=[{"options": [["z"]]}]),
    "no options": query(credential_sets=[{"options": []}]),
    "required by a text": query(credential_sets=[{"options": [["b"]], "required": "yes"}]),
}


@pytest.mark.parametrize("asked", GOOD.values(), ids=GOOD.keys())
def test_a_query_is_asked(asked: dict) -> None:
    dcql.check_query(asked)


@pytest.mark.parametrize("asked", BAD.values(), ids=BAD.keys())
def test_a_query_is_refused(asked) -> None:
    with pytest.raises(VcError) as refused:
        dcql.check_query(asked)
    assert refused.value.code == "query_refused"


EITHER = query(BADGES, TOKENS, credential_sets=[{"options": [["b"], ["t"]]}])
ENOUGH = {
    "the one": (query(), {"b": ["x"]}, True),
    "none": (query(), {}, False),
    "an empty list": (query(), {"b": []}, False),
    "two of one": (query(), {"b": ["x", "y"]}, False),
    "two where several may come": (query({**BADGES, "multiple": True}), {"b": ["x", "y"]}, True),
    "no list": (query(), {"b": "x"}, False),
    "a number": (query(), {"b": [1]}, False),
    "something else": (query(), {"b": ["x"], "z": ["x"]}, False),
    "one of two": (query(BADGES, TOKENS), {"b": ["x"]}, False),
    "one of two options": (EITHER, {"t": ["x"]}, True),
    "only what is not required": (
        query(BADGES, TOKENS, credential_sets=[{"options": [["b"]]}, {"options": [["t"]], "required": False}]),
        {"t": ["x"]},
        False,
    ),
}


@pytest.mark.parametrize(("asked", "answers", "enough"), ENOUGH.values(), ids=ENOUGH.keys())
def test_an_answer_holds_what_was_asked_for(asked: dict, answers: dict, enough: bool) -> None:
    if enough:
        found = [one["id"] for one, _ in dcql.presented(asked, answers)]
        assert found == [name for name, held in answers.items() for _ in held]
        return
    with pytest.raises(VcError):
        dcql.presented(asked, answers)


def is_met(one: dict, presentation) -> bool:
    try:
        dcql.check_met(one, presentation)
    except VcError as no:
        assert no.code == "answer_refused"
        return False
    return True


def test_a_badge_meets_what_it_shows() -> None:
    shown = badge()
    title = shown["credentialSubject"]["achievement"]["name"]
    assert is_met(BADGES, shown) and is_met({**BADGES, "claims": [{"path": TITLE, "values": ["other", title]}]}, shown)
    wrong = [
        {**BADGES, "claims": [{"path": TITLE, "values": ["other"]}]},
        {**BADGES, "claims": [{"path": ["credentialSubject", "nothing"]}]},
        {**BADGES, "meta": {"type_values": [["EndorsementCredential"]]}},
        {**BADGES, "trusted_authorities": [{"type": "aki", "values": ["a"]}]},
        TOKENS,
    ]
    assert [is_met(one, shown) for one in wrong] == [False] * 5
    either = {
        **BADGES,
        "claims": [{"id": "a", "path": ["nothing"]}, {"id": "c", "path": TITLE}],
        "claim_sets": [["a", "c"], ["c"]],
    }
    assert is_met(either, shown) and not is_met({**either, "claim_sets": [["a", "c"]]}, shown)


def test_a_token_meets_what_it_discloses() -> None:
    claims = {"vct": VCT, "credentialSubject": {"result": [{"value": "A"}, {"value": 72}]}}
    hidden = [("credentialSubject", "result", number) for number in range(2)]
    key = private_key_of(ED25519, SEED)
    text = sdjwt.issue(claims, key, hidden=hidden, created=NOW, holder=key.public_key())
    asked = {**TOKENS, "claims": [{"path": ["credentialSubject", "result", None, "value"], "values": [72]}]}
    assert is_met(asked, text) and not is_met(asked, text.partition("~")[0] + "~")
    assert not is_met({**asked, "meta": {"vct_values": ["other"]}}, text) and not is_met(BADGES, text)


def test_paths_lead_where_the_standard_says() -> None:
    held = {"a": [{"b": 1}, {"b": 2}, {"c": 3}], "d": {"0": 4}}
    paths = (["a", None, "b"], ["a", 1, "b"], ["a", 9], ["d", 0], ["d", "0"], ["x"])
    assert [dcql.selected(path, held) for path in paths] == [[1, 2], [2], [], [], [4], []]
    assert not dcql._shows({"path": ["a", 0, "b"], "values": [True]}, held), "1 is not true"


def made(host: str = "hes.example", *, by_itself: bool = False, curve=None) -> tuple[bytes, bytes]:
    """A key with its certificate and that of its authority, as PEM; and the key identifier of the authority."""
    anchor, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(curve or ec.SECP256R1())
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in ("Authority", "Verifier")]
    today = datetime(2026, 1, 1, tzinfo=UTC)

    def signed(subject, public, extensions) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject if by_itself else names[0])
        made = made.public_key(public).serial_number(x509.random_serial_number())
        made = made.not_valid_before(today).not_valid_after(today + timedelta(days=900))
        for one in extensions:
            made = made.add_extension(one, critical=False)
        return made.sign(key if by_itself else anchor, SHA256())

    named = x509.AuthorityKeyIdentifier.from_issuer_public_key(anchor.public_key())
    leaf = signed(names[1], key.public_key(), [x509.SubjectAlternativeName([x509.DNSName(host)]), named])
    top = signed(names[0], anchor.public_key(), [])
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem + leaf.public_bytes(Encoding.PEM) + top.public_bytes(Encoding.PEM), named.key_identifier or b""


def test_a_certificate_names_the_verifier_and_an_authority_is_told_by_it() -> None:
    pem, authority = made()
    held = openid4vp.certified(pem)
    assert (held.names, len(held.chain)) == (("hes.example",), 1), "the anchor is not carried"
    asked = openid4vp.Asked("did:key:z", "https://hes.example/a", "n", "s", VCT, f"x509_hash:{held.leaf_hash}")
    token = openid4vp.certified_request(asked, held, name="HES", now=NOW)
    one = {"type": "aki", "values": [base64url.encode(authority)]}
    dcql._check_authority([one], token)
    for other in (copy.deepcopy(one) | {"values": ["other"]}, {"type": "aki", "values": [""]}):
        with pytest.raises(VcError):
            dcql._check_authority([other], token)
    for broken in (made(by_itself=True)[0], made(curve=ec.SECP384R1())[0], made()[0][:250] + pem, b"", pem[:400]):
        with pytest.raises(VcError):
            openid4vp.certified(broken)
