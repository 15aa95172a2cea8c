"""A credential goes to a wallet and is shown by it, over HTTP as wallets do it; each way of abuse is refused."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.credentials import actions, queries
from linkspan.credentials.actions.presentations import ask_wallet
from linkspan.credentials.actions.wallets import offer_to_wallet, use_nonce
from linkspan.credentials.models import LogEntryRow, NonceRow
from linkspan.credentials.queries.places import wallet_places
from linkspan.credentials.queries.wallets import presentation
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotPermitted, Refused
from linkspan.vc import jose, merkle, openid4vci, sdjwt
from linkspan.vc.contexts import CREDENTIALS_V2
from linkspan.vc.keys import did_key_of
from linkspan.vc.proofs import LocalSigner, add_proof

pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.generate()
BASE = "/api/v1/openid4vci/MITx"


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def held(cast):
    put_grades(cast["learner"])
    issued = actions.issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW
    )
    return issued


def offered(cast, held):
    made = offer_to_wallet(actor=cast["learner"], credential_id=held.id, at=real_now(), now=NOW)
    told = json.loads(parse_qs(urlsplit(made.link).query)["credential_offer"][0])
    return told["grants"][openid4vci.PRE_AUTHORISED]["pre-authorized_code"], made.digits


def token(client: Client, code: str, digits: str, base: str = BASE):
    form = {"grant_type": openid4vci.PRE_AUTHORISED, "pre-authorized_code": code, "tx_code": digits}
    return client.post(f"{base}/token", form)


def proof(nonce: str, key: Ed25519PrivateKey = KEY) -> str:
    claims = {"aud": wallet_places("MITx").issuer, "iat": int(real_now().timestamp()), "nonce": nonce}
    return jose.sign_claims(claims, LocalSigner(key), kind=openid4vci.PROOF_TYPE)


def fetch(client: Client, access: str, form: str = openid4vci.BADGE, proven: str | None = None):
    nonce = client.post(f"{BASE}/nonce").json()["c_nonce"]
    body = {"credential_configuration_id": form, "proofs": {"jwt": [proven or proof(nonce)]}}
    return client.post(
        f"{BASE}/credential", json.dumps(body), "application/json", headers={"Authorization": f"Bearer {access}"}
    )


def delivered(client: Client, cast, held, form: str = openid4vci.BADGE):
    access = token(client, *offered(cast, held)).json()["access_token"]
    answer = fetch(client, access, form)
    assert answer.status_code == 200, answer.content
    return answer.json()["credentials"][0]["credential"]


def test_the_metadata_leads_from_the_offer_to_every_endpoint(client: Client, cast) -> None:
    told = client.get("/.well-known/openid-credential-issuer/api/v1/openid4vci/MITx").json()
    server = client.get("/.well-known/oauth-authorization-server/api/v1/openid4vci/MITx").json()
    assert told["credential_issuer"] == server["issuer"] == wallet_places("MITx").issuer
    assert server["token_endpoint"].endswith(f"{BASE}/token") and told["nonce_endpoint"].endswith(f"{BASE}/nonce")
    assert client.get("/.well-known/openid-credential-issuer/api/v1/openid4vci/NOBODY").status_code == 404


def test_a_badge_reaches_the_wallet_bound_to_its_key(client: Client, cast, held) -> None:
    badge = delivered(client, cast, held)
    assert badge["credentialSubject"]["id"] == did_key_of(KEY.public_key()) and badge["id"] == held.id.urn
    assert queries.judge(badge, real_now()).verdict == "valid"
    actions.revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Exam annulled.", now=NOW)
    assert queries.judge(badge, real_now()).verdict == "invalid"


def test_the_selective_form_hides_each_grade(client: Client, cast, held) -> None:
    text = delivered(client, cast, held, openid4vci.SELECTIVE)
    issued, disclosures, _ = sdjwt.parts(text)
    assert len(disclosures) == len(held.document["credentialSubject"]["result"]) > 3
    assert '"value"' not in json.dumps(jose.read(issued)[1]["credentialSubject"]["result"])
    verdict = queries.judge(text.encode(), real_now())
    outcomes = {check.name: check.outcome for check in verdict.checks}
    assert (outcomes["signature"], outcomes["issuer"], outcomes["status"]) == ("passed", "passed", "passed")
    assert verdict.verdict == "valid", [one for one in verdict.checks if one.outcome == "failed"]
    type_text = client.get(urlsplit(jose.read(issued)[1]["vct"]).path)
    assert jose.read(issued)[1]["vct#integrity"] == openid4vci.integrity_of(type_text.content)


def test_threat_22_a_code_works_once_and_five_wrong_guesses_end_it(client: Client, cast, held) -> None:
    code, digits = offered(cast, held)
    assert token(client, code, digits).status_code == 200
    assert token(client, code, digits).json()["error"] == "invalid_grant"
    code, digits = offered(cast, held)
    wrong = f"{(int(digits) + 1) % 10**6:06}"
    assert {token(client, code, wrong).json()["error"] for _ in range(5)} == {"invalid_grant"}
    assert token(client, code, digits).json()["error"] == "invalid_grant"


def test_an_offer_ages_and_a_newer_one_replaces_it(client: Client, cast, held) -> None:
    old = offered(cast, held)
    new = offered(cast, held)
    assert token(client, *old).status_code == 400
    offer_to_wallet(actor=cast["learner"], credential_id=held.id, at=real_now() - timedelta(minutes=11), now=NOW)
    assert token(client, *new).status_code == 400


def test_a_code_of_one_institution_is_none_of_another(client: Client, cast, held) -> None:
    assert token(client, *offered(cast, held), base="/api/v1/openid4vci/HES").status_code == 400


def test_nonces_and_tokens_are_not_reused_or_invented(client: Client, cast, held) -> None:
    access = token(client, *offered(cast, held)).json()["access_token"]
    nonce = client.post(f"{BASE}/nonce").json()["c_nonce"]
    assert fetch(client, access, proven=proof(nonce)).status_code == 200
    assert fetch(client, access, proven=proof(nonce)).json()["error"] == "invalid_nonce"
    assert fetch(client, access, proven=proof("made up")).json()["error"] == "invalid_nonce"
    assert fetch(client, access, proven="x.y.z").json()["error"] == "invalid_proof"
    assert fetch(client, "made up").status_code == 401
    assert fetch(client, access, "another form").json()["error"] == "unknown_credential_configuration"


def test_an_access_token_is_of_the_first_key_that_was_proven(client: Client, cast, held) -> None:
    access = token(client, *offered(cast, held)).json()["access_token"]
    assert fetch(client, access).status_code == 200
    nonce = client.post(f"{BASE}/nonce").json()["c_nonce"]
    told = fetch(client, access, proven=proof(nonce, Ed25519PrivateKey.generate()))
    assert (told.status_code, told.json()["error"]) == (400, "invalid_proof")
    assert fetch(client, access, openid4vci.SELECTIVE).status_code == 200


def test_nonces_are_stored_when_they_are_used_and_are_of_one_purpose(client: Client, cast, held) -> None:
    at = real_now()
    given = [client.post(f"{BASE}/nonce").json()["c_nonce"] for _ in range(3)]
    assert NonceRow.objects.count() == 0
    assert not use_nonce(purpose="vc-api:MITx", nonce=given[0], at=at)
    assert not use_nonce(purpose="wallet", nonce=given[0][:-1] + "é", at=at)
    assert not use_nonce(purpose="wallet", nonce=given[0], at=at + timedelta(minutes=6))
    assert use_nonce(purpose="wallet", nonce=given[0], at=at) and not use_nonce(purpose="wallet", nonce=given[0], at=at)
    assert use_nonce(purpose="wallet", nonce=given[1], at=at) and NonceRow.objects.count() == 2


def test_both_forms_are_in_the_public_log(client: Client, cast, held) -> None:
    for form in (openid4vci.BADGE, openid4vci.SELECTIVE):
        copy = delivered(client, cast, held, form)
        assert LogEntryRow.objects.filter(log__institution="MITx", sha256=merkle.entry_of(copy).hex()).count() == 1


@pytest.mark.parametrize("proofs", [None, {}, {"jwt": []}, {"jwt": ["a", "b"]}, {"jwt": [1]}, {"ldp_vp": ["a"]}, "jwt"])
def test_proofs_of_another_shape_are_refused(client: Client, cast, held, proofs) -> None:
    access = token(client, *offered(cast, held)).json()["access_token"]
    body = {"credential_configuration_id": openid4vci.BADGE, "proofs": proofs}
    told = client.post(
        f"{BASE}/credential", json.dumps(body), "application/json", headers={"Authorization": f"Bearer {access}"}
    )
    assert told.json()["error"] == "invalid_proof"


def test_only_the_holder_offers_and_only_what_is_active(cast, held) -> None:
    for other in (cast["staff"], cast["registrar"], person("Somebody Else")):
        with pytest.raises(NotPermitted):
            offer_to_wallet(actor=other, credential_id=held.id, at=real_now(), now=NOW)
    actions.revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Exam annulled.", now=NOW)
    with pytest.raises(Refused):
        offer_to_wallet(actor=cast["learner"], credential_id=held.id, at=real_now(), now=NOW)


def shown(badge: dict, nonce: str, audience: str, key: Ed25519PrivateKey = KEY) -> dict:
    bare = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": did_key_of(key.public_key()),
        "verifiableCredential": [badge],
    }
    options = {"challenge": nonce, "domain": audience, "proofPurpose": "authentication"}
    return add_proof(bare, key, created=real_now(), options=options)


def asked(client: Client, cast):
    made = ask_wallet(actor=cast["registrar"], institution="HES", purpose="Admission", at=real_now(), now=NOW)
    told = parse_qs(urlsplit(made.link).query)
    answer = client.get(urlsplit(told["request_uri"][0]).path)
    assert answer["Content-Type"] == "application/oauth-authz-req+jwt"
    return made, jose.read(answer.content.decode())[1]


def reply(client: Client, claims: dict, vp_token: str, state: str | None = None):
    form = {"vp_token": vp_token, "state": state or claims["state"]}
    return client.post(urlsplit(claims["response_uri"]).path, form)


def test_a_wallet_shows_a_badge_and_staff_see_the_verdict(client: Client, cast, held) -> None:
    badge = delivered(client, cast, held)
    made, claims = asked(client, cast)
    vp_token = json.dumps({"badge": [shown(badge, claims["nonce"], claims["client_id"])]})
    assert reply(client, claims, vp_token, "another state").status_code == 422
    assert reply(client, claims, vp_token).status_code == 200
    assert reply(client, claims, vp_token).status_code == 409
    found = presentation(cast["registrar"], made.id)
    holder = next(check for check in found.verdict.checks if check.name == "holder")
    assert (found.verdict.verdict, holder.outcome) == ("valid", "passed")
    with pytest.raises(NotPermitted):
        presentation(cast["staff"], made.id)


def test_a_wallet_shows_one_grade_and_keeps_the_others(client: Client, cast, held) -> None:
    text = delivered(client, cast, held, openid4vci.SELECTIVE)
    made, claims = asked(client, cast)
    one = sdjwt.present(
        text,
        shown=[("credentialSubject", "result", 0)],
        holder=KEY,
        audience=claims["client_id"],
        nonce=claims["nonce"],
        now=real_now(),
    )
    assert reply(client, claims, json.dumps({"badge_sd_jwt": [one]})).status_code == 200
    found = presentation(cast["registrar"], made.id).verdict
    outcomes = {check.name: check.outcome for check in found.checks}
    assert outcomes["holder"] == "passed" and len(found.achievement["results"]) == 1


def test_a_stolen_or_replayed_presentation_is_judged_invalid(client: Client, cast, held) -> None:
    badge = delivered(client, cast, held)
    _, first = asked(client, cast)
    made, claims = asked(client, cast)
    replayed = json.dumps({"badge": [shown(badge, first["nonce"], first["client_id"])]})
    assert reply(client, claims, replayed).status_code == 200
    assert presentation(cast["registrar"], made.id).verdict.verdict == "invalid"
    made, claims = asked(client, cast)
    thief = Ed25519PrivateKey.generate()
    stolen = json.dumps({"badge": [shown(badge, claims["nonce"], claims["client_id"], thief)]})
    assert reply(client, claims, stolen).status_code == 200
    assert presentation(cast["registrar"], made.id).verdict.verdict == "invalid"


def test_only_staff_ask_and_only_in_their_own_name(cast) -> None:
    for actor, school in ((cast["learner"], "HES"), (cast["registrar"], "MITx"), (cast["dean"], "HES")):
        with pytest.raises(NotPermitted):
            ask_wallet(actor=actor, institution=school, purpose="Admission", at=real_now(), now=NOW)
