"""Open Badges 3.0 and CLR 2.0 over REST: an application registers itself, is let in, reads and puts in, and is ended.

Everything comes over HTTP as applications and browsers send it; one test drives it by the OAuth 2.0 client of
django-allauth over a socket, which shares no code with the library of the server.
"""

import hashlib
import json
import re
import secrets
from base64 import b64encode, urlsafe_b64encode
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.conf import settings
from django.core.cache import cache
from django.test import Client, RequestFactory
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.institutions.test_trust import outside_badge
from tests.vc.makers import DID, SEED

from linkspan.accounts.actions import end_sign_ins
from linkspan.accounts.models import ApplicationRow, ConnectionRow, ConnectionTokenRow
from linkspan.accounts.rules import AccessScope
from linkspan.credentials import actions, queries
from linkspan.credentials.models import KeptCredentialRow
from linkspan.kernel.clock import real_now
from linkspan.vc import jose
from linkspan.vc.keys import ED25519, private_key_of
from linkspan.vc.proofs import LocalSigner

OB, CLR = "/ims/ob/v3p0", "/ims/clr/v2p0"
BACK = "https://wallet.example/back"
METADATA = {
    "client_name": "Pocket",
    "client_uri": "https://wallet.example/",
    "logo_uri": "https://wallet.example/logo.png",
    "tos_uri": "https://wallet.example/terms",
    "policy_uri": "https://wallet.example/privacy",
    "software_id": "pocket",
    "software_version": "1.0",
    "redirect_uris": [BACK],
    "scope": " ".join(AccessScope),
}
READ = f"{AccessScope.BADGES_READ} {AccessScope.OFFLINE}"


@pytest.fixture(autouse=True)
def _nobody_came_before():
    cache.clear()  # who comes how often is counted there


@pytest.fixture
def cast(db):
    return load_world()


@pytest.fixture
def learner(request):
    """Of the sample world where a credential is held; else somebody alone, which is made in no time."""
    if "held" in request.fixturenames:
        return request.getfixturevalue("cast")["learner"]
    request.getfixturevalue("db")
    return person("Some Learner")


@pytest.fixture
def held(cast):
    return issued(cast["learner"])


def issued(learner):
    put_grades(learner)
    told = {"learner_id": learner.person_id, "program_key": "MITx/SCM", "now": NOW}
    return actions.issue_program_credential(actor=SYSTEM, **told)


class Wallet:
    """An application over the test client: it registers itself, asks, and calls."""

    def __init__(self, **changes) -> None:
        self.client = Client()
        made = self.client.post("/ims/oauth/register", json.dumps({**METADATA, **changes}), "application/json")
        assert made.status_code == 201, made.content
        self.told = made.json()
        self.verifier = secrets.token_urlsafe(48)
        name, secret = self.told["client_id"], self.told["client_secret"]
        self.basic = {"Authorization": "Basic " + b64encode(f"{name}:{secret}".encode()).decode()}

    def query(self, **changes) -> dict:
        challenge = urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        told = {"response_type": "code", "client_id": self.told["client_id"], "redirect_uri": BACK, "scope": READ}
        told |= {"state": "s-1", "code_challenge": challenge, "code_challenge_method": "S256"}
        return {name: value for name, value in {**told, **changes}.items() if value is not None}

    def ask(self, who, **changes):
        return browser(who).get("/connected/authorise/", self.query(**changes))

    def let_in(self, who, do: str = "allow", **changes) -> dict:
        """What the browser brings back to the application."""
        query = urlencode(self.query(**changes))
        answer = browser(who).post("/connected/authorise/", {"query": query, "do": do})
        assert answer.status_code == 302 and answer["Location"].startswith(f"{BACK}?"), answer.content
        return dict(parse_qsl(urlsplit(answer["Location"]).query))

    def code(self, who, **changes) -> str:
        return self.let_in(who, **changes)["code"]

    def form(self, headers=None, **form):
        return self.post("/ims/oauth/token", form, self.basic if headers is None else headers)

    def post(self, path: str, form: dict, headers: dict):
        return self.client.post(path, urlencode(form), "application/x-www-form-urlencoded", headers=headers)

    def redeem(self, code: str, **changes):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": self.verifier}
        return self.form(**{**form, **changes})

    def tokens(self, who, scope: str = READ) -> dict:
        answer = self.redeem(self.code(who, scope=scope))
        assert answer.status_code == 200, answer.content
        return answer.json()

    def renew(self, token: str, **changes):
        return self.form(**{"grant_type": "refresh_token", "refresh_token": token, **changes})

    def call(self, access: str, path: str = f"{OB}/credentials", method: str = "get", content=None, **query):
        headers = {"Authorization": f"Bearer {access}"}
        if method == "get":
            return self.client.get(path, query, headers=headers)
        kind = "text/plain" if isinstance(content, str) and content.count(".") == 2 else "application/json"
        return getattr(self.client, method)(path, content, kind, headers=headers)


@pytest.mark.django_db(transaction=True)
def test_an_independent_client_goes_all_the_way_over_a_socket(live_server, settings, monkeypatch) -> None:
    settings.BASE_URL = live_server.url
    plain = SimpleNamespace(get_requests_session=requests.Session)  # ours calls https alone
    monkeypatch.setattr("allauth.socialaccount.providers.oauth2.client.get_adapter", lambda: plain)
    cast = load_world()
    held = issued(cast["learner"])
    service = requests.get(f"{live_server.url}{OB}/discovery", timeout=10).json()
    oauth = service["components"]["securitySchemes"]["OAuth2ACG"]
    places = oauth["flows"]["authorizationCode"]
    made = requests.post(oauth["x-imssf-registrationUrl"], json=METADATA, timeout=10).json()
    told_to = (made["client_id"], made["client_secret"], "POST", places["tokenUrl"], BACK)
    theirs = OAuth2Client(RequestFactory().get("/"), *told_to, basic_auth=True)
    theirs.state, verifier = "s-2", secrets.token_urlsafe(48)
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    asked = urlsplit(theirs.get_redirect_url(places["authorizationUrl"], READ.split(), pkce))
    me = browser(cast["learner"])
    page = me.get(f"{asked.path}?{asked.query}").content.decode()
    assert "Pocket" in page and "wallet.example" in page
    query = re.search(r'name="query" value="([^"]+)"', page).group(1).replace("&amp;", "&")
    sent = urlsplit(me.post(asked.path, {"query": query, "do": "allow"})["Location"])
    back = parse_qs(sent.query)
    assert back["state"] == ["s-2"]
    tokens = theirs.get_access_token(back["code"][0], pkce_code_verifier=verifier)
    assert set(tokens) == {"access_token", "expires_in", "token_type", "scope", "refresh_token"}
    here, bearer = service["servers"][0]["url"], {"Authorization": f"Bearer {tokens['access_token']}"}
    listed = requests.get(f"{here}/credentials", headers=bearer, timeout=10)
    assert listed.json()["credential"] == [held.document] and listed.headers["X-Total-Count"] == "1"


def test_the_service_says_what_it_offers(client, db) -> None:
    for place, title in ((OB, "Open Badges"), (CLR, "Comprehensive Learner Record")):
        told = client.get(f"{place}/discovery").json()
        assert told["openapi"].startswith("3.0") and title in told["info"]["title"]
        assert {"termsOfService", "x-imssf-privacyPolicyUrl", "x-imssf-image"} <= set(told["info"])
        names = [one["operationId"] for path in told["paths"].values() for one in path.values()]
        assert sorted(names) == ["getCredentials", "getProfile", "putProfile", "upsertCredential"]
    server = client.get("/.well-known/oauth-authorization-server").json()
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert urlsplit(server["token_endpoint"]).path == "/ims/oauth/token"


def test_a_registration_tells_back_all_and_keeps_no_secret(db) -> None:
    told = Wallet().told
    assert {name: told[name] for name in METADATA} == METADATA
    assert {"client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at"} <= set(told)
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    row = ApplicationRow.objects.get()
    assert told["client_secret"] not in json.dumps([str(value) for value in vars(row).values()])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["http://wallet.example/back"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://wallet.example/back", "https://other.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://user@wallet.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://wallet.example/#here"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://*.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a.example;script-src/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://wallet.example/"}, "invalid_redirect_uri"),
        ({"scope": "admin"}, "invalid_client_metadata"),
        ({"scope": None}, "invalid_client_metadata"),
        ({"client_name": "<b>Bank</b>"}, "invalid_client_metadata"),
        ({"client_name": "x" * 101}, "invalid_client_metadata"),
        ({"client_name": "a\x00b"}, "invalid_client_metadata"),
        ({"client_name": "a‮b"}, "invalid_client_metadata"),
        ({"policy_uri": "ftp://x"}, "invalid_client_metadata"),
        ({"logo_uri": None}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
        ({"contacts": ["x"] * 6}, "invalid_client_metadata"),
    ],
)
def test_what_is_no_registration_is_refused(client, db, changes, error) -> None:
    answer = client.post("/ims/oauth/register", json.dumps({**METADATA, **changes}), "application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not ApplicationRow.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "{", "\x00", "1" * 30_000, "[" * 20_000])
def test_a_body_that_is_no_metadata_is_refused(client, db, body) -> None:
    assert client.post("/ims/oauth/register", body, "application/json").status_code == 400
    assert client.get("/ims/oauth/register").status_code == 405


def test_an_address_registers_twenty_applications_a_minute_at_most(client, db) -> None:
    body = json.dumps(METADATA)
    told = [client.post("/ims/oauth/register", body, "application/json").status_code for _ in range(21)]
    assert told == [201] * 20 + [429]


def test_the_page_says_who_asks_for_what_and_asks_to_sign_in_first(learner, client) -> None:
    wallet = Wallet()
    page = wallet.ask(learner, scope=" ".join(AccessScope))
    shown = page.content.decode()
    assert "Pocket" in shown and "wallet.example" in shown and "read your badges" in shown
    assert "form-action 'self' https://wallet.example" in page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    asked = client.get("/connected/authorise/", wallet.query())
    back = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    assert asked.status_code == 302 and parse_qs(urlsplit(back).query)["state"] == ["s-1"]
    assert wallet.let_in(learner, do="refuse") == {"error": "access_denied", "state": "s-1", "iss": settings.BASE_URL}
    assert not ConnectionRow.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{BACK}/more"},
        {"redirect_uri": f"{BACK}?x=1"},
        {"redirect_uri": None},
        {"redirect_uri": "https://wallet.example@evil.example/back"},
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": "\x00"},
    ],
)
def test_nothing_is_sent_to_an_address_that_was_not_registered(learner, changes) -> None:
    wallet = Wallet()
    page = wallet.ask(learner, **changes)
    assert page.status_code == 422 and "Location" not in page
    query = urlencode(wallet.query(**changes))
    for do in ("allow", "refuse"):
        answer = browser(learner).post("/connected/authorise/", {"query": query, "do": do})
        assert answer.status_code == 422 and "Location" not in answer
    assert not ConnectionRow.objects.exists()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"state": None}, "invalid_request"),
    ],
)
def test_a_request_that_is_not_safe_goes_back_with_its_error(learner, changes, error) -> None:
    wallet = Wallet()
    page = wallet.ask(learner, **changes)
    assert page.status_code == 302 and page["Location"].startswith(f"{BACK}?"), page.content
    assert parse_qs(urlsplit(page["Location"]).query)["error"] == [error]
    assert wallet.let_in(learner, **changes)["error"] == error
    assert not ConnectionRow.objects.exists()


def test_an_application_gets_no_more_than_it_registered_for(learner) -> None:
    wallet = Wallet(scope=READ)
    assert wallet.let_in(learner, scope=str(AccessScope.BADGES_WRITE))["error"] == "invalid_scope"
    tokens = wallet.tokens(learner, READ)
    wide = wallet.renew(tokens["refresh_token"], scope=f"{READ} {AccessScope.BADGES_WRITE}")
    assert (wide.status_code, wide.json()["error"]) == (400, "invalid_scope")


def test_a_code_is_for_its_application_its_address_its_verifier_and_once(learner) -> None:
    wallet, other = Wallet(), Wallet()
    wrong = [
        lambda code: other.redeem(code),
        lambda code: wallet.redeem(code, code_verifier="x" * 50),
        lambda code: wallet.redeem(code, code_verifier=""),
        lambda code: wallet.redeem(code, redirect_uri="https://evil.example/"),
        lambda code: wallet.redeem(code, redirect_uri=""),
        lambda code: wallet.redeem(code, headers={}),
        lambda code: wallet.redeem(code, headers={"Authorization": "Basic !!"}),
        lambda code: wallet.redeem(f"{code}x"),
    ]
    for attempt in wrong:
        answer = attempt(wallet.code(learner))
        assert answer.status_code in (400, 401) and "access_token" not in answer.json()
    assert not ConnectionTokenRow.objects.exists()
    burnt = wallet.code(learner)
    wallet.redeem(burnt, code_verifier="x" * 50)
    assert wallet.redeem(burnt).json()["error"] == "invalid_grant", "a guess uses it up"
    late = wallet.code(learner)
    ConnectionRow.objects.filter(code_used_at=None).update(code_ends_at=real_now() - timedelta(seconds=1))
    assert wallet.redeem(late).json()["error"] == "invalid_grant"


def test_a_code_or_a_renewal_that_comes_twice_ends_all_that_it_gave(learner, held) -> None:
    wallet = Wallet()
    code = wallet.code(learner)
    first = wallet.redeem(code).json()
    assert wallet.call(first["access_token"]).status_code == 200
    assert wallet.redeem(code).status_code == 400
    assert wallet.call(first["access_token"]).status_code == 401
    assert wallet.renew(first["refresh_token"]).status_code == 400
    one = wallet.tokens(learner)
    two = wallet.renew(one["refresh_token"]).json()
    assert wallet.call(two["access_token"]).status_code == 200
    assert Wallet().renew(two["refresh_token"]).status_code == 400, "another application's"
    assert wallet.renew(one["refresh_token"]).status_code == 400
    assert wallet.call(two["access_token"]).status_code == 401


def test_without_offline_access_there_is_nothing_to_come_again_with(learner) -> None:
    tokens = Wallet().tokens(learner, str(AccessScope.BADGES_READ))
    assert "refresh_token" not in tokens and tokens["expires_in"] == 3600


def test_it_ends_when_the_holder_ends_it_and_nobody_else(learner, held) -> None:
    wallet, stranger = Wallet(), person("Some Stranger")
    tokens = wallet.tokens(learner)
    again = wallet.tokens(learner)
    page = browser(learner).get("/connected/").content.decode()
    assert "Pocket" in page and "wallet.example" in page
    row = ConnectionRow.objects.order_by("-made_at").first()
    assert browser(stranger).post("/connected/", {"connection": str(row.id)}).status_code == 404
    assert browser(stranger).post("/connected/", {"connection": "x"}).status_code == 404
    assert wallet.call(tokens["access_token"]).status_code == 200
    assert browser(learner).post("/connected/", {"connection": str(row.id)}).status_code == 302
    for one in (tokens, again):
        assert wallet.call(one["access_token"]).status_code == 401
        assert wallet.renew(one["refresh_token"]).status_code == 400
    assert "Pocket" not in browser(learner).get("/connected/").content.decode()


def test_it_ends_with_all_sign_ins_and_by_the_application_itself(learner, held) -> None:
    wallet, other = Wallet(), Wallet()
    tokens = wallet.tokens(learner)
    given_back = {"token": tokens["access_token"]}
    assert wallet.post("/ims/oauth/revoke", given_back, other.basic).status_code == 200
    assert wallet.call(tokens["access_token"]).status_code == 200, "not that one's to give back"
    assert wallet.post("/ims/oauth/revoke", given_back, {}).status_code == 401
    assert wallet.post("/ims/oauth/revoke", given_back, wallet.basic).status_code == 200
    assert wallet.call(tokens["access_token"]).status_code == 401
    renewed = wallet.renew(tokens["refresh_token"]).json()
    wallet.post("/ims/oauth/revoke", {"token": renewed["refresh_token"]}, wallet.basic)
    assert wallet.call(renewed["access_token"]).status_code == 401
    tokens = wallet.tokens(learner)
    end_sign_ins(actor=learner, now=NOW)
    assert wallet.call(tokens["access_token"]).status_code == 401
    assert wallet.renew(tokens["refresh_token"]).status_code == 400


def test_a_scope_opens_its_own_door_and_no_other_way_in(learner, held) -> None:
    wallet = Wallet()
    access = wallet.tokens(learner, str(AccessScope.BADGES_READ))["access_token"]
    assert wallet.call(access).json()["credential"] == [held.document]
    refused = [
        wallet.call(access, method="post", content="{}"),
        wallet.call(access, f"{OB}/profile"),
        wallet.call(access, f"{CLR}/credentials"),
        wallet.call(access, f"{OB}/profile", "put", "{}"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert {answer.json()["imsx_codeMajor"] for answer in refused} == {"failure"}
    assert wallet.call(access, "/api/v1/credentials/mine").status_code == 401, "it is no token for the rest"
    assert wallet.client.get(f"{OB}/credentials", {"access_token": access}).status_code == 401
    assert wallet.call("", f"{OB}/credentials").status_code == 401
    assert wallet.call(access, method="delete").status_code == 405


def test_the_list_comes_in_parts_with_links_and_since(learner, held) -> None:
    for number in range(4):
        name = {"id": f"urn:uuid:0190f2b4-0000-7000-8000-00000000010{number}"}
        KeptCredentialRow.objects.create(
            learner_id=learner.person_id,
            family="badges",
            issuer_id="did:example:x",
            credential_id=name["id"],
            title="Kept",
            content=json.dumps(name),
            is_token=False,
            valid_from=NOW + timedelta(days=number + 1),
            kept_at=NOW,
        )
    wallet = Wallet()
    access = wallet.tokens(learner)["access_token"]
    seen, offset = [], 0
    while True:
        answer = wallet.call(access, limit=2, offset=offset)
        seen += [one["id"] for one in answer.json()["credential"]]
        assert answer["X-Total-Count"] == "5"
        after = {rel: int(at) for at, rel in re.findall(r'offset=(\d+)[^>]*>; rel="(\w+)"', answer["Link"])}
        if "next" not in after:
            break
        offset = after["next"]
    assert len(seen) == len(set(seen)) == 5 and seen[0] == held.id.urn and 'rel="prev"' in answer["Link"]
    since = (NOW + timedelta(days=2)).isoformat()
    assert len(wallet.call(access, since=since).json()["credential"]) == 2
    for wrong in ({"limit": 0}, {"limit": "x"}, {"offset": -1}, {"since": "yesterday"}, {"limit": "9" * 20}):
        assert wallet.call(access, **wrong).status_code == 400, wrong
    assert wallet.call(access, limit=10**8).headers["X-Total-Count"] == "5"


def test_a_badge_is_put_in_replaced_by_a_newer_one_and_kept_to_the_byte(learner) -> None:
    wallet = Wallet()
    access = wallet.tokens(learner, f"{AccessScope.BADGES_WRITE} {AccessScope.BADGES_READ}")["access_token"]
    text = json.dumps(outside_badge(), indent=3)
    first = wallet.call(access, method="post", content=text)
    assert (first.status_code, first.content.decode()) == (201, text)
    assert wallet.call(access, method="post", content=text).status_code == 200
    assert text in wallet.call(access).content.decode()
    row = KeptCredentialRow.objects.get()
    me = browser(learner)
    assert me.get(f"/credentials/kept/{row.id}/file").content.decode() == text
    shown = me.get(f"/credentials/kept/{row.id}/").content.decode()
    assert "Nobody here vouches" in shown, re.sub("<[^>]*>", "", shown)
    assert "Pocket" in me.get("/credentials/kept/").content.decode()
    other = browser(person("Some Stranger"))
    for place in ("", "file"):
        assert other.get(f"/credentials/kept/{row.id}/{place}").status_code == 404
    assert other.post(f"/credentials/kept/{row.id}/", {"do": "remove"}).status_code == 404
    assert me.post(f"/credentials/kept/{row.id}/", {"do": "remove"}).status_code == 302
    assert not KeptCredentialRow.objects.exists()


def test_a_token_is_put_in_as_text_and_listed_as_such(learner) -> None:
    document = outside_badge()
    document.pop("proof")
    signer = LocalSigner(private_key_of(ED25519, SEED), f"{DID}#{DID.removeprefix('did:key:')}")
    token = jose.sign_claims({**document, "iss": document["issuer"]["id"]}, signer, kind="vc+jwt")
    wallet = Wallet()
    access = wallet.tokens(learner, f"{AccessScope.BADGES_WRITE} {AccessScope.BADGES_READ}")["access_token"]
    put = wallet.call(access, method="post", content=token)
    assert (put.status_code, put.content.decode()) == (201, token), put.content
    listed = wallet.call(access).json()
    assert (listed["credential"], listed["compactJwsString"]) == ([], [token])
    kept = KeptCredentialRow.objects.get()
    assert browser(learner).get(f"/credentials/kept/{kept.id}/file").content.decode() == token


def test_what_is_no_badge_or_known_to_be_wrong_is_not_put_in(learner, held) -> None:
    wallet = Wallet()
    scopes = f"{AccessScope.BADGES_WRITE} {AccessScope.RECORDS_WRITE}"
    access = wallet.tokens(learner, scopes)["access_token"]
    good = outside_badge()
    wrong = {
        "nothing": "",
        "no json": "{",
        "a list": json.dumps([good]),
        "changed": json.dumps({**good, "name": "Another"}),
        "no name": json.dumps({name: value for name, value in good.items() if name != "id"}),
        "another kind": json.dumps({**good, "type": ["VerifiableCredential"]}),
        "too large": json.dumps({**good, "name": "x" * 1_000_001}),
        "deep": "[" * 50_000,
        "null": json.dumps({**good, "name": "a\x00b"}),
    }
    for name, content in wrong.items():
        answer = wallet.call(access, method="post", content=content)
        assert answer.status_code == 400 and answer.json()["imsx_severity"] == "error", name
    assert wallet.call(access, f"{CLR}/credentials", "post", json.dumps(good)).status_code == 400
    assert not KeptCredentialRow.objects.exists()
    own = wallet.call(access, method="post", content=json.dumps(held.document))
    assert own.status_code == 200 and not KeptCredentialRow.objects.exists(), "it is here already"
    stranger = person("Some Stranger")
    theirs = Wallet().tokens(stranger, scopes)["access_token"]
    assert wallet.call(theirs, method="post", content=json.dumps(held.document)).status_code == 400


def test_the_profile_is_the_accounts_with_what_applications_put_in(learner) -> None:
    wallet = Wallet()
    access = wallet.tokens(learner, f"{AccessScope.PROFILE_READ} {AccessScope.PROFILE_WRITE}")["access_token"]
    mine = wallet.call(access, f"{OB}/profile").json()
    assert mine["type"] == ["Profile"] and mine["name"]
    told = {
        "id": "x",
        "type": ["Profile"],
        "name": "Somebody Else",
        "email": "x@y.example",
        "url": "https://me.example",
    }
    put = wallet.call(access, f"{OB}/profile", "put", json.dumps(told)).json()
    assert put == {**mine, "url": "https://me.example"}, "name and address stay the account's"
    for wrong in (
        "[]",
        "{}",
        json.dumps({"type": "Profile", "url": 1}),
        json.dumps({"type": "Profile", "url": "x" * 3000}),
    ):
        assert wallet.call(access, f"{OB}/profile", "put", wrong).status_code == 400


def test_the_page_keeps_what_was_typed_and_the_api_says_the_same(learner) -> None:
    me = browser(learner)
    refused = me.post("/credentials/kept/", {"credential": "{nothing"})
    assert refused.status_code == 422 and "{nothing" in refused.content.decode()
    told = {"content": json.dumps(outside_badge())}
    assert me.post("/credentials/kept/", {"credential": told["content"]}).status_code == 302
    (row,) = queries.kept_credentials(learner)
    bearer = {"Authorization": f"Bearer {token_for(learner)}"}
    api = Client(headers=bearer)
    assert [one["id"] for one in api.get("/api/v1/kept").json()] == [str(row.id)]
    assert api.get(f"/api/v1/kept/{row.id}").json() == told
    key = {"Idempotency-Key": secrets.token_hex(8)}
    assert api.post("/api/v1/kept", told, "application/json", headers=key).json() == {"is_new": False}
    key = {"Idempotency-Key": secrets.token_hex(8)}
    profile = api.post("/api/v1/kept/profile", {"url": "https://me.example"}, "application/json", headers=key).json()
    assert (profile["url"], profile["phone"]) == ("https://me.example", "")
    Wallet().tokens(learner)
    (connection,) = api.get("/api/v1/connected").json()
    for path in (f"kept/{row.id}/remove", f"connected/{connection['id']}/end"):
        key = {"Idempotency-Key": secrets.token_hex(8)}
        assert api.post(f"/api/v1/{path}", {}, "application/json", headers=key).status_code in (200, 204)
    assert (api.get("/api/v1/kept").json(), api.get("/api/v1/connected").json()) == ([], [])
