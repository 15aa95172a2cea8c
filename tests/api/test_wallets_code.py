"""Wallets that send the holder's browser: pushed requests, keys with each request, batches, waits, and each abuse."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from tests.api.test_openbadges import METADATA
from tests.factories.awards import ask_for_four_eyes
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.accounts.actions import proof_nonce
from linkspan.accounts.models import ConnectionRow, PushedRequestRow, UsedProofRow
from linkspan.accounts.rules import WALLET_SCOPES
from linkspan.credentials import actions
from linkspan.credentials.models import AwardRow, NonceRow, WalletCopyRow, WalletOfferRow, WalletWaitRow
from linkspan.credentials.queries.places import wallet_places
from linkspan.kernel.clock import real_now
from linkspan.kernel.models import TrailEntry
from linkspan.vc import base64url, jose, jwe, openid4vci
from linkspan.vc.keys import did_key_of, jwk_of
from linkspan.vc.proofs import LocalSigner

pytestmark = pytest.mark.django_db
BASE = "/api/v1/openid4vci/MITx"
BACK = "https://wallet.example/back"
FORM = "application/x-www-form-urlencoded"
SCOPE = " ".join(sorted(WALLET_SCOPES))
VERIFIER = "v" * 64


@pytest.fixture(autouse=True)
def _nobody_came_before():
    cache.clear()


def compact(header: dict, claims: dict, key) -> str:
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{base64url.encode(LocalSigner(key).sign(text.encode()))}"


class Pocket:
    """A wallet without a secret over the test client, with a key for its requests."""

    def __init__(self, **changes) -> None:
        told = {**METADATA, "scope": f"{SCOPE} offline_access", "token_endpoint_auth_method": "none", **changes}
        made = Client().post("/ims/oauth/register", json.dumps(told), "application/json")
        assert made.status_code == 201, made.content
        self.id, self.key = made.json()["client_id"], ec.generate_private_key(ec.SECP256R1())
        assert "client_secret" not in made.json()

    def dpop(self, path: str, token: str = "", key=None, **changes) -> str:
        claims = {"jti": uuid4().hex, "htm": "POST", "htu": f"{settings.BASE_URL}{path}"}
        claims |= {"iat": int(real_now().timestamp()), "nonce": proof_nonce(at=real_now())}
        if token:
            claims["ath"] = base64url.encode(hashlib.sha256(token.encode()).digest())
        key = key or self.key
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk_of(key.public_key())}
        return compact(header, {**claims, **changes}, key)

    def query(self, **changes) -> dict:
        challenge = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        told = {"response_type": "code", "client_id": self.id, "redirect_uri": BACK, "scope": SCOPE}
        told |= {"code_challenge": challenge, "code_challenge_method": "S256", "resource": wallet_places("MITx").issuer}
        return {name: value for name, value in {**told, **changes}.items() if value is not None}

    def push(self, headers=None, **changes):
        headers = {"DPoP": self.dpop("/ims/oauth/push")} if headers is None else headers
        return Client().post("/ims/oauth/push", urlencode(self.query(**changes)), FORM, headers=headers)

    def code(self, who, **changes) -> str:
        pushed = self.push(**changes)
        assert pushed.status_code == 201, pushed.content
        return self.answer(who, pushed.json()["request_uri"])["code"]

    def answer(self, who, request_uri: str, do: str = "allow") -> dict:
        query = urlencode({"client_id": self.id, "request_uri": request_uri})
        answer = browser(who).post("/connected/authorise/", {"query": query, "do": do})
        assert answer.status_code == 302, answer.content
        return dict(parse_qsl(urlsplit(answer["Location"]).query))

    def redeem(self, code: str, proof: str | None = None, **changes):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        form |= {"client_id": self.id, **changes}
        headers = {"DPoP": self.dpop("/ims/oauth/token") if proof is None else proof} if proof != "" else {}
        return Client().post("/ims/oauth/token", urlencode(form), FORM, headers=headers)

    def access(self, who, **changes) -> str:
        answer = self.redeem(self.code(who, **changes))
        assert answer.status_code == 200, answer.content
        return answer.json()["access_token"]

    def call(self, access: str, path: str, body, headers=None, kind: str = "application/json"):
        place = f"{BASE}/{path}"
        headers = {"Authorization": f"DPoP {access}", "DPoP": self.dpop(place, access), **(headers or {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        text = body if isinstance(body, str) else json.dumps(body)
        return Client().post(place, text, kind, headers=headers)

    def fetch(self, access: str, keys, nonce: str | None = None, **changes):
        body = {"credential_configuration_id": openid4vci.BADGE, "proofs": {"jwt": proofs(keys, nonce)}, **changes}
        return self.call(access, "credential", {name: value for name, value in body.items() if value is not None})


def proofs(keys, nonce: str | None = None, **changes) -> list[str]:
    nonce = nonce or Client().post(f"{BASE}/nonce").json()["c_nonce"]
    claims = {"aud": wallet_places("MITx").issuer, "iat": int(real_now().timestamp()), "nonce": nonce, **changes}
    return [jose.sign_claims(claims, LocalSigner(key), kind=openid4vci.PROOF_TYPE) for key in keys]


def some(number: int) -> list[Ed25519PrivateKey]:
    return [Ed25519PrivateKey.generate() for _ in range(number)]


@pytest.fixture
def cast(db):
    return load_world()


def issued(cast):
    put_grades(cast["learner"])
    told = {"learner_id": cast["learner"].person_id, "program_key": "MITx/SCM", "now": NOW}
    return actions.issue_program_credential(actor=SYSTEM, **told)


def state_of(cast, held) -> str:
    made = actions.offer_to_wallet(actor=cast["learner"], credential_id=held.id, at=real_now(), now=NOW)
    told = json.loads(parse_qs(urlsplit(made.link).query)["credential_offer"][0])
    return told["grants"]["authorization_code"]["issuer_state"]


def test_an_offer_reaches_a_wallet_with_a_batch_and_it_tells_what_became_of_it(cast) -> None:
    held, pocket, keys = issued(cast), Pocket(), some(3)
    access = pocket.access(cast["learner"], issuer_state=state_of(cast, held))
    answer = pocket.fetch(access, keys)
    assert answer.status_code == 200 and answer["DPoP-Nonce"], answer.content
    got = [one["credential"] for one in answer.json()["credentials"]]
    assert [one["credentialSubject"]["id"] for one in got] == [did_key_of(key.public_key()) for key in keys]
    assert WalletOfferRow.objects.get().used_at is not None
    told = {"notification_id": answer.json()["notification_id"], "event": "credential_accepted"}
    for _ in range(2):
        assert pocket.call(access, "notification", told).status_code == 204
    assert set(WalletCopyRow.objects.values_list("told", flat=True)) == {"credential_accepted"}
    assert TrailEntry.objects.filter(verb="hear_from_wallet").count() == 1
    for bad, error in (
        ({**told, "notification_id": str(uuid4())}, "invalid_notification_id"),
        ({**told, "notification_id": "x"}, "invalid_notification_id"),
        ({**told, "event": "sold"}, "invalid_notification_request"),
    ):
        assert pocket.call(access, "notification", bad).json()["error"] == error
    wrong = {
        "two of one key": ({"keys": [keys[0], keys[0]]}, "invalid_proof"),
        "too many": ({"keys": some(11)}, "invalid_proof"),
        "a nonce that was made up": ({"keys": keys, "nonce": "made up"}, "invalid_nonce"),
        "none": ({"keys": []}, "invalid_proof"),
        "another form": ({"keys": keys, "credential_configuration_id": "x"}, "unknown_credential_configuration"),
        "both names": ({"keys": keys, "credential_identifier": "x"}, "invalid_credential_request"),
        "a wrong name": (
            {"keys": keys, "credential_identifier": "x", "credential_configuration_id": None},
            "unknown_credential_identifier",
        ),
        "a number": ({"keys": keys, "credential_configuration_id": 1}, "invalid_credential_request"),
    }
    assert {why: pocket.fetch(access, **asked).json()["error"] for why, (asked, _) in wrong.items()} == {
        why: error for why, (_, error) in wrong.items()
    }
    used = proofs(keys[:1])
    assert pocket.fetch(access, keys, proofs={"jwt": used}).status_code == 200
    assert pocket.fetch(access, keys, proofs={"jwt": used}).json()["error"] == "invalid_nonce"
    assert len(pocket.call(access, "credential", "x" * 300_000).content) < 500


def test_a_token_is_good_with_its_key_alone_and_for_whom_it_was_given(cast) -> None:
    held, pocket, keys = issued(cast), Pocket(), some(1)
    state = state_of(cast, held)
    access, place = pocket.access(cast["learner"], issuer_state=state), f"{BASE}/credential"
    other = ec.generate_private_key(ec.SECP256R1())
    once = pocket.dpop(place, access)
    assert pocket.call(access, "credential", {}, {"DPoP": once}).status_code == 400
    wrong = {
        "shown twice": {"DPoP": once},
        "no proof": {"DPoP": None},
        "as a bearer": {"Authorization": f"Bearer {access}", "DPoP": None},
        "another key": {"DPoP": pocket.dpop(place, access, key=other)},
        "another token": {"DPoP": pocket.dpop(place, "another")},
        "another address": {"DPoP": pocket.dpop(f"{BASE}/nonce", access)},
        "another method": {"DPoP": pocket.dpop(place, access, htm="GET")},
        "not signed": {"DPoP": compact({"typ": "dpop+jwt", "alg": "none"}, {}, pocket.key)},
        "a number that was made up": {"DPoP": pocket.dpop(place, access, nonce="made up")},
        "no number": {"DPoP": pocket.dpop(place, access, nonce="")},
        "no token": {"Authorization": None},
    }
    for why, headers in wrong.items():
        answer = pocket.call(access, "credential", {}, headers)
        assert answer.status_code == 401, (why, answer.content)
    asked = pocket.call(access, "credential", {}, {"DPoP": pocket.dpop(place, access, nonce="")})
    assert 'DPoP error="use_dpop_nonce"' in asked["WWW-Authenticate"] and asked["DPoP-Nonce"]
    bare = Client().get("/ims/ob/v3p0/credentials", headers={"Authorization": f"Bearer {access}"})
    assert bare.status_code == 401, "a token that is bound to a key is no token of a bearer"
    # The offer was made to somebody else, or is of another institution, or another wallet has the code.
    stranger = pocket.access(person("Stranger"), issuer_state=state)
    assert pocket.fetch(stranger, keys).json()["error"] == "invalid_token"
    elsewhere = pocket.access(cast["learner"], resource=wallet_places("HES").issuer)
    assert pocket.fetch(elsewhere, keys).json()["error"] == "invalid_token"
    code = pocket.code(cast["learner"], issuer_state=state)
    assert Pocket().redeem(code).json()["error"] == "invalid_grant"
    assert pocket.redeem(pocket.code(cast["learner"]), code_verifier="w" * 64).json()["error"] == "invalid_grant"
    assert pocket.redeem(pocket.code(cast["learner"]), "").json()["error"] == "invalid_grant", (
        "it was asked for with a key"
    )
    assert pocket.redeem("made up", pocket.dpop("/ims/oauth/push")).json()["error"] == "invalid_dpop_proof"
    ConnectionRow.objects.update(ends_at=real_now() - timedelta(seconds=1))
    assert pocket.fetch(access, keys).status_code == 401
    assert WalletCopyRow.objects.count() == 0


def test_a_pushed_request_is_of_its_wallet_and_asked_once(db) -> None:
    pocket, who = Pocket(), person("Some Learner")
    asked = pocket.push().json()
    assert (asked["expires_in"], PushedRequestRow.objects.count()) == (90, 1)
    query = {"client_id": Pocket().id, "request_uri": asked["request_uri"]}
    assert browser(who).get("/connected/authorise/", query).status_code == 422
    assert pocket.answer(who, asked["request_uri"], do="refuse") == {"error": "access_denied", "iss": settings.BASE_URL}
    query["client_id"] = pocket.id
    assert browser(who).get("/connected/authorise/", query).status_code == 422
    late = pocket.push().json()["request_uri"]
    PushedRequestRow.objects.update(ends_at=real_now() - timedelta(seconds=1))
    assert browser(who).get("/connected/authorise/", {**query, "request_uri": late}).status_code == 422
    wrong = {
        "of nobody": ({"client_id": "nobody"}, 401, "invalid_client"),
        "elsewhere": ({"redirect_uri": "https://evil.example/"}, 400, "invalid_request"),
        "without a challenge": ({"code_challenge": None}, 400, "invalid_request"),
        "a plain challenge": ({"code_challenge_method": "plain"}, 400, "invalid_request"),
        "more than it registered for": ({"scope": METADATA["scope"].split()[0]}, 400, "invalid_scope"),
        "a request in a request": ({"request_uri": late}, 400, "invalid_request"),
        "for another key": ({"dpop_jkt": "x" * 43}, 400, "invalid_dpop_proof"),
    }
    for why, (changes, status, error) in wrong.items():
        answer = pocket.push(**changes)
        assert (answer.status_code, answer.json()["error"]) == (status, error), (why, answer.content)
    plain = pocket.query(state=None)
    answer = browser(who).get("/connected/authorise/", plain)
    assert "error=invalid_request" in answer["Location"], "what is not pushed needs a state"
    with pytest.raises(AssertionError):
        Pocket(scope=METADATA["scope"])  # without a secret only what goes into a wallet
    assert UsedProofRow.objects.count() > 0 and NonceRow.objects.count() == 0


def test_a_wallet_that_asks_by_details_is_told_names_and_waits_for_an_award(cast) -> None:
    registrar = ask_for_four_eyes()
    put_grades(cast["learner"])
    told = {"learner_id": cast["learner"].person_id, "program_key": "MITx/SCM", "now": NOW}
    assert actions.award_program(actor=cast["staff"], **told) is None
    pocket, keys, details = (
        Pocket(),
        some(1),
        [{"type": "openid_credential", "credential_configuration_id": openid4vci.BADGE}],
    )
    answer = pocket.redeem(
        pocket.code(
            cast["learner"],
            scope=None,
            resource=None,
            authorization_details=json.dumps([{**details[0], "locations": [wallet_places("MITx").issuer]}]),
        )
    ).json()
    access, (named,) = answer["access_token"], answer["authorization_details"]
    assert (named["type"], named["credential_configuration_id"]) == ("openid_credential", openid4vci.BADGE)
    asked = {"credential_configuration_id": None, "credential_identifier": named["credential_identifiers"][0]}
    assert pocket.fetch(access, keys).json()["error"] == "invalid_credential_request", "it was told names"
    waits = pocket.fetch(access, keys, **asked)
    assert waits.status_code == 202 and waits.json()["interval"] == 3600
    body = {"transaction_id": waits.json()["transaction_id"]}
    assert pocket.call(access, "deferred", body).status_code == 202
    assert pocket.call(access, "deferred", {"transaction_id": "made up"}).json()["error"] == "invalid_transaction_id"
    another = Pocket()
    theirs = another.access(person("Stranger"))
    assert another.call(theirs, "deferred", body).json()["error"] == "invalid_transaction_id"
    actions.approve_awards(actor=registrar, award_ids=[AwardRow.objects.get().id], now=NOW)
    got = pocket.call(access, "deferred", body)
    (one,) = got.json()["credentials"]
    assert one["credential"]["credentialSubject"]["id"] == did_key_of(keys[0].public_key())
    assert pocket.call(access, "deferred", body).json()["error"] == "invalid_transaction_id"
    assert WalletWaitRow.objects.count() == 0


def test_an_answer_is_for_the_wallet_alone_where_it_hides_its_request(cast) -> None:
    issued(cast)
    pocket, keys, mine = Pocket(), some(1), jwe.new_key("mine")
    access = pocket.access(cast["learner"])
    told = Client().get("/.well-known/openid-credential-issuer/api/v1/openid4vci/MITx").json()
    (opening,) = told["credential_request_encryption"]["jwks"]["keys"]
    assert "d" not in opening
    hidden = {"jwk": jwe.public(mine), "enc": "A256GCM"}

    def body(**changes) -> dict:
        asked = {"credential_configuration_id": openid4vci.SELECTIVE, "proofs": {"jwt": proofs(keys)}}
        return {**asked, "credential_response_encryption": {**hidden, **changes}}

    def send(text: str):
        return pocket.call(access, "credential", text, kind="application/jwt")

    answer = send(jwe.encrypt(body(), opening, "A128GCM"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jwt"), answer.content
    assert jwe.decrypt(answer.content.decode(), [mine])["credentials"][0]["credential"].count("~") > 1
    text = jwe.encrypt(body(), opening, "A128GCM")
    wrong = [
        send(text[:-3] + "AAA"),
        send(jwe.encrypt(body(), jwe.public(mine), "A128GCM")),
        send("alg.none"),
        send(jwe.encrypt(body(enc="A128CBC-HS256"), opening, "A128GCM")),
        send(jwe.encrypt(body(jwk={"kty": "oct"}), opening, "A128GCM")),
        send(jwe.encrypt(body(zip="DEF"), opening, "A128GCM")),
        pocket.call(access, "credential", body()),
    ]
    assert [(one.status_code, one.json()["error"]) for one in wrong] == [(400, "invalid_encryption_parameters")] * 7
