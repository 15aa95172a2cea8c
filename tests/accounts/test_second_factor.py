"""Roles that decide wait for a second factor, at every door; all else goes on."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.site.running import linkspan

from linkspan.accounts.actions import reset_second_factor
from linkspan.accounts.models import User
from linkspan.accounts.queries import actor_for, entering
from linkspan.accounts.rules import DECIDING, Role
from linkspan.institutions.actions import register_institution
from linkspan.kernel import audit
from linkspan.kernel.actor import Grant
from linkspan.kernel.errors import NotPermitted
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def decided(settings):
    settings.SECOND_FACTOR_ROLES = [*DECIDING]
    cache.clear()
    for code in ("MITx", "HES"):
        register_institution(
            actor=SYSTEM, code=code, name=code, country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
        )


def with_factor(who, kind="totp"):
    Authenticator.objects.create(user_id=who.person_id, type=kind, data={})
    return who


def at_the_door(who):
    return entering(User.objects.get(id=who.person_id))


def test_each_deciding_role_waits_and_each_other_one_holds() -> None:
    for role in Role:
        at = None if role is Role.OPERATOR else "MITx"
        who = person(f"Holder {role}", (role, at))
        held, grant = at_the_door(who), frozenset({Grant(role, at)})
        assert (held.grants, held.waiting) == ((frozenset(), grant) if role in DECIDING else (grant, frozenset()))
        assert at_the_door(with_factor(who)).grants == grant


@pytest.mark.parametrize(("kind", "holds"), [("totp", True), ("webauthn", True), ("recovery_codes", False)])
def test_a_passkey_or_an_app_is_a_factor_and_recovery_codes_are_none(kind, holds) -> None:
    who = with_factor(person("Robin", ("registrar", "MITx")), kind)
    assert bool(at_the_door(who).grants) is holds


def test_a_page_leads_to_what_to_do_and_the_api_says_it() -> None:
    who = person("Robin", ("registrar", "MITx"), ("author", "HES"))
    robin, api = browser(who), Client(headers={"Authorization": f"Bearer {token_for(who)}"})
    page = robin.get("/desk/MITx/roles/")
    assert (page.status_code, page["Location"]) == (302, "/account/second-factor/")
    told = robin.get(page["Location"]).content.decode()
    assert "registrar, MITx" in told and "HES" not in told and '/accounts/2fa/webauthn/add/"' in told
    refused = api.get("/api/v1/accounts/roles", {"institution": "MITx"})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:linkspan:problem:second_factor_missing")
    assert robin.get("/account/").status_code == 200  # what is one's own goes on
    with_factor(who)
    assert robin.get("/desk/MITx/roles/").status_code == 200
    assert api.get("/api/v1/accounts/roles", {"institution": "MITx"}).status_code == 200
    assert api.get("/api/v1/accounts/roles", {"institution": "HES"}).json()["type"].endswith("not_permitted")


@pytest.mark.django_db(transaction=True)
def test_an_app_that_is_set_up_opens_the_roles_here_and_ends_what_was_signed_in_before() -> None:
    who = person("Robin", ("registrar", "MITx"))
    user = User.objects.get(id=who.person_id)
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    robin, elsewhere, token = Client(), Client(), token_for(who)
    for client in (robin, elsewhere):
        answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        assert answer["Location"] == "/account/second-factor/"
    robin.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = robin.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = hotp_value(secret, [*yield_hotp_counters_from_time()][-1])
    done = robin.post("/accounts/2fa/totp/activate/", {"code": f"{code:06d}"})
    assert done.status_code == 302, done.context["form"].errors
    assert robin.get("/desk/MITx/roles/").status_code == 200
    assert elsewhere.get("/desk/MITx/roles/")["Location"].startswith("/accounts/login/")
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert api.get("/api/v1/accounts/roles", {"institution": "MITx"}).status_code == 401
    assert audit.trail_of(f"accounts.user:{user.id}")[-1].verb == "end_sign_ins"
    again = elsewhere.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert again["Location"] == "/accounts/2fa/authenticate/"


def test_nobody_needs_one_where_the_setting_names_nobody(settings) -> None:
    settings.SECOND_FACTOR_ROLES = []
    who = person("Robin", ("registrar", "MITx"))
    assert at_the_door(who) == actor_for(who.person_id)


def test_the_setting_is_every_deciding_role_and_refuses_what_is_no_role(tmp_path) -> None:
    shown = linkspan(tmp_path, "config", "LINKSPAN_SECOND_FACTOR")
    assert shown.returncode == 0
    wrong = linkspan(tmp_path, "manage", "check", LINKSPAN_SECOND_FACTOR="registar")
    assert wrong.returncode == 2 and '"LINKSPAN_SECOND_FACTOR" invalid' in wrong.stderr


def test_an_operator_resets_a_factor_that_was_lost_and_nobody_else_does() -> None:
    robin = with_factor(with_factor(person("Robin", ("registrar", "MITx"))), "recovery_codes")
    page = f"/desk/MITx/roles/{robin.person_id}/"
    operator = person("Olga", ("operator", None))
    with_factor(operator)
    for other in (robin, with_factor(person("Rita", ("registrar", "MITx"))), person("Lea")):
        with pytest.raises(NotPermitted):
            reset_second_factor(actor=other, person_id=robin.person_id, why="Mine.", now=NOW)
    with pytest.raises(NotPermitted):
        reset_second_factor(actor=operator, person_id=operator.person_id, why="Mine.", now=NOW)
    session = browser(robin)
    assert browser(operator).post(page, {"do": "reset", "why": "Lost her phone."}).status_code == 302
    assert not Authenticator.objects.filter(user_id=robin.person_id).exists()
    assert session.get("/account/").status_code == 302 and at_the_door(robin).waiting == robin.grants
    entry = audit.trail_of(f"accounts.user:{robin.person_id}")[-1]
    assert (entry.verb, entry.actor_name, entry.why) == ("reset_second_factor", "Olga", "Lost her phone.")
    email = User.objects.get(id=robin.person_id).email
    assert main(["person", "reset-second-factor", email, "--reason", "Again."]) == 1
    assert main(["person", "reset-second-factor", "nobody@example.org", "--reason", "Again."]) == 2
