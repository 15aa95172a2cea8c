"""What was tried against the doors of wallets and applications: each is answered by name, and uses up nothing it should
not; what a wallet shows is kept and shown whole, whatever stands in it."""

import json
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from tests.api.test_openbadges import issued
from tests.api.test_wallets_code import BASE, Pocket, compact, proofs, some
from tests.api.test_wallets_shown import answer, asked, claims_of
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world
from tests.vc.makers import SEED, unsigned
from tests.vc.test_holder import HOLDER
from tests.vc.test_holder import presentation as presented

from linkspan.accounts.models import ConnectionRow
from linkspan.credentials import actions
from linkspan.credentials.queries.places import wallet_places
from linkspan.credentials.queries.wallets import presentation
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Unusable
from linkspan.kernel.models import TrailEntry
from linkspan.vc import jwe, openid4vci, sign
from linkspan.vc.keys import jwk_of

pytestmark = pytest.mark.django_db
FORM = {"type": "openid_credential", "credential_configuration_id": openid4vci.BADGE}
#: Each is JSON, and none asks for a credential in a form that there is, at places that are texts.
NO_DETAILS = [5, None, {}, [5], [[]], [{"type": []}], [{**FORM, "credential_configuration_id": []}], [FORM, 5]]
NO_DETAILS += [[{**FORM, "credential_configuration_id": {}}], [{**FORM, "locations": 5}], [{**FORM, "locations": [5]}]]


@pytest.fixture(autouse=True)
def _nobody_came_before():
    cache.clear()


@pytest.fixture
def cast(db):
    return load_world()


def test_details_of_any_shape_are_answered(db) -> None:
    pocket, who = Pocket(), browser(person("Some Learner"))
    for told in NO_DETAILS:
        cache.clear()
        asked_for = {"scope": None, "authorization_details": json.dumps(told)}
        assert pocket.push(**asked_for).json()["error"] == "invalid_scope", told
    for told in (NO_DETAILS[0], *NO_DETAILS[-3:]):
        query = pocket.query(state="s", scope=None, authorization_details=json.dumps(told))
        assert "error=invalid_scope" in who.get("/connected/authorise/", query)["Location"], told
        back = who.post("/connected/authorise/", {"query": urlencode(query), "do": "allow"})
        assert "error=invalid_scope" in back["Location"], told
    assert not ConnectionRow.objects.exists()


def test_what_is_wrong_with_the_cipher_uses_nothing_up_and_null_characters_are_kept_out(cast) -> None:
    issued(cast["learner"])
    pocket, (key,) = Pocket(), some(1)
    access = pocket.access(cast["learner"])
    metadata = Client().get("/.well-known/openid-credential-issuer/api/v1/openid4vci/MITx").json()
    (opening,) = metadata["credential_request_encryption"]["jwks"]["keys"]
    attested = {"attested_keys": [jwk_of(key.public_key())], "iss": "A\x00", "key_storage": ["a\x00b"]}
    header = {"alg": "Ed25519", "typ": "key-attestation+jwt"}
    (plain,) = proofs([key])
    claims = {"aud": wallet_places("MITx").issuer, "iat": int(real_now().timestamp())}
    claims["nonce"] = Client().post(f"{BASE}/nonce").json()["c_nonce"]
    named = {"alg": "Ed25519", "typ": openid4vci.PROOF_TYPE, "jwk": jwk_of(key.public_key())}
    proof = compact({**named, "key_attestation": compact(header, attested, key)}, claims, key)
    body = {"credential_configuration_id": openid4vci.BADGE, "proofs": {"jwt": [proof]}}
    for cipher in ({"jwk": {"kty": "oct"}, "enc": "A128GCM"}, {"jwk": jwe.public(jwe.new_key("k")), "enc": "none"}, {}):
        text = jwe.encrypt({**body, "credential_response_encryption": cipher}, opening, "A128GCM")
        refused = pocket.call(access, "credential", text, kind="application/jwt")
        assert refused.json()["error"] == "invalid_encryption_parameters"
    assert pocket.call(access, "credential", body).status_code == 200, "the nonce of the proof is still good"
    told = TrailEntry.objects.get(verb="deliver_to_wallet").after["attested"]
    assert told == {"trust": "unknown", "iss": ""} and plain


def test_a_name_with_what_no_database_stores_is_an_answer_shown_whole(cast) -> None:
    row = asked(cast, hidden=True)
    claims = claims_of(row)
    (key,) = claims["client_metadata"]["jwks"]["keys"]
    subject = unsigned()["credentialSubject"]
    turned = {**subject["achievement"], "name": "A\x00\u202eB \\u0000"}
    held = sign(
        {**unsigned(), "credentialSubject": {**subject, "id": HOLDER, "achievement": turned}},
        SEED,
        created=NOW,
    )
    vp = presented(held, created=real_now(), challenge=claims["nonce"], domain=claims["client_id"])
    told = {"vp_token": {"badge": [vp]}, "state": claims["state"]}
    assert answer(row, response=jwe.encrypt(told, key, "A128GCM")).status_code == 200
    found = presentation(cast["registrar"], row.id).verdict
    assert found.achievement["name"].startswith("A\ufffd\ufffdB ")
    assert [dict(one)["name"] for one in found.achievements] == [found.achievement["name"]]
    assert "\x00" not in json.dumps(found.as_json())
    page = browser(cast["registrar"]).get(f"/desk/wallets/{row.id}/").content.decode()
    assert "\u202e" not in page and "\x00" not in page and "SC0x" in page


def test_a_kept_verdict_says_all_that_it_said(cast) -> None:
    row = asked(cast, hidden=True)
    claims = claims_of(row)
    (key,) = claims["client_metadata"]["jwks"]["keys"]
    achieved = unsigned()["credentialSubject"]["achievement"]
    subjects = [
        {"id": HOLDER, "type": ["AchievementSubject"], "achievement": {**achieved, "name": name}}
        for name in ("First one", "Second one")
    ]
    types = ["VerifiableCredential", "OpenBadgeCredential"]
    more = {"type": types, "credentialSubject": subjects, "endorsement": [{"id": "urn:x:1", "type": types[:1]}]}
    held = sign({**unsigned(), **more}, SEED, created=NOW)
    vp = presented(held, created=real_now(), challenge=claims["nonce"], domain=claims["client_id"])
    told = {"vp_token": {"badge": [vp]}, "state": claims["state"]}
    assert answer(row, response=jwe.encrypt(told, key, "A128GCM")).status_code == 200
    found = presentation(cast["registrar"], row.id).verdict
    assert [one["name"] for one in found.achievements] == ["First one", "Second one"]
    assert "endorsement_unsigned" in [note.code for note in found.notes]
    page = browser(cast["registrar"]).get(f"/desk/wallets/{row.id}/").content.decode()
    assert "First one" in page and "Second one" in page and "not signed, so it counts as none" in page


def test_a_document_that_has_to_be_unpacked_is_not_kept_and_never_read(db, monkeypatch) -> None:
    def read(_pdf):
        raise AssertionError("it was unpacked in this process")

    monkeypatch.setattr("linkspan.vc.pdf.embedded_credential", read)
    with pytest.raises(Unusable) as caught:
        actions.keep_credential(actor=person("Some Learner"), content=b"%PDF-1.7\n", now=NOW)
    assert caught.value.code == "kept_kind"
