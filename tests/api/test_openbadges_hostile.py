"""Open Badges 3.0 over REST under attack, and with what becomes of it when accounts end, join, or are not there."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TestCase
from tests.accounts.test_merging import account, join, postgres_only
from tests.api.test_openbadges import BACK, METADATA, OB, READ, Wallet, issued
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world
from tests.institutions.test_trust import outside_badge
from tests.vc.makers import DID, SEED

from linkspan.accounts import actions as accounts
from linkspan.accounts import queries
from linkspan.accounts.models import ApplicationRow, ConnectionRow, ConnectionTokenRow
from linkspan.accounts.rules import AccessScope
from linkspan.credentials.models import HostProfileRow, KeptCredentialRow
from linkspan.credentials.queries import host_profile, kept_credentials
from linkspan.kernel import retention
from linkspan.kernel.clock import real_now
from linkspan.vc import jose
from linkspan.vc.keys import ED25519, private_key_of
from linkspan.vc.proofs import LocalSigner

pytestmark = pytest.mark.django_db
BOTH = f"{AccessScope.BADGES_WRITE} {AccessScope.BADGES_READ}"


@pytest.fixture(autouse=True)
def _start(monkeypatch):
    cache.clear()
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())


def signed(**changes) -> str:
    """A badge of an issuer outside, signed as a token with these members changed."""
    document = {**outside_badge(), **changes}
    document.pop("proof")
    signer = LocalSigner(private_key_of(ED25519, SEED), f"{DID}#{DID.removeprefix('did:key:')}")
    return jose.sign_claims({**document, "iss": document["issuer"]["id"]}, signer, kind="vc+jwt")


def put(wallet: Wallet, access: str, content: str):
    return wallet.call(access, method="post", content=content)


def test_no_value_of_any_type_breaks_it() -> None:
    wallet = Wallet()
    access = wallet.tokens(person("Some Learner"), BOTH)["access_token"]
    good = outside_badge()
    wrong = [{"type": types} for types in ({}, [{}], [[]], [None], None, 1, "x")]
    wrong += [{"proof": proof} for proof in (1, "x", True, {}, [], [[]], None, {"type": 1})]
    wrong += [{name: value} for name in ("issuer", "id", "validFrom") for value in (None, 1, [], {}, [[]], "\ud800")]
    for changes in wrong:
        assert put(wallet, access, json.dumps({**good, **changes})).status_code == 400, changes
    assert not KeptCredentialRow.objects.exists()
    for since, status in (("0001-01-01T00:00:00+14:00", 200), ("9999-12-31T23:59:59-14:00", 200), ("\0", 400)):
        assert wallet.call(access, since=since).status_code == status, since
    assert put(wallet, access, "\ufeff" + json.dumps(good)).status_code == 201, "as some editors begin a file"


def test_the_same_is_told_by_identifier_and_issuer_as_they_are_compared() -> None:
    wallet, learner = Wallet(), person("Some Learner")
    access = wallet.tokens(learner, BOTH)["access_token"]
    assert put(wallet, access, signed(id="https://badges.example/a")).status_code == 201
    assert put(wallet, access, signed(id="https://badges.example/%61")).status_code == 200
    assert [row.credential_id for row in KeptCredentialRow.objects.all()] == ["https://badges.example/a"]
    far = "9999-12-31T23:59:59-14:00"
    assert put(wallet, access, signed(id="https://badges.example/a", validFrom=far)).status_code == 200
    assert [row.valid_from.year for row in kept_credentials(learner)] == [9999]
    assert put(wallet, access, signed(id="urn:example:old", validFrom="0001-01-01T00:00:00+14:00")).status_code == 201
    me, page = browser(learner), browser(learner).get("/credentials/kept/")
    assert page.status_code == 200
    for row in KeptCredentialRow.objects.all():
        assert me.get(f"/credentials/kept/{row.id}/").status_code == 200


def test_what_was_issued_here_stands_as_it_was_issued() -> None:
    learner = load_world()["learner"]
    held, wallet, stranger = issued(learner), Wallet(), person("Some Stranger")
    mine, theirs = (wallet.tokens(who, BOTH)["access_token"] for who in (learner, stranger))
    changed = json.dumps({**held.document, "name": "A doctorate"})
    answer = put(wallet, mine, changed)
    assert (answer.status_code, answer.json()) == (200, held.document)
    assert put(wallet, theirs, changed).status_code == 400
    # Another issuer's badge with the same identifier is another badge, and says nothing of ours.
    for access in (mine, theirs):
        assert put(wallet, access, signed(id=held.document["id"])).status_code == 201
    assert wallet.call(mine)["X-Total-Count"] == "2" and wallet.call(theirs)["X-Total-Count"] == "1"


def test_staff_let_an_application_into_what_they_hold_themselves_and_no_page_shows_them_anothers() -> None:
    cast = load_world()
    wallet, learner, registrar = Wallet(), cast["learner"], cast["mitx-registrar"]
    issued(learner)
    put(wallet, wallet.tokens(learner, BOTH)["access_token"], json.dumps(outside_badge()))
    access = wallet.tokens(registrar, " ".join(AccessScope))["access_token"]
    assert wallet.call(access).json() == {"credential": [], "compactJwsString": []}
    assert wallet.call(access, f"{OB}/profile").json()["email"] == queries.person(registrar, registrar.person_id).email
    row = KeptCredentialRow.objects.get()
    assert browser(registrar).get(f"/credentials/kept/{row.id}/").status_code == 404
    assert browser(registrar).get(f"/credentials/kept/{row.id}/file").status_code == 404
    assert "Pocket" in browser(registrar).get("/connected/").content.decode()
    ConnectionRow.objects.filter(user_id=registrar.person_id).delete()
    assert "Pocket" not in browser(registrar).get("/connected/").content.decode()


@pytest.mark.parametrize("member", ["client_uri", "logo_uri", "tos_uri", "policy_uri"])
def test_an_application_shows_no_pages_of_another_host_as_its_own(client, member) -> None:
    body = json.dumps({**METADATA, member: "https://bank.example/privacy"})
    answer = client.post("/ims/oauth/register", body, "application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_what_was_never_used_or_is_over_is_no_connection_and_goes() -> None:
    wallet, learner = Wallet(), person("Some Learner")
    page = lambda: browser(learner).get("/connected/").content.decode()  # noqa: E731
    assert "http://127.0.0.1:8000" in page(), "what a wallet asks for"
    wallet.code(learner)
    wallet.redeem(wallet.code(learner), code_verifier="x" * 50)
    assert "Pocket" not in page(), "nobody has a token"
    short = wallet.tokens(learner, str(AccessScope.BADGES_READ))
    assert "Pocket" in page()
    wallet.post("/ims/oauth/revoke", {"token": short["access_token"]}, wallet.basic)
    assert "Pocket" not in page(), "it gave its only token back"
    tokens = wallet.tokens(learner, READ)
    ConnectionTokenRow.objects.filter(renews=False).update(ends_at=real_now() - timedelta(seconds=1))
    assert wallet.call(tokens["access_token"]).status_code == 401 and "Pocket" in page()
    ConnectionRow.objects.update(ends_at=real_now() - timedelta(seconds=1))
    assert wallet.renew(tokens["refresh_token"]).status_code == 400 and "Pocket" not in page()
    later = real_now() + timedelta(days=60)
    retention.apply(actor=SYSTEM, now=later)
    assert not ConnectionRow.objects.exists() and ApplicationRow.objects.count() == 1
    retention.apply(actor=SYSTEM, now=later + timedelta(days=60))
    assert not ApplicationRow.objects.exists()


def test_what_is_put_in_for_a_holder_is_slowed_together_and_for_nobody_else(settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "application_put": "3/m/key"}
    wallet, learner = Wallet(), person("Some Learner")
    one, two = (wallet.tokens(learner, BOTH)["access_token"] for _ in range(2))
    told = [put(wallet, access, "{}") for access in (one, two, one, two)]
    assert [answer.status_code for answer in told] == [400, 400, 400, 429] and told[3]["Retry-After"] == "60"
    assert wallet.call(one).status_code == 200
    theirs = wallet.tokens(person("Some Stranger"), BOTH)["access_token"]
    assert put(wallet, theirs, "{}").status_code == 400


def test_with_the_account_all_of_it_goes() -> None:
    wallet, learner = Wallet(), person("Some Learner")
    tokens = wallet.tokens(learner, " ".join(AccessScope))
    put(wallet, tokens["access_token"], json.dumps(outside_badge()))
    wallet.call(tokens["access_token"], f"{OB}/profile", "put", json.dumps({"type": "Profile", "phone": "1"}))
    accounts.ask_deletion(actor=learner, person_id=learner.person_id, reason="Enough.", now=NOW)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert accounts.finish_deletions(now=NOW + timedelta(days=15)) == 1
    assert wallet.call(tokens["access_token"]).status_code == 401
    for model in (ConnectionRow, ConnectionTokenRow, KeptCredentialRow, HostProfileRow):
        assert not model.objects.exists(), model
    assert ApplicationRow.objects.count() == 1, "the application is not that person's"


def test_joined_accounts_keep_each_badge_once_and_let_nobody_in_who_was_let_into_the_other() -> None:
    wallet, stays, ends = Wallet(), account("Ada Kept"), account("Ada Gone")
    every = " ".join(AccessScope)
    kept, gone = wallet.tokens(stays, every), wallet.tokens(ends, every)
    for access, phone in ((kept["access_token"], "1"), (gone["access_token"], "2")):
        put(wallet, access, json.dumps(outside_badge()))
        wallet.call(access, f"{OB}/profile", "put", json.dumps({"type": "Profile", "phone": phone}))
    put(wallet, gone["access_token"], signed(id="urn:example:second"))
    assert join(stays, ends).state == "done"
    assert wallet.call(gone["access_token"]).status_code == 401
    assert wallet.renew(gone["refresh_token"]).status_code == 400
    assert wallet.call(kept["access_token"]).status_code == 200
    assert len(kept_credentials(stays)) == 2 and host_profile(stays)["phone"] == "1"


def test_a_profile_of_the_account_that_ends_moves_where_the_other_has_none() -> None:
    wallet, stays, ends = Wallet(), account("Ada Kept"), account("Ada Gone")
    access = wallet.tokens(ends, " ".join(AccessScope))["access_token"]
    wallet.call(access, f"{OB}/profile", "put", json.dumps({"type": "Profile", "phone": "2"}))
    assert join(stays, ends).state == "done" and host_profile(stays)["phone"] == "2"


def test_the_answer_goes_to_the_registered_address_with_its_query_kept() -> None:
    wallet = Wallet(redirect_uris=[f"{BACK}?tenant=a"])
    told = wallet.query(redirect_uri=f"{BACK}?tenant=a")
    answer = browser(person("Some Learner")).post("/connected/authorise/", {"query": urlencode(told), "do": "allow"})
    assert answer["Location"].startswith(f"{BACK}?tenant=a&code=") and answer["Referrer-Policy"] == "no-referrer"


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_of_two_who_bring_one_code_or_renewal_at_once_one_gets_tokens_and_they_end() -> None:
    wallet, learner = Wallet(), person("Some Learner")
    for grant in ("code", "renewal"):
        given = wallet.code(learner) if grant == "code" else wallet.tokens(learner)["refresh_token"]
        bring = wallet.redeem if grant == "code" else wallet.renew

        def once(_number: int, bring=bring, given=given):
            try:
                return bring(given)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as two:
            answers = sorted(two.map(once, range(2)), key=lambda answer: answer.status_code)
        assert [answer.status_code for answer in answers] == [200, 400], grant
        assert wallet.call(answers[0].json()["access_token"]).status_code == 401, grant
