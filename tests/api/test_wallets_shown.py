"""Answers of wallets that only the verifier opens, queries of several credentials, verifiers with a certificate."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from tests.api.test_wallets_code import Pocket
from tests.factories.people import NOW, browser, token_for
from tests.factories.world import load_world
from tests.vc.test_dcql import made
from tests.vc.test_holder import held as badge_of
from tests.vc.test_holder import presentation as presented

from linkspan.credentials import actions
from linkspan.credentials.models import PresentationRow
from linkspan.credentials.queries import selective_type
from linkspan.credentials.queries.wallets import presentation
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Refused, Unusable
from linkspan.vc import jose, jwe, openid4vp

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
SEVERAL = {
    "credentials": [
        {
            "id": "all",
            "format": "ldp_vc",
            "meta": {"type_values": [["OpenBadgeCredential"]]},
            "multiple": True,
            "claims": [{"path": ["credentialSubject", "achievement", "name"]}],
        }
    ]
}


@pytest.fixture
def cast(db):
    return load_world()


def asked(cast, **more):
    return actions.ask_wallet(
        actor=cast["registrar"], institution="HES", purpose="Admission", at=real_now(), now=NOW, **more
    )


def claims_of(row) -> dict:
    return jose.read(Client().get(f"/api/v1/openid4vp/{row.id}/request").content.decode())[1]


def shown(claims: dict) -> dict:
    """A presentation of a badge for a request, made now."""
    return presented(badge_of(), created=real_now(), challenge=claims["nonce"], domain=claims["client_id"])


def ask(who, body):
    headers = {"Authorization": f"Bearer {token_for(who)}", "Idempotency-Key": uuid4().hex}
    return Client().post("/api/v1/openid4vp/requests", json.dumps(body), "application/json", headers=headers)


def answer(row, **form):
    return Client().post(f"/api/v1/openid4vp/{row.id}/answer", urlencode(form), FORM)


def test_a_hidden_answer_is_opened_by_its_request_alone(cast) -> None:
    row, other = asked(cast, hidden=True), asked(cast, hidden=True)
    claims = claims_of(row)
    assert claims["response_mode"] == "direct_post.jwt"
    assert claims["client_metadata"]["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    (key,) = claims["client_metadata"]["jwks"]["keys"]
    (another,) = claims_of(other)["client_metadata"]["jwks"]["keys"]
    assert "d" not in key and key["x"] != another["x"], "a fresh key for each request"
    told = {"vp_token": {"badge": [shown(claims)]}, "state": claims["state"]}
    text = jwe.encrypt(told, key, "A256GCM")
    for why, form in {
        "in the open": {"vp_token": json.dumps(told["vp_token"]), "state": claims["state"]},
        "to another request": {"response": jwe.encrypt(told, another, "A256GCM")},
        "changed": {"response": text[:-3] + ("AAA" if text[-3:] != "AAA" else "BBB")},
        "not encrypted": {"response": "e30.e30."},
        "of another state": {"response": jwe.encrypt({**told, "state": "s"}, key, "A128GCM")},
        "of nothing": {"response": jwe.encrypt({"state": claims["state"]}, key, "A128GCM")},
        "empty": {},
    }.items():
        assert answer(row, **form).status_code == 422, why
    assert PresentationRow.objects.get(id=row.id).answered_at is None
    assert answer(row, response=text).status_code == 200
    assert answer(row, response=text).status_code == 409
    kept = PresentationRow.objects.get(id=row.id)
    assert kept.key == "" and presentation(cast["registrar"], row.id).verdict.checks[6].code == "holder_proved"
    plain = asked(cast)
    assert answer(plain, response=text).status_code == 422


def test_several_are_asked_for_in_dcql_and_each_is_judged(cast) -> None:
    staff = {"Authorization": f"Bearer {token_for(cast['registrar'])}"}
    body = {"institution": "HES", "purpose": "Admission", "query": SEVERAL}
    told = ask(cast["registrar"], body)
    assert told.status_code == 200 and told.json()["link"].startswith("openid4vp://?"), told.content
    row = PresentationRow.objects.get(id=told.json()["id"])
    claims = claims_of(row)
    assert claims["dcql_query"] == SEVERAL
    (key,) = claims["client_metadata"]["jwks"]["keys"]

    def say(*held, name: str = "all"):
        return answer(row, response=jwe.encrypt({"vp_token": {name: held}, "state": claims["state"]}, key, "A128GCM"))

    assert say(shown(claims), name="badge").status_code == 422
    assert [say(*held).status_code for held in ((), ("a.b.c~",), [shown(claims)] * 21)] == [422] * 3
    old = presented(badge_of(), created=real_now(), challenge="another", domain=claims["client_id"])
    assert say(shown(claims), old).status_code == 200
    found = Client().get(f"/api/v1/openid4vp/requests/{row.id}", headers=staff).json()["verdict"]
    assert (found["verdict"], len(found["credentials"])) == ("invalid", 2)
    assert [one["checks"][6]["code"] for one in found["credentials"]] == ["holder_proved", "challenge_wrong"]
    page = browser(cast["registrar"]).get(f"/desk/wallets/{row.id}/").content.decode()
    assert "Credentials in it" in page
    for who, bad, status in (
        (cast["learner"], {}, 403),
        (cast["registrar"], {"institution": "MITx"}, 403),
        (cast["registrar"], {"query": {"credentials": []}}, 422),
        (cast["registrar"], {"transaction_data": ["x"]}, 422),
        (cast["registrar"], {"purpose": " "}, 422),
    ):
        refused = ask(who, body | bad)
        assert refused.status_code == status, (bad, refused.content)
        assert set(bad) & {"purpose", "institution"} or status == 403 or str(*bad) in refused.content.decode()
    assert Client().get(f"/api/v1/openid4vp/requests/{row.id}").status_code == 401
    stranger = {"Authorization": f"Bearer {token_for(cast['learner'])}"}
    assert Client().get(f"/api/v1/openid4vp/requests/{row.id}", headers=stranger).status_code == 403


def test_a_verifier_is_named_as_its_operator_says(cast, settings, tmp_path) -> None:
    pem, _ = made("testserver.example")
    (tmp_path / "verifier.pem").write_bytes(pem)
    settings.WALLET_CERTIFICATE, settings.BASE_URL = str(tmp_path / "verifier.pem"), "https://testserver.example"
    held = openid4vp.certified(pem)
    for way, name in (("x509_hash", held.leaf_hash), ("x509_san_dns", "testserver.example")):
        settings.WALLET_CLIENT = way
        row = asked(cast)
        header, claims = jose.read(actions.signed_request(presentation_id=row.id, at=real_now()))
        assert (claims["client_id"], header["x5c"]) == (f"{way}:{name}", list(held.chain))
        assert answer(row, vp_token=json.dumps({"badge": [shown(claims)]}), state=claims["state"]).status_code == 200
        assert presentation(cast["registrar"], row.id).verdict.checks[6].code == "holder_proved"
    settings.WALLET_CLIENT = "redirect_uri"
    row = asked(cast)
    told = {name: values[0] for name, values in parse_qs(urlsplit(row.link).query).items()}
    assert told["client_id"] == f"redirect_uri:{told['response_uri']}" and "request_uri" not in told
    assert json.loads(told["dcql_query"]) == openid4vp.query(selective_type("HES"))
    assert Client().get(f"/api/v1/openid4vp/{row.id}/request").status_code == 404, "nothing signs it"
    settings.WALLET_CLIENT, settings.BASE_URL = "x509_san_dns", "https://other.example"
    with pytest.raises(Refused):
        asked(cast)
    settings.WALLET_CERTIFICATE = str(tmp_path / "nothing.pem")
    with pytest.raises(Refused):
        asked(cast)


def test_the_profile_of_high_assurance_asks_for_keys_pushes_and_certificates(cast, settings, tmp_path) -> None:
    (tmp_path / "verifier.pem").write_bytes(made()[0])
    settings.HAIP, settings.WALLET_CERTIFICATE = True, str(tmp_path / "verifier.pem")
    row = asked(cast)
    claims = claims_of(row)
    assert claims["client_id"].startswith("x509_hash:") and claims["response_mode"] == "direct_post.jwt"
    pocket = Pocket()
    back = browser(cast["learner"]).get("/connected/authorise/", pocket.query(state="s"))
    assert "error=invalid_request" in back["Location"], "it is to be pushed"
    asked_with = pocket.push(headers={}).json()["request_uri"]
    code = pocket.answer(cast["learner"], asked_with)["code"]
    assert pocket.redeem(code, "").json()["error"] == "invalid_grant", "a key is to be shown"
    assert pocket.access(cast["learner"])
    with pytest.raises(Unusable):
        actions.redeem_code(institution="MITx", code="c", digits="1", at=real_now())
