"""Federations: whom an anchor vouches for becomes valid by a registrar's decision, and we are an entity ourselves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.factories.news import News
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world
from tests.institutions.test_trust import WHY, verdict
from tests.vc.federation.makers import (
    ANCHOR_KEY,
    BADGE_KEY,
    ISSUES,
    LEAF_KEY,
    MIDDLE_KEY,
    STRANGER_KEY,
    Federation,
    jwks,
    kid_of,
)
from tests.vc.https_server import serving
from tests.vc.makers import unsigned

from linkspan.institutions import actions, queries
from linkspan.institutions.engines.federation import did_web_of, entity_of
from linkspan.institutions.models import TrustChangeRow, TrustedIssuerRow, TrustSourceRow
from linkspan.institutions.rules import TrustKind
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.vc import jose, sign
from linkspan.vc.federation import Superiors, chain_to, own_statement
from linkspan.vc.proofs import LocalSigner

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def federation(tmp_path):
    answers: dict = {}
    with serving(tmp_path, answers) as (port, policy):
        made = Federation(port, NOW)
        made.answers, made.policy = answers, replace(policy, seconds=1)
        yield made.whole()


def relied_on(cast, made, **more):
    told = {"actor": cast["registrar"], "institution": "HES", "kind": TrustKind.FEDERATION, "name": "The federation"}
    return actions.trust(**{**told, "address": made.anchor, "reason": WHY, "now": NOW, **more})


def card(made, key=BADGE_KEY, kid: str = "") -> bytes:
    """A token of the leaf's, by the key that its metadata state."""
    claims = {"iss": made.leaf, "vct": "urn:card", "iat": int(NOW.timestamp()), "name": "A"}
    signer = LocalSigner(key, f"{made.leaf}#{kid or kid_of(key)}")
    return jose.sign_claims(claims, signer, kind="dc+sd-jwt").encode() + b"~"


def badge(made, key=BADGE_KEY) -> dict:
    """A badge by the did:web that stands at the leaf's address."""
    did = did_web_of(made.leaf)
    document = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    document["issuer"] = {**document["issuer"], "id": did}
    return sign(document, key, created=NOW, options={"verificationMethod": f"{did}#{kid_of(key)}"})


def with_did_document(made, key=BADGE_KEY) -> None:
    import json

    did = did_web_of(made.leaf)
    method = f"{did}#{kid_of(key)}"
    entry = {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": kid_of(key)}
    made.answers["/l/did.json"] = json.dumps(
        {"id": did, "verificationMethod": [entry], "assertionMethod": [method]}
    ).encode()


def refreshed(made, source, now=NOW) -> tuple[str, int]:
    actions.refresh_source(source, now, made.policy)
    row = TrustSourceRow.objects.get(id=source)
    return row.error, row.unreadable


def test_an_issuer_below_an_anchor_becomes_valid_on_the_public_page(cast, federation, client) -> None:
    with_did_document(federation)
    source = relied_on(cast, federation, address=f"{federation.anchor}/.well-known/openid-federation")
    assert verdict(card(federation)) == ("unknown", "issuer_not_registered")
    assert refreshed(federation, source) == ("", 0)
    assert verdict(card(federation)) == ("valid", "issuer_trusted")
    assert verdict(badge(federation)) == ("valid", "issuer_trusted")
    assert verdict(card(federation, STRANGER_KEY, kid_of(BADGE_KEY)))[0] != "valid"
    federation.at = real_now()
    assert refreshed(federation.whole(), source, real_now()) == ("", 0)
    page = client.post("/verify/", {"credential": card(federation).decode()}).content.decode()
    assert all(text in page for text in ("Valid", "Leaf University", "The federation", queries.institution("HES").name))
    row = queries.trust_source(cast["registrar"], source)
    assert row.issuers == 2, "the leaf and its did:web; who stands between issues nothing"
    named = {one.did: one for one in queries.trusted_issuers(cast["registrar"], source)}
    assert (
        named[federation.leaf].until == federation.at.replace(microsecond=0) + timedelta(days=1)
        and federation.anchor in named
    )
    assert queries.outside_rows(federation.anchor, NOW) == (), "the anchor's keys sign statements, no credentials"
    assert [verdict(card(federation), relying)[0] for relying in (["HES"], ["MITx"], [])] == [
        "valid",
        "unknown",
        "unknown",
    ]
    actions.end_trust(actor=cast["registrar"], source_id=source, reason="We left it.", now=NOW)
    assert verdict(card(federation)) == ("unknown", "issuer_not_registered")


def test_it_counts_as_long_as_its_chain_and_is_asked_again_before_that(cast, federation) -> None:
    source = relied_on(cast, federation)
    refreshed(federation, source)
    later = NOW + timedelta(hours=23)
    assert queries.outside_rows(federation.leaf, later)
    assert not queries.outside_rows(federation.leaf, NOW + timedelta(days=1))
    ends = int((NOW + timedelta(days=3)).timestamp())
    for said in ((federation.anchor, federation.middle, ANCHOR_KEY, [MIDDLE_KEY]),):
        federation.about(*said, exp=ends)
    TrustSourceRow.objects.update(asked_at=later - timedelta(minutes=59))
    actions.refresh_trust(later, federation.policy)
    assert TrustSourceRow.objects.get().asked_at == later - timedelta(minutes=59), "not more than once an hour"
    actions.refresh_trust(later + timedelta(minutes=1), federation.policy)
    assert TrustSourceRow.objects.get().asked_at == later + timedelta(minutes=1)


def test_who_is_not_proved_any_more_goes_and_who_is_silent_stays(cast, federation) -> None:
    source = relied_on(cast, federation)
    refreshed(federation, source)
    news = News()
    news(NOW)
    own = federation.answers[federation.place(federation.leaf)]
    for silence in ("slow", None, "gone", b"A" * 60_000):
        federation.answers[federation.place(federation.leaf)] = silence
        assert refreshed(federation, source) == ("", 0)
        assert verdict(card(federation))[0] == "valid", "what could not be asked changes nothing"
    federation.answers["/m/list"] = b"<html>"
    assert refreshed(federation, source) == ("", 1) and verdict(card(federation))[0] == "valid"
    federation.answers["/m/list"] = b"[]"
    federation.about(federation.middle, federation.leaf, MIDDLE_KEY, [STRANGER_KEY])
    federation.answers[federation.place(federation.leaf)] = own
    assert refreshed(federation, source) == ("", 1) and verdict(card(federation))[0] == "unknown"
    assert {kind for _, kind in news(NOW)} == {"trust_moved"}
    federation.about(federation.middle, federation.leaf, MIDDLE_KEY, [LEAF_KEY])
    refreshed(federation, source)
    assert verdict(card(federation))[0] == "valid"
    federation.own(federation.leaf, LEAF_KEY, federation.middle, metadata={"openid_relying_party": {}})
    refreshed(federation, source)
    assert verdict(card(federation))[0] == "unknown", "it issues no credentials any more"


def test_an_anchor_with_another_key_waits_and_changes_nothing_till_then(cast, federation) -> None:
    source = relied_on(cast, federation)
    refreshed(federation, source)
    federation.own(federation.anchor, STRANGER_KEY, superior=True)
    federation.about(federation.anchor, federation.middle, STRANGER_KEY, [MIDDLE_KEY])
    refreshed(federation, source)
    assert verdict(card(federation)) == ("valid", "issuer_trusted"), "proved before, as long as that chain lasts"
    anchor = next(one for one in queries.trusted_issuers(cast["registrar"], source) if one.did == federation.anchor)
    assert (anchor.standing, anchor.new_key) == ("changed", True)
    whats = set(TrustChangeRow.objects.values_list("what", flat=True))
    assert whats == {"trusted", "listed", "key_changed"}
    actions.accept_key(actor=cast["registrar"], issuer_id=anchor.id, reason="They wrote to us.", now=NOW)
    assert TrustSourceRow.objects.get().asked_at is None
    assert refreshed(federation, source) == ("", 0) and verdict(card(federation))[0] == "valid"


def test_a_broken_anchor_is_named_and_harms_nobody(cast, federation) -> None:
    source = relied_on(cast, federation)
    refreshed(federation, source)
    place = federation.place(federation.anchor)
    for answer, code in (
        ("slow", "too_slow"),
        (b"<html>", "statement_broken"),
        (federation.answers[federation.place(federation.leaf)], "statement_foreign"),
        ("redirect", "redirect_refused"),
    ):
        federation.answers[place] = answer
        assert refreshed(federation, source)[0] == code
        assert verdict(card(federation))[0] == "valid"


def test_a_did_as_registries_of_schools_list_it(cast, federation) -> None:
    from tests.vc.makers import DID, SEED

    federation.about(
        *(federation.anchor, DID, ANCHOR_KEY, [BADGE_KEY]),
        metadata={"federation_entity": {"organization_name": "A school", "homepage_uri": "https://s.example/"}},
    )
    source = relied_on(cast, federation)
    refreshed(federation, source)
    document = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    assert verdict(sign(document, SEED, created=NOW)) == ("valid", "issuer_trusted")
    row = TrustedIssuerRow.objects.get(did=DID)
    assert (row.name, row.url, row.keys) == ("A school", "https://s.example/", [])


def test_whom_no_list_names_is_found_where_others_may_be_asked(cast, federation, monkeypatch) -> None:
    from linkspan.credentials.queries import judge, lists

    source = relied_on(cast, federation)
    federation.answers["/m/list"] = b"[]"
    refreshed(federation, source)
    monkeypatch.setattr(lists, "network_policy", lambda: federation.policy)
    assert verdict(card(federation)) == ("unknown", "issuer_not_registered")
    found = judge(card(federation), NOW, relying=None, asks=True)
    assert (found.verdict, found.issuer["name"]) == ("valid", "Leaf University")
    assert found.issuer["trusted"][0]["registry"] == "The federation"
    assert judge(card(federation), NOW, relying=["MITx"], asks=True).verdict == "unknown"
    federation.about(federation.middle, federation.leaf, MIDDLE_KEY, [STRANGER_KEY])
    assert judge(card(federation), NOW, relying=None, asks=True).verdict == "unknown"


def test_we_are_an_entity_that_others_can_prove(cast, federation, client, settings) -> None:
    """Our own statement, put below the anchor, leads to it by the same code that judges others."""
    settings.BASE_URL = "https://linkspan.example"
    answer = client.get("/i/MITx/.well-known/openid-federation")
    assert answer["Content-Type"] == "application/entity-statement+jwt" and answer["Access-Control-Allow-Origin"] == "*"
    token = answer.content.decode()
    claims = jose.read(token)[1]
    assert "authority_hints" not in claims and claims["iss"] == claims["sub"]
    assert claims["metadata"]["federation_entity"]["organization_name"] == queries.institution("MITx").name
    assert claims["metadata"][ISSUES]["jwks"] == claims["jwks"]
    registrar = cast["mitx-registrar"]
    actions.set_superiors(actor=registrar, institution="MITx", addresses=[federation.anchor], now=NOW)
    claims = jose.read(client.get("/i/MITx/.well-known/openid-federation").content.decode())[1]
    assert claims["authority_hints"] == [federation.anchor]
    assert queries.federation_place(registrar, "MITx", NOW).entity == claims["sub"]
    asked = Superiors(federation.policy, real_now())
    place = f"{claims['sub']}/.well-known/openid-federation"
    from linkspan.vc.federation import read_statement

    asked.answers[place] = read_statement(
        client.get("/i/MITx/.well-known/openid-federation").content.decode(), real_now()
    )
    now, ends = int(real_now().timestamp()), int((real_now() + timedelta(hours=1)).timestamp())
    federation.own(federation.anchor, ANCHOR_KEY, superior=True, iat=now, exp=ends)
    federation.about(federation.anchor, claims["sub"], ANCHOR_KEY, [ANCHOR_KEY], jwks=claims["jwks"], iat=now, exp=ends)
    assert own_statement(claims["sub"], asked).superiors == (federation.anchor,)
    chained = chain_to(claims["sub"], federation.anchor, [ANCHOR_KEY.public_key()], asked)
    assert chained.metadata[ISSUES]["jwks"] == claims["jwks"]
    assert client.get("/i/NOBODY/.well-known/openid-federation").status_code == 404
    assert client.get("/.well-known/openid-federation").status_code == 404


def test_who_may_say_who_stands_above(cast) -> None:
    for actor in (cast["registrar"], cast["learner"], cast["staff"]):
        with pytest.raises(NotPermitted):
            actions.set_superiors(actor=actor, institution="MITx", addresses=[], now=NOW)
        with pytest.raises(NotPermitted):
            queries.federation_place(actor, "MITx", NOW)
    registrar = cast["mitx-registrar"]
    for broken in (["http://a.example"], ["javascript:x"], ["https://u@a.example"], ["https://a.example#x"]):
        with pytest.raises(Unusable):
            actions.set_superiors(actor=registrar, institution="MITx", addresses=broken, now=NOW)
    with pytest.raises(Unusable):
        many = [f"https://a{number}.example" for number in range(11)]
        actions.set_superiors(actor=registrar, institution="MITx", addresses=many, now=NOW)
    for broken in ("http://a.example", "https://a.example/?x=1", "did:web:a.example", ""):
        with pytest.raises(Unusable):
            actions.trust(
                **{"actor": cast["registrar"], "institution": "HES", "kind": TrustKind.FEDERATION, "name": "F"},
                **{"address": broken, "reason": WHY, "now": NOW},
            )


def test_the_page_of_an_institution_in_federations(cast) -> None:
    client = browser(cast["mitx-registrar"])
    answer = client.post("/desk/trust/MITx/federation/", {"superiors": "no address\nhttps://a.example"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "no address\nhttps://a.example</textarea>" in page
    sent = {"superiors": "https://a.example\r\n\r\nhttps://b.example/x"}
    page = client.post("/desk/trust/MITx/federation/", sent, follow=True).content.decode()
    assert "https://a.example\nhttps://b.example/x" in page
    assert browser(person("Other", ("registrar", "HES"))).get("/desk/trust/MITx/federation/").status_code in (403, 404)


def test_an_entity_and_its_did_web() -> None:
    for entity, did in (
        ("https://a.example", "did:web:a.example"),
        ("https://a.example:8443/i/X", "did:web:a.example%3A8443:i:X"),
    ):
        assert (did_web_of(entity), entity_of(did)) == (did, entity)
    for other in ("https://a.example/i:X", "https://a.example/%69/X", "http://a.example"):
        assert did_web_of(other) == "", "its path could be read as another's"
    assert entity_of("https://a.example/x") == "https://a.example/x" and did_web_of("did:web:a.example") == ""
    assert jwks(BADGE_KEY)["keys"][0]["kid"] == kid_of(BADGE_KEY)
