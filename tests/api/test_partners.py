"""OpenID Connect for partners: registered by a registrar, a person is asked, each partner knows them by another name.

Everything comes over HTTP as a partner and a browser send it; ID tokens are checked by joserfc with the published keys.
"""

import hashlib
import json
import secrets
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.accounts import actions, queries
from linkspan.accounts.models import ApplicationRow, ConnectionTokenRow
from linkspan.accounts.rules import OPTIONAL
from linkspan.institutions.actions import register_institution
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, NotPermitted, Unusable

pytestmark = pytest.mark.django_db
BACK = "https://library.example/back"
MADE = {
    "institution": "AS",
    "name": "Library",
    "redirect_uris": [BACK],
    "privacy": "https://library.example/privacy",
    "scopes": list(OPTIONAL),
    "reason": "Our reading rooms, agreed in June.",
}


@pytest.fixture(autouse=True)
def _nobody_came_before():
    cache.clear()


@pytest.fixture
def registrar():
    told = {"name": "A school", "country": "US", "time_zone": "UTC", "url": "https://a.example/", "aliases": []}
    register_institution(actor=SYSTEM, code="AS", now=NOW, **told)
    return person("Registrar", ("registrar", "AS"))


class Partner:
    """A partner's site over the test client."""

    def __init__(self, registrar, **changes) -> None:
        told = {**MADE, **changes}
        self.back = next(iter(told["redirect_uris"]), "")
        self.made = actions.register_partner(actor=registrar, at=real_now(), now=NOW, **told)
        self.client, self.verifier = Client(), secrets.token_urlsafe(48)

    def query(self, **changes) -> dict:
        challenge = urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        told = {"response_type": "code", "client_id": self.made.client_id, "redirect_uri": self.back}
        told |= {"scope": "openid profile email", "state": "s-1", "nonce": "n-1"}
        told |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return {name: value for name, value in {**told, **changes}.items() if value is not None}

    def let_in(self, who, told=("profile", "email"), **changes) -> dict:
        form = {"query": urlencode(self.query(**changes)), "do": "allow", "told": list(told)}
        answer = browser(who).post("/connected/authorise/", form)
        assert answer.status_code == 302 and answer["Location"].startswith(f"{self.back}?"), answer.content
        return dict(parse_qsl(urlsplit(answer["Location"]).query))

    def tokens(self, code: str, **changes):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back}
        basic = b64encode(f"{self.made.client_id}:{self.made.client_secret}".encode()).decode()
        form |= {"code_verifier": self.verifier, **changes}
        told = {"headers": {"Authorization": f"Basic {basic}"}}
        return self.client.post("/ims/oauth/token", urlencode(form), "application/x-www-form-urlencoded", **told)

    def claims(self, token: str) -> dict:
        keys = KeySet.import_key_set(self.client.get("/openid/keys").json())
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)

    def userinfo(self, token: str):
        return self.client.get("/openid/userinfo", headers={"Authorization": f"Bearer {token}"})

    def signed_in(self, who, **more) -> tuple[dict, dict]:
        given = self.tokens(self.let_in(who, **more)["code"]).json()
        return self.claims(given["id_token"]), self.userinfo(given["access_token"]).json()


def test_a_person_signs_in_to_a_partner_which_checks_the_token_by_the_published_keys(registrar) -> None:
    site, learner = Partner(registrar), person("Robin Reader")
    page = browser(learner).get("/connected/authorise/", site.query()).content.decode()
    assert "Library" in page and "A school" in page and "robin.reader@example.org" in page
    back = site.let_in(learner)
    assert (back["state"], back["iss"]) == ("s-1", settings.BASE_URL)
    answer = site.tokens(back["code"])
    given = answer.json()
    assert answer["Cache-Control"] == "no-store" and "refresh_token" not in given
    told = site.claims(given["id_token"])
    assert (told["iss"], told["aud"], told["nonce"]) == (settings.BASE_URL, site.made.client_id, "n-1")
    assert 0 < told["exp"] - told["iat"] <= 600 and not {"name", "email"} & set(told)
    half = hashlib.sha256(given["access_token"].encode()).digest()[:16]
    assert told["at_hash"] == urlsafe_b64encode(half).decode().rstrip("=")
    info = site.userinfo(given["access_token"]).json()
    assert info == {
        "sub": told["sub"],
        "name": "Robin Reader",
        "email": "robin.reader@example.org",
        "email_verified": info["email_verified"],
    }
    assert site.tokens(back["code"]).status_code == 400, "a code twice ends all that came of it"
    assert site.userinfo(given["access_token"]).status_code == 401


def test_what_a_person_leaves_out_is_not_told(registrar) -> None:
    site, learner = Partner(registrar), person("Robin Reader")
    told, info = site.signed_in(learner, told=("profile",))
    assert info == {"sub": told["sub"], "name": "Robin Reader"}
    assert site.signed_in(learner, told=())[1] == {"sub": told["sub"]}, "the same person is the same name"


def test_each_partner_knows_a_person_by_another_name_and_one_host_by_one(registrar) -> None:
    one, other = Partner(registrar), Partner(registrar, redirect_uris=["https://gym.example/back"])
    again, robin, kim = Partner(registrar, name="Library two"), person("Robin"), person("Kim")
    names = [site.signed_in(who)[0]["sub"] for site in (one, other, again) for who in (robin, kim)]
    assert names[0] == names[4] and names[1] == names[5] and len(set(names)) == 4
    assert str(robin.person_id) not in "".join(names)


def test_discovery_names_what_is_here(registrar) -> None:
    told = Client().get("/.well-known/openid-configuration").json()
    assert told["issuer"] == settings.BASE_URL and told["subject_types_supported"] == ["pairwise"]
    places = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "revocation_endpoint")
    for place in places:
        assert Client().get(urlsplit(told[place]).path).status_code in (200, 302, 401, 405, 422), place
    assert Client().get("/openid/keys").json() == {"keys": []}
    Partner(registrar)
    (key,) = Client().get("/openid/keys").json()["keys"]
    assert (key["kty"], key["alg"]) == ("RSA", "RS256") and not {"d", "p", "q"} & set(key)


def test_only_registered_partners_sign_people_in(registrar) -> None:
    from tests.api.test_openbadges import METADATA

    asked = {**METADATA, "scope": "openid"}
    assert Client().post("/ims/oauth/register", json.dumps(asked), "application/json").status_code == 400
    site, learner = Partner(registrar, scopes=[]), person("Robin")
    back = browser(learner).get("/connected/authorise/", site.query())
    assert "error=invalid_scope" in back["Location"], "it was not registered for the name"
    assert set(site.signed_in(learner, scope="openid")[1]) == {"sub"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"id_token_hint": "a"}, "login_required"),
        ({"code_challenge": None}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "token"}, "unauthorized_client"),
    ],
)
def test_what_is_not_offered_goes_back_by_name(registrar, changes, error) -> None:
    site = Partner(registrar)
    answer = browser(person("Robin")).get("/connected/authorise/", site.query(**changes))
    assert answer.status_code == 302 and f"error={error}" in answer["Location"].replace(
        "unsupported_response_type", error
    )
    if changes == {"prompt": "none"}:
        assert "error=login_required" in Client().get("/connected/authorise/", site.query(**changes))["Location"]


def test_a_list_of_single_claims_is_not_read(registrar) -> None:
    assert (
        browser(person("Robin")).get("/connected/authorise/", Partner(registrar).query(claims="{")).status_code == 200
    )


def test_who_signed_in_long_ago_does_so_anew_where_the_partner_asks(registrar) -> None:
    site, here = Partner(registrar), browser(person("Robin"))
    for asked in ({"prompt": "login"}, {"max_age": "0"}, {"max_age": "3600"}):
        answer = here.get("/connected/authorise/", site.query(**asked))
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/reauthenticate/"), asked
        form = {"query": urlencode(site.query(**asked)), "do": "allow"}
        assert here.post("/connected/authorise/", form)["Location"].startswith("/accounts/reauthenticate/"), asked
    begun = int(real_now().timestamp())
    session = here.session
    session["account_authentication_methods"] = [{"method": "password", "at": begun}]
    session.save()
    form = {"query": urlencode(site.query(max_age="3600")), "do": "allow"}
    code = dict(parse_qsl(urlsplit(here.post("/connected/authorise/", form)["Location"]).query))["code"]
    assert site.claims(site.tokens(code).json()["id_token"])["auth_time"] == begun


def test_an_ended_partner_signs_nobody_in_and_its_tokens_are_void(registrar) -> None:
    site, learner = Partner(registrar), person("Robin")
    code = site.let_in(learner)["code"]
    given = site.tokens(site.let_in(learner)["code"]).json()
    (row,) = queries.partners(registrar, "AS", real_now())
    assert (row.people, row.host, row.ended_at) == (1, "library.example", None)
    ended = {"partner_id": row.id, "reason": "It closed.", "at": real_now(), "now": NOW}
    for other in (learner, person("Other", ("registrar", "MITx")), person("Boss", ("operator", None))):
        with pytest.raises(NotFound):
            actions.end_partner(actor=other, **ended)
    actions.end_partner(actor=registrar, **ended)
    actions.end_partner(actor=registrar, **ended)
    assert not ConnectionTokenRow.objects.exists() and site.userinfo(given["access_token"]).status_code == 401
    assert site.tokens(code).status_code == 401
    assert browser(learner).get("/connected/authorise/", site.query()).status_code == 422
    assert queries.partners(registrar, "AS", real_now())[0].ended_at == NOW


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"name": "<b>"}, "name_missing"),
        ({"redirect_uris": []}, "redirects_unusable"),
        ({"redirect_uris": ["http://library.example/"]}, "redirects_unusable"),
        ({"redirect_uris": [BACK, "https://other.example/"]}, "redirects_unusable"),
        ({"redirect_uris": ["https://a@library.example/"]}, "redirects_unusable"),
        ({"redirect_uris": [f"{BACK}/{n}" for n in range(11)]}, "redirects_unusable"),
        ({"privacy": "javascript:alert(1)"}, "privacy_unusable"),
        ({"scopes": ["address"]}, "scopes_unusable"),
        ({"reason": ""}, "reason_missing"),
    ],
)
def test_what_no_partner_is_registered_with(registrar, changes, code) -> None:
    with pytest.raises(Unusable) as refused:
        Partner(registrar, **changes)
    assert refused.value.code == code and not ApplicationRow.objects.exists()


def test_the_page_and_the_api_register_and_end(registrar) -> None:
    here, place = browser(registrar), "/desk/partners/AS/"
    form = {"name": "Library", "redirects": BACK, "privacy": MADE["privacy"], "scope": ["email"], "reason": ""}
    refused = here.post(place, {**form, "do": "register"})
    assert (
        refused.status_code == 422 and BACK in refused.content.decode() and "reason-error" in refused.content.decode()
    )
    made = here.post(place, {**form, "do": "register", "reason": "Agreed."}).content.decode()
    row = ApplicationRow.objects.get()
    assert row.client_id in made and "shown again" in made and row.scopes == ["openid", "email"]
    assert row.secret_sha256 not in here.get(place).content.decode()
    assert here.post(place, {"do": "end", "partner": str(row.id), "reason": ""}).status_code == 422
    api = {"Authorization": f"Bearer {token_for(registrar)}", "Idempotency-Key": "1"}
    end = Client().post(f"/api/v1/partners/{row.id}/end", {"reason": "Closed."}, "application/json", headers=api)
    assert end.status_code in (200, 204), end.content
    api["Idempotency-Key"] = "2"
    again = Client().post("/api/v1/partners", MADE, "application/json", headers=api)
    assert again.status_code == 200 and again.json()["client_secret"], again.content
    with pytest.raises(NotPermitted):
        queries.partners(person("Learner"), "AS", real_now())
    assert browser(person("Else")).get(place).status_code == 403
