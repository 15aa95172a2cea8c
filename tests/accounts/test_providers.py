"""Sign-in by institutions: who enters providers, whom they sign in, and what hostile answers come to."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.universities import CLIENT, SECRET, serving

from linkspan.accounts import actions
from linkspan.accounts.models import IdentityProviderRow, User
from linkspan.accounts.queries import actor_for
from linkspan.accounts.queries.providers import connections_of, keyed_provider, provider_history, providers_at
from linkspan.accounts.rules.providers import ClaimNames, ProviderTerms
from linkspan.institutions.actions import register_institution
from linkspan.kernel import audit
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.versions import Changed
from linkspan.messages.models import MailRow

pytestmark = pytest.mark.django_db
TERMS = ProviderTerms("MITx staff and students", CLIENT, ("mitx.example",))
ADA = {"sub": "ada-1", "email": "ada@mitx.example", "email_verified": True, "name": "Ada Sample"}


@pytest.fixture(autouse=True)
def schools(settings):
    cache.clear()
    settings.BASE_URL = "http://testserver"
    for code in ("MITx", "HES"):
        register_institution(
            actor=SYSTEM, code=code, name=code, country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("university")
    with serving(place) as found:
        yield found, place / "ca.pem"


@pytest.fixture
def university(served, settings):
    found, authority = served
    settings.EXCHANGE_LOOPBACK = [found.issuer.removeprefix("https://")]
    settings.EXCHANGE_LOOPBACK_CA = str(authority)
    found.changes.clear()
    return found


def entered(issuer="https://login.mitx.example", school="MITx", terms=TERMS):
    return actions.add_provider(actor=SYSTEM, institution=school, issuer=issuer, terms=terms, secret=SECRET, now=NOW)


@pytest.fixture
def provider(university):
    made = entered(university.issuer)
    actions.enable_provider(actor=SYSTEM, provider_id=made, now=NOW)
    return made


def signs_in(client: Client, university, provider, back="", **told):
    """Go to the provider and come back; the answer to that."""
    sent = client.get(f"/accounts/oidc/{provider}/login/", {"next": back} if back else {})
    given = university.signs_in(sent["Location"], **(ADA | told))
    return client.get(f"/accounts/oidc/{provider}/login/callback/", given)


def code_mailed(to="ada@mitx.example") -> str:
    body = MailRow.objects.filter(to=to).latest("at").body
    return next(line for line in body.splitlines() if len(line) == 8 and line.isupper())


def by_code(client: Client, university, provider, **told):
    """Sign in the first time, by the code in the mail, up to the account's own page."""
    assert signs_in(client, university, provider, **told)["Location"] == "/accounts/connect/"
    client.post("/accounts/connect/", {"do": "mail"})
    return client.post("/accounts/connect/", {"do": "code", "code": code_mailed(told.get("email", ADA["email"]))})


def offered() -> list[str]:
    """Where the sign-in page leads besides, on the way to a page."""
    page = Client().get("/accounts/login/", {"next": "/record/"}).content.decode()
    return re.findall(r'href="(/accounts/oidc/[^"]+)"', page)


def who(client: Client) -> str | None:
    user = client.get("/account/").context
    return user["person"].email if user else None


def test_only_those_who_manage_an_institution_enter_its_providers() -> None:
    robin, hes, dean = (
        person("Robin Registrar", ("registrar", "MITx")),
        person("Hal Registrar", ("registrar", "HES")),
        person("Dora Dean", ("dean", "MITx")),
    )
    given = {"institution": "MITx", "issuer": "https://login.mitx.example", "terms": TERMS, "secret": "s", "now": NOW}
    made = actions.add_provider(actor=robin, **given)
    for other in (hes, dean, person("Lea Learner")):
        for act in (
            lambda a: actions.add_provider(actor=a, **given),
            lambda a: providers_at(a, "MITx"),
        ):
            with pytest.raises(NotPermitted):
                act(other)
        for act in (
            lambda a: actions.change_provider(actor=a, provider_id=made, terms=TERMS, secret="", now=NOW),
            lambda a: actions.enable_provider(actor=a, provider_id=made, now=NOW),
            lambda a: actions.disable_provider(actor=a, provider_id=made, why="Mine.", now=NOW),
            lambda a: provider_history(a, made),
        ):
            with pytest.raises(NotFound):
                act(other)
    operator = person("Olga Operator", ("operator", None))
    assert [row.id for row in providers_at(operator, "MITx")] == [made]
    assert not IdentityProviderRow.objects.get().is_enabled


def test_what_is_entered_is_checked_and_the_secret_is_sealed() -> None:
    made = entered()
    row = IdentityProviderRow.objects.get()
    assert SECRET not in row.secret
    with pytest.raises(NotFound):
        keyed_provider(made)  # it is not enabled
    row.is_enabled = True
    row.save()
    assert keyed_provider(made).secret == SECRET
    assert SECRET not in str([(entry.before, entry.after) for entry in provider_history(SYSTEM, made)])
    for issuer in ("http://x.edu", "https://x.edu/?a=1", "https://u@x.edu", "https://", "x", "https://x.edu/é"):
        with pytest.raises(Unusable, match="Issuer"):
            entered(issuer)
    for domains in ((), ("example",), ("a b.edu",), ("*.edu",), ("x.edu",) * 0 + tuple(f"d{n}.edu" for n in range(21))):
        with pytest.raises(Unusable, match="Domains"):
            entered("https://y.edu", terms=ProviderTerms("Y", "c", domains))
    with pytest.raises(Refused, match="entered already"):
        entered()
    with pytest.raises(NotFound):
        entered(school="NOPE")


def test_a_change_keeps_the_issuer_and_an_older_form_changes_nothing() -> None:
    made = entered()
    terms = ProviderTerms("MITx", CLIENT, ("mitx.example", "alum.mitx.example"), ClaimNames(email="mail"))
    actions.change_provider(actor=SYSTEM, provider_id=made, terms=terms, secret="", now=NOW)
    (row,) = providers_at(SYSTEM, "MITx")
    assert (row.terms, row.issuer) == (terms, "https://login.mitx.example")
    robin = browser(person("Robin Registrar", ("registrar", "MITx")))
    page = f"/desk/MITx/sign-in/{made}/"
    form = {"do": "change", "seen": "older", "name": "Other", "client_id": "c", "domains": "other.example"}
    assert robin.post(page, form).status_code == 409
    with pytest.raises(Changed):
        actions.change_provider(actor=SYSTEM, provider_id=made, terms=TERMS, secret="", now=NOW, seen="older")
    assert providers_at(SYSTEM, "MITx")[0].terms == terms
    assert [entry.verb for entry in provider_history(SYSTEM, made)] == ["add_provider", "change_provider"]


def test_a_registrar_enters_one_by_page_and_by_api(university) -> None:
    registrar = person("Robin Registrar", ("registrar", "MITx"))
    robin = browser(registrar)
    form = {
        "issuer": university.issuer,
        "name": "MITx",
        "client_id": CLIENT,
        "secret": SECRET,
        "domains": "@MITx.example",
    }
    unusable = robin.post("/desk/MITx/sign-in/", form | {"domains": "nothing"})
    assert unusable.status_code == 422 and b'value="nothing"' in unusable.content
    page = robin.post("/desk/MITx/sign-in/", form)["Location"]
    (row,) = providers_at(registrar, "MITx")
    assert row.terms.domains == ("mitx.example",)
    assert f"http://testserver/accounts/oidc/{row.id}/login/callback/".encode() in robin.get(page).content
    assert offered() == []
    assert robin.post(page, {"do": "enable"}).status_code == 302
    assert offered() == [f"/accounts/oidc/{row.id}/login/?next=%2Frecord%2F"]
    api = Client(headers={"Authorization": f"Bearer {token_for(registrar)}"})
    told = api.get("/api/v1/providers", {"institution": "MITx"}).json()
    assert [(one["issuer"], one["is_enabled"], "secret" in str(one)) for one in told] == [
        (university.issuer, True, False)
    ]
    ended = api.post(
        f"/api/v1/providers/{row.id}/disable", {"why": "Moved."}, "application/json", headers={"Idempotency-Key": "1"}
    )
    assert ended.json() == {"people": 0}
    assert api.get(f"/api/v1/providers/{row.id}/history").json()[-1]["why"] == "Moved."


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda told: told | {"issuer": "https://elsewhere.example"}, "provider_unusable"),
        (lambda told: told | {"token_endpoint": "http://login.example/"}, "provider_unusable"),
        (lambda told: {}, "provider_unusable"),
        (lambda told: [], "provider_unusable"),
    ],
)
def test_only_a_provider_that_is_the_one_entered_is_enabled(university, change, code) -> None:
    made = entered(university.issuer)
    university.changes["document"] = change
    with pytest.raises(Unusable) as refused:
        actions.enable_provider(actor=SYSTEM, provider_id=made, now=NOW)
    assert refused.value.code == code and not IdentityProviderRow.objects.get().is_enabled


def test_a_provider_in_the_own_network_is_not_asked() -> None:
    for issuer in ("https://127.0.0.1:9", "https://10.0.0.1", "https://localhost"):
        made = entered(issuer)
        with pytest.raises(Unusable) as refused:
            actions.enable_provider(actor=SYSTEM, provider_id=made, now=NOW)
        assert refused.value.code == "provider_silent"


def test_the_first_sign_in_opens_an_account_by_a_code_and_the_next_needs_none(university, provider) -> None:
    ada = Client()
    connected = by_code(ada, university, provider)
    assert connected["Location"] == f"/accounts/connected/{provider}/" and who(ada) is None
    # No form leads to another site, which the policy of our pages forbids: a link does.
    assert f'href="/accounts/oidc/{provider}/login/"' in ada.get(connected["Location"]).content.decode()
    assert signs_in(ada, university, provider, back="/record/")["Location"] == "/record/"
    assert who(ada) == "ada@mitx.example"
    user = User.objects.get()
    assert (user.name, user.has_usable_password()) == ("Ada Sample", False)
    assert SocialAccount.objects.get().extra_data == {}
    assert [entry.verb for entry in audit.trail_of(f"accounts.user:{user.id}")] == ["open_account", "connect_sign_in"]
    again = Client()
    assert signs_in(again, university, provider, email="", name="")["Location"] == "/dashboard/"
    assert who(again) == "ada@mitx.example"


def test_an_account_is_connected_by_who_is_signed_in_to_it(university, provider) -> None:
    ada = confirmed(person("Ada"), "ada@mitx.example")
    client = browser(ada)
    assert signs_in(client, university, provider)["Location"] == "/accounts/connect/"
    assert SocialAccount.objects.count() == 0
    client.post("/accounts/connect/", {"do": "own"})
    assert SocialAccount.objects.get().user_id == ada.person_id
    assert [one.provider for one in connections_of(ada)] == [TERMS.name]
    assert MailRow.objects.count() == 0


def test_nobody_connects_an_account_by_being_signed_in_to_another(university, provider) -> None:
    confirmed(person("Ada"), "ada@mitx.example")
    eve = browser(confirmed(person("Eve"), "eve@example.org"))
    signs_in(eve, university, provider)
    assert eve.post("/accounts/connect/", {"do": "own"}).status_code == 409
    assert SocialAccount.objects.count() == 0


def confirmed(actor, email):
    User.objects.filter(id=actor.person_id).update(email=email)
    EmailAddress.objects.create(user_id=actor.person_id, email=email, verified=True, primary=True)
    return actor_for(actor.person_id)


def test_a_code_is_tried_five_times_and_mailed_three_times(university, provider) -> None:
    ada = Client()
    signs_in(ada, university, provider)
    for _ in range(4):
        ada.post("/accounts/connect/", {"do": "mail"})
    assert MailRow.objects.count() == 3
    for _ in range(5):
        assert ada.post("/accounts/connect/", {"do": "code", "code": "BBBBBBBB"}).status_code == 422
    assert ada.post("/accounts/connect/", {"do": "code", "code": code_mailed()}).status_code == 409
    assert (User.objects.count(), SocialAccount.objects.count()) == (0, 0)


def test_a_code_is_of_one_sign_in_and_fifteen_minutes(university, provider, monkeypatch) -> None:
    ada, other = Client(), Client()
    signs_in(ada, university, provider)
    ada.post("/accounts/connect/", {"do": "mail"})
    signs_in(other, university, provider, sub="somebody-else")
    assert other.post("/accounts/connect/", {"do": "code", "code": code_mailed()}).status_code == 422
    from linkspan.site import middleware

    late = middleware.domain_now() + timedelta(minutes=16)
    monkeypatch.setattr(middleware, "domain_now", lambda: late)
    assert ada.post("/accounts/connect/", {"do": "code", "code": code_mailed()}).status_code == 409
    assert SocialAccount.objects.count() == 0


def test_what_a_stranger_set_up_under_the_address_ends(university, provider) -> None:
    eve = person("Eve")
    User.objects.filter(id=eve.person_id).update(email="ada@mitx.example")
    user = User.objects.get(id=eve.person_id)
    user.set_password("a password of a stranger")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    stranger, token = browser(eve), token_for(eve)
    ada = Client()
    by_code(ada, university, provider)
    signs_in(ada, university, provider)
    assert who(ada) == "ada@mitx.example" and who(stranger) is None
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert api.get("/api/v1/providers/connections").status_code == 401
    user.refresh_from_db()
    assert not user.has_usable_password() and Authenticator.objects.count() == 0


def test_an_address_that_came_to_somebody_else_does_not_open_the_account(university, provider) -> None:
    by_code(Client(), university, provider)
    heir = Client()
    refused = by_code(heir, university, provider, sub="ada-2")
    assert refused.status_code == 409 and who(heir) is None
    assert [row.uid for row in SocialAccount.objects.all()] == ["ada-1"]


@pytest.mark.parametrize(
    "told",
    [
        {"email": ""},
        {"email_verified": False},
        {"email_verified": "yes"},
        {"email_verified": 1},
        {"email": "ada@hes.example"},
        {"email": "ada@evil.mitx.example"},
        {"email": ["ada@mitx.example"]},
        {"email": "ada@mitx.example\0@x"},
    ],
)
def test_an_address_that_does_not_count_connects_nothing(university, provider, told) -> None:
    ada = Client()
    assert signs_in(ada, university, provider, **told).status_code == 403
    assert ada.get("/accounts/connect/").status_code == 302
    assert (User.objects.count(), SocialAccount.objects.count()) == (0, 0)


def _altered(token: str) -> str:
    head, body, _ = token.split(".")
    return f"{head}.{body}.{'A' * 86}"


def _resigned(alg: str, key) -> object:
    def change(token: str) -> str:
        claims = {"iss": "", "aud": CLIENT, "sub": "ada-1", "iat": 1, "exp": 9_999_999_999}
        return jwt.encode({"alg": alg, "kid": "k1"}, claims, key, algorithms=[alg])

    return change


def _unsigned(token: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


HOSTILE = {
    "another issuer": ("claims", lambda claims: claims | {"iss": "https://elsewhere.example"}),
    "another audience": ("claims", lambda claims: claims | {"aud": "other"}),
    "several audiences": ("claims", lambda claims: claims | {"aud": [CLIENT, "other"]}),
    "expired": ("claims", lambda claims: claims | {"exp": claims["iat"] - 120}),
    "not yet": ("claims", lambda claims: claims | {"iat": claims["iat"] + 600}),
    "no end": ("claims", lambda claims: {name: claims[name] for name in claims if name != "exp"}),
    "nobody": ("claims", lambda claims: claims | {"sub": ""}),
    "altered": ("token", _altered),
    "unsigned": ("token", _unsigned),
    "by another key": ("token", _resigned("ES256", ECKey.generate_key("P-256"))),
    "by the shared secret": ("token", _resigned("HS256", OctKey.import_key(SECRET))),
    "no token": ("token", lambda token: "x"),
    "somebody else's data": ("info", lambda info: info | {"sub": "bob-1"}),
    "a list for a person": ("info", lambda info: [info]),
    "another provider's document": ("document", lambda told: told | {"issuer": "https://elsewhere.example"}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_signs_nobody_in(university, provider, kind) -> None:
    what, change = HOSTILE[kind]
    by_code(Client(), university, provider)
    client = Client()
    sent = client.get(f"/accounts/oidc/{provider}/login/")
    university.changes[what] = change
    given = university.signs_in(sent["Location"], **ADA)
    assert client.get(f"/accounts/oidc/{provider}/login/callback/", given).status_code == 401
    assert who(client) is None and client.get("/accounts/connect/").status_code == 302


def test_an_answer_works_once_in_the_browser_that_began(university, provider) -> None:
    by_code(Client(), university, provider)
    ada, eve = Client(), Client()
    sent = ada.get(f"/accounts/oidc/{provider}/login/")
    given = university.signs_in(sent["Location"], **ADA)
    back = f"/accounts/oidc/{provider}/login/callback/"
    assert eve.get(back, given).status_code == 401 and who(eve) is None
    assert ada.get(back, given).status_code == 302 and who(ada) == "ada@mitx.example"
    again = Client()
    assert again.get(back, given).status_code == 401 and who(again) is None


def test_the_answer_of_one_institution_is_not_taken_for_another(university, provider) -> None:
    hes = entered(university.issuer, "HES", ProviderTerms("HES", CLIENT, ("hes.example",)))
    actions.enable_provider(actor=SYSTEM, provider_id=hes, now=NOW)
    by_code(Client(), university, provider)
    client = Client()
    sent = client.get(f"/accounts/oidc/{hes}/login/")
    given = university.signs_in(sent["Location"], **ADA)
    assert client.get(f"/accounts/oidc/{provider}/login/callback/", given).status_code == 401
    other = Client()
    assert signs_in(other, university, hes).status_code == 403  # the same subject is nobody's at HES
    assert who(client) is None and who(other) is None


def test_switching_off_ends_what_came_by_it(university, provider) -> None:
    ada = Client()
    by_code(ada, university, provider)
    signs_in(ada, university, provider)
    bystander = browser(person("Bea"))
    token = token_for(actor_for(User.objects.get(email="ada@mitx.example").id))
    assert actions.disable_provider(actor=SYSTEM, provider_id=provider, why="Left.", now=NOW) == 1
    assert actions.disable_provider(actor=SYSTEM, provider_id=provider, why="Left.", now=NOW) == 0
    assert who(ada) is None and who(bystander) == "bea@example.org"
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert api.get("/api/v1/providers/connections").status_code == 401
    assert ada.get(f"/accounts/oidc/{provider}/login/").status_code == 404
    assert offered() == []


def test_a_sign_in_lasts_some_hours_and_ends_there_too(university, provider, settings) -> None:
    ada = Client()
    by_code(ada, university, provider)
    signs_in(ada, university, provider)
    ends = Session.objects.get(session_key=ada.session.session_key).expire_date
    assert timedelta(hours=11) < ends - real_now() < timedelta(hours=12, minutes=1)
    out = ada.post("/accounts/logout/")
    assert out["Location"] == f"/accounts/signed-out/{provider}/"
    told = ada.get(out["Location"]).content.decode()
    assert f'href="{university.issuer}/end?client_id=linkspan&amp;post_logout_redirect_uri=http' in told


def test_a_person_disconnects_their_own_sign_in(university, provider) -> None:
    ada = Client()
    by_code(ada, university, provider)
    signs_in(ada, university, provider)
    (row,) = SocialAccount.objects.all()
    eve = person("Eve")
    with pytest.raises(NotFound):
        actions.disconnect(actor=eve, connection_id=row.id, now=NOW)
    ada.post("/accounts/3rdparty/", {"do": "end", "connection": str(row.id)})
    assert who(ada) is None and SocialAccount.objects.count() == 0


def test_a_password_is_no_way_into_an_account_that_has_none_and_allauths_forms_are_closed(university, provider) -> None:
    ada = Client()
    signs_in(ada, university, provider)
    assert ada.get("/accounts/3rdparty/signup/").status_code == 302
    assert ada.post("/accounts/3rdparty/signup/", {"email": "x@mitx.example"}).status_code == 302
    assert User.objects.count() == 0


def test_who_leaves_at_the_provider_is_out_here_and_nobody_else(university, provider) -> None:
    ada, phone, bob = Client(), Client(), Client()
    by_code(ada, university, provider)
    signs_in(ada, university, provider, sid="s-1")
    signs_in(phone, university, provider, sid="s-2")
    told = {"sub": "bob-1", "email": "bob@mitx.example"}
    by_code(bob, university, provider, **told)
    signs_in(bob, university, provider, **told)
    place, server = f"/accounts/oidc/{provider}/backchannel/", Client(enforce_csrf_checks=True)

    def says(token):
        return server.post(place, {"logout_token": token})

    now = int(real_now().timestamp())
    for token in (
        university.leaves(sub="ada-1", key=ECKey.generate_key("P-256", {"kid": "k1"})),
        university.leaves(sub="ada-1", iss="https://elsewhere.example"),
        university.leaves(sub="ada-1", aud="other"),
        university.leaves(sub="ada-1", exp=now - 120),
        university.leaves(sub="ada-1", exp=None),
        university.leaves(sub="ada-1", iat=now + 600),
        university.leaves(sub="ada-1", jti=None),
        university.leaves(sub="ada-1", events=None),
        university.leaves(sub="ada-1", events={"other": {}}),
        university.leaves(sub="ada-1", nonce="n"),
        university.leaves(),
        university.leaves(sub=["ada-1"]),
        "x",
        "",
        _unsigned(university.leaves(sub="ada-1")),
    ):
        answer = says(token)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert [who(one) for one in (ada, phone, bob)] == ["ada@mitx.example"] * 2 + ["bob@mitx.example"]
    token = university.leaves(sub="ada-1", sid="s-1", jti="once")
    assert says(token).status_code == 200 and says(token).status_code == 400
    assert [who(one) for one in (ada, phone, bob)] == [None, "ada@mitx.example", "bob@mitx.example"]
    assert says(university.leaves(sid="s-2", jti="two")).status_code == 200
    assert says(university.leaves(sub="bob-1", sid="unknown", jti="three")).status_code == 200
    assert [who(one) for one in (phone, bob)] == [None, None]
    assert server.post(f"/accounts/oidc/{new_id()}/backchannel/", {"logout_token": token}).status_code == 404


def test_a_logout_token_is_no_identity(university, provider) -> None:
    by_code(Client(), university, provider)
    client = Client()
    sent = client.get(f"/accounts/oidc/{provider}/login/")
    university.changes["claims"] = lambda claims: claims | {"events": {"x": {}}}
    given = university.signs_in(sent["Location"], **ADA)
    assert client.get(f"/accounts/oidc/{provider}/login/callback/", given).status_code == 401
