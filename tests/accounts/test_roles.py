"""Roles: who may give them, how they are offered, taken and ended, and what ends with them."""

from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.accounts import actions
from linkspan.accounts.engines.links import token_of
from linkspan.accounts.models import RoleGrant, User
from linkspan.accounts.queries import access, actor_for
from linkspan.accounts.rules import Role, may_grant
from linkspan.accounts.rules.access import Terms, Wanted
from linkspan.institutions.actions import register_institution
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.versions import Changed
from linkspan.messages.models import MailRow, NoticeRow

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = Terms("Joins the office.")
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def schools():
    cache.clear()
    for code in ("MITx", "HES"):
        register_institution(
            actor=SYSTEM, code=code, name=code, country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
        )


@pytest.fixture
def registrar():
    person("Other Registrar", ("registrar", "MITx"))
    return person("Robin Registrar", ("registrar", "MITx"))


def confirmed(who: Actor) -> Actor:
    user = User.objects.get(id=who.person_id)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return who


def invited(by: Actor, email: str = "nia@example.org", role: str = "proctor", at: str = "MITx", terms=WHY):
    (made,) = actions.invite(actor=by, wanted=[Wanted(email, role, at)], terms=terms, now=domain_now()).done
    return made


def told() -> dict[str, set[str]]:
    """Who got a notice of which kind."""
    outbox.drain(now=domain_now())
    rows = NoticeRow.objects.values_list("kind", "recipient_id")
    found: dict[str, set[str]] = {}
    for kind, who in rows:
        found.setdefault(kind, set()).add(User.objects.get(id=who).email)
    return found


HOLDERS = [(role, at) for role in Role for at in ("MITx", None)]


@pytest.mark.parametrize(("holder", "role", "at"), list(product(HOLDERS, Role, ("MITx", "HES", ""))), ids=str)
def test_who_may_give_what(holder, role, at) -> None:
    actor = Actor(None, "somebody", frozenset({Grant(*holder)}))
    registrar_here = holder == ("registrar", "MITx") and at == "MITx"
    everywhere = holder == ("registrar", None) and at != ""
    platform = holder == ("operator", None) and (
        (at == "" and role in {"operator", "auditor"}) or (at != "" and role == "registrar")
    )
    assert may_grant(actor, role, at) == (((registrar_here or everywhere) and role != "operator") or platform)


def test_an_invitation_makes_an_account_once_with_that_address(registrar) -> None:
    made = invited(registrar, "  NIA@Example.org ")
    outbox.drain(now=domain_now())
    link = f"/invite/{token_of(made)}/"
    visitor = Client()
    assert visitor.get(link).status_code == 200
    typed = {"name": "Nia New", "password": PASSWORD, "again": PASSWORD}
    assert visitor.post(link, typed | {"again": "x"}).status_code == 422
    assert visitor.post(link, typed | {"password": "short", "again": "short"}).status_code == 422
    assert visitor.post(link, typed).status_code == 302
    user = User.objects.get(email="nia@example.org")
    assert (user.name, user.check_password(PASSWORD)) == ("Nia New", True)
    assert access.is_confirmed(user.id, user.email)
    assert actor_for(user.id).grants == {Grant("proctor", "MITx")}
    assert visitor.get("/account/").status_code == 200, "signed in"
    assert Client().post(link, typed).status_code == 404, "used once"
    assert told() == {"role_taken": {"robin.registrar@example.org"}}
    assert MailRow.objects.filter(to="").exclude(mailed_at=None).count() == 1, "sent, and to whom is forgotten"


def test_an_account_takes_it_with_its_confirmed_address_only(registrar) -> None:
    nia = person("Nia")
    token = token_of(invited(registrar, "nia@example.org"))
    stranger = confirmed(person("Lee Learner"))
    with pytest.raises(NotPermitted):
        actions.accept_invitation(actor=stranger, token=token, now=domain_now())
    user = User.objects.get(id=nia.person_id)
    user.set_password(PASSWORD)
    user.save()
    with pytest.raises(NotPermitted, match="Confirm"):
        actions.accept_invitation(actor=nia, token=token, now=domain_now())
    with pytest.raises(Refused, match="Sign in"):
        actions.join_by_invitation(token=token, name="Mallory", password=PASSWORD, now=domain_now())
    actions.accept_invitation(actor=confirmed(nia), token=token, now=domain_now())
    assert actor_for(nia.person_id).grants == {Grant("proctor", "MITx")}
    with pytest.raises(NotFound):
        actions.accept_invitation(actor=nia, token=token, now=domain_now())


def test_a_link_gives_no_password_to_an_account_that_was_closed(registrar) -> None:
    nia = person("Nia")
    actions.end_access(actor=SYSTEM, person_id=nia.person_id, institution="", why="Left.", now=domain_now())
    made = actions.invite(
        actor=registrar, wanted=[Wanted("nia@example.org", "proctor", "MITx")], terms=WHY, now=domain_now()
    )
    with pytest.raises(Refused, match="closed"):
        actions.join_by_invitation(token=token_of(made.done[0]), name="Nia", password=PASSWORD, now=domain_now())
    user = User.objects.get(id=nia.person_id)
    assert not user.has_usable_password() and not RoleGrant.objects.filter(user=user).exists()


@pytest.mark.parametrize("token", ["", "x", "0" * 32 + ".forged", token_of(UUID(int=7))[:-1], "é.\0"])
def test_a_made_up_link_opens_nothing(token) -> None:
    with pytest.raises(NotFound):
        access.offer(token, domain_now())


def test_it_expires_is_withdrawn_or_ends_with_its_inviter(registrar) -> None:
    nia = confirmed(person("Nia"))
    made = invited(registrar)
    with pytest.raises(NotFound):
        actions.accept_invitation(actor=nia, token=token_of(made), now=domain_now() + 8 * DAY)
    foreign = person("Foreign", ("registrar", "HES"))
    with pytest.raises(NotFound):
        actions.withdraw_invitation(actor=foreign, invitation_id=made, now=NOW)
    actions.withdraw_invitation(actor=registrar, invitation_id=made, now=domain_now())
    with pytest.raises(NotFound):
        actions.accept_invitation(actor=nia, token=token_of(made), now=domain_now())
    again = invited(registrar)
    actions.revoke_role(
        actor=SYSTEM, person_id=registrar.person_id, role="registrar", institution="MITx", now=domain_now()
    )
    with pytest.raises(Refused, match="no longer"):
        actions.accept_invitation(actor=nia, token=token_of(again), now=domain_now())


def test_a_bad_row_harms_nobody_else(registrar) -> None:
    wanted = [
        Wanted("no address", "proctor", "MITx"),
        Wanted("a@example.org", "wizard", "MITx"),
        Wanted("a@example.org", "operator", ""),
        Wanted("a@example.org", "proctor", "HES"),
        Wanted("robin.registrar@example.org", "dean", "MITx"),
        Wanted("a@example.org", "proctor", "MITx"),
        Wanted("a@example.org", "program_staff", "MITx"),
        Wanted("b@example.org", "reader", "MITx"),
    ]
    found = actions.invite(actor=registrar, wanted=wanted, terms=WHY, now=domain_now())
    codes = [row.code for row in found.failed]
    assert codes == [
        "email_unusable",
        "role_unknown",
        "not_permitted",
        "not_permitted",
        "own_role",
        "duties_together",
    ]
    open_now = {(row.email, row.role) for row in access.open_invitations(registrar, "MITx")}
    assert open_now == {("a@example.org", "proctor"), ("b@example.org", "reader")}
    with pytest.raises(NotPermitted):
        actions.invite(actor=person("Lee"), wanted=wanted, terms=WHY, now=NOW)
    operator = person("Olu", ("operator", None))
    unknown = actions.invite(
        actor=operator, wanted=[Wanted("c@example.org", "registrar", "Nowhere")], terms=WHY, now=NOW
    )
    assert [row.code for row in unknown.failed] == ["institution_unknown"]
    assert told() == {}


@pytest.mark.parametrize(
    "terms",
    [
        Terms(" "),
        Terms("x" * 501),
        Terms("x", ends_at=domain_now() - DAY),
        Terms("x", starts_at=domain_now() + 2 * DAY, ends_at=domain_now() + DAY),
    ],
)
def test_terms_are_checked(registrar, terms) -> None:
    with pytest.raises(Unusable):
        invited(registrar, terms=terms)


def test_duties_that_lie_apart_are_refused_unless_meant(registrar) -> None:
    person("Nia", ("program_staff", "MITx"))
    meant = Terms("A small school.", despite_duties=True)
    assert [row.code for row in _try(registrar, "registrar", WHY).failed] == ["duties_together"]
    assert [row.code for row in _try(registrar, "auditor", WHY).failed] == ["duties_together"]
    assert _try(registrar, "dean", WHY).failed == ()
    assert _try(registrar, "registrar", meant).failed == ()


def _try(by, role, terms):
    wanted = [Wanted("nia@example.org", role, "MITx")]
    return actions.invite(actor=by, wanted=wanted, terms=terms, now=domain_now())


def test_the_last_one_who_gives_roles_stays(registrar) -> None:
    other = User.objects.get(email="other.registrar@example.org").id
    now = domain_now()

    def take(who, by=SYSTEM):
        actions.revoke_role(actor=by, person_id=who, role="registrar", institution="MITx", now=now)

    lasting = Terms("x", ends_at=now + DAY)
    take(other)
    take(other)
    for attempt in (
        lambda: take(registrar.person_id),
        lambda: take(registrar.person_id, registrar),
        lambda: actions.end_access(actor=SYSTEM, person_id=registrar.person_id, institution="", why="Left.", now=now),
        lambda: actions.end_access(
            actor=registrar, person_id=registrar.person_id, institution="MITx", why="Left.", now=now
        ),
    ):
        with pytest.raises(Refused, match="last registrar"):
            attempt()
    wanted = [Wanted("robin.registrar@example.org", "registrar", "MITx")]
    made = actions.invite(actor=SYSTEM, wanted=wanted, terms=lasting, now=now)
    assert [row.code for row in made.failed] == ["last_one"]
    assert RoleGrant.objects.filter(role="registrar", institution="MITx").count() == 1


def test_leaving_ends_sessions_and_tokens_while_the_holder_works(registrar) -> None:
    ends = (
        lambda who: actions.revoke_role(
            actor=registrar, person_id=who, role="proctor", institution="MITx", now=domain_now(), why="Left."
        ),
        lambda who: actions.end_access(
            actor=registrar, person_id=who, institution="MITx", why="Left.", now=domain_now()
        ),
        lambda who: actions.end_access(actor=SYSTEM, person_id=who, institution="", why="Left.", now=domain_now()),
        _reach_last_day,
    )
    for number, end in enumerate(ends):
        paul = person(f"Paul Proctor {number}", ("proctor", "MITx"))
        page, token = browser(paul), {"Authorization": f"Bearer {token_for(paul)}"}
        assert (page.get("/account/").status_code, _api(token)) == (200, 200)
        end(paul.person_id)
        assert (page.get("/account/").status_code, _api(token)) == (302, 401)
        User.objects.filter(id=paul.person_id).update(is_active=True)
        assert (page.get("/account/").status_code, _api(token)) == (302, 401), "nothing comes back"


def test_a_token_is_made_by_page_and_ends_with_all_sign_ins() -> None:
    paul = person("Paul")
    page, elsewhere = browser(paul), browser(paul)
    assert page.get("/account/sign-ins/").status_code == 200
    assert page.post("/account/sign-ins/", {"do": "make", "days": "30"}).status_code == 422
    answer = page.post("/account/sign-ins/", {"do": "make", "name": "A script", "days": "30"})
    headers = {"Authorization": f"Bearer {answer.context['token']}"}
    assert answer.context["token"] in answer.content.decode()
    assert (_api(headers), _api({"Authorization": f"{headers['Authorization']}x"})) == (200, 401)
    assert page.post("/account/sign-ins/", {"do": "end"}).status_code == 302
    assert [one.get("/account/").status_code for one in (page, elsewhere)] == [302, 302]
    assert _api(headers) == 401
    again = {"Authorization": f"Bearer {token_for(paul)}", "Idempotency-Key": "1"}
    assert Client().post("/api/v1/accounts/sign-ins/end", headers=again).status_code == 204
    assert _api(again) == 401
    verbs = [entry.verb for entry in audit.trail_of(f"accounts.user:{paul.person_id}")]
    assert verbs == ["open_account", "make_token", "end_sign_ins", "make_token", "end_sign_ins"]


def _api(headers) -> int:
    return Client().get("/api/v1/messages/mine", headers=headers).status_code


def _reach_last_day(who) -> None:
    RoleGrant.objects.filter(user_id=who).update(ends_at=domain_now())
    assert actor_for(who).grants == frozenset(), "nothing is allowed from that very instant"
    assert actions.end_due_roles(now=domain_now()) == 1


def test_a_role_holds_between_its_days_and_its_end_is_told_to_its_holder_alone(registrar) -> None:
    paul = person("Paul Proctor", ("proctor", "MITx"))
    held = RoleGrant.objects.filter(user_id=paul.person_id)
    held.update(starts_at=domain_now() + DAY)
    assert actor_for(paul.person_id).grants == frozenset()
    held.update(starts_at=domain_now() - DAY, ends_at=domain_now() + DAY)
    assert actor_for(paul.person_id).grants == {Grant("proctor", "MITx")}
    assert actions.end_due_roles(now=domain_now()) == 0
    held.update(ends_at=domain_now())
    assert (actions.end_due_roles(now=domain_now()), actions.end_due_roles(now=domain_now())) == (1, 0)
    assert told() == {"role_ended": {"paul.proctor@example.org"}}
    history = access.role_history(registrar, paul.person_id, "MITx")
    assert [(one.verb, one.why) for one in history] == [("grant_role", ""), ("revoke_role", "Its last day is over.")]


def test_several_end_each_by_itself(registrar) -> None:
    paul, foreign = person("Paul", ("proctor", "MITx")), person("Fay", ("proctor", "HES"))
    ids = [RoleGrant.objects.get(user_id=who.person_id).id for who in (foreign, paul)]
    with pytest.raises(Unusable):
        actions.revoke_roles(actor=registrar, grant_ids=ids, why=" ", now=NOW)
    found = actions.revoke_roles(actor=registrar, grant_ids=ids, why="Left.", now=domain_now())
    assert [(row.one, row.code) for row in found.failed] == [(ids[0], "grant_unknown")]
    assert list(RoleGrant.objects.filter(id__in=ids).values_list("id", flat=True)) == [ids[0]]


@pytest.mark.parametrize("at", ["MITx", "HES"])
@pytest.mark.parametrize("role", [role for role in Role if role != "operator"])
def test_nobody_but_who_may_does_anything_here(registrar, role, at) -> None:
    if (role, at) == ("registrar", "MITx"):
        return
    paul = person("Paul", ("proctor", "MITx"))
    grant = RoleGrant.objects.get(user_id=paul.person_id).id
    made, who, here = invited(registrar), person("Who", (role, at)), {"institution": "MITx", "now": NOW}
    with pytest.raises(NotPermitted):
        actions.revoke_role(actor=who, person_id=paul.person_id, role="proctor", **here)
    for place in ("MITx", ""):
        with pytest.raises(NotPermitted):
            actions.end_access(actor=who, person_id=paul.person_id, institution=place, why="x", now=NOW)
    with pytest.raises(NotPermitted):
        actions.reopen_account(actor=who, person_id=paul.person_id, why="x", now=NOW)
    with pytest.raises(NotPermitted):
        actions.sign_review(actor=who, seen="", note="", **here)
    with pytest.raises(NotFound):
        actions.withdraw_invitation(actor=who, invitation_id=made, now=NOW)
    assert [row.code for row in actions.revoke_roles(actor=who, grant_ids=[grant], why="x", now=NOW).failed] == [
        "grant_unknown"
    ]
    if role == "registrar":
        assert [row.code for row in _try(who, "dean", WHY).failed] == ["not_permitted"]
    else:
        with pytest.raises(NotPermitted):
            _try(who, "dean", WHY)
    page, sees = browser(who), 200 if (role, at) == ("dean", "MITx") else 403
    assert page.get("/desk/MITx/roles/").status_code == sees
    assert page.get("/desk/MITx/roles.csv").status_code == sees
    assert page.get("/desk/MITx/roles/invite/").status_code == 403
    assert page.get("/desk/platform/roles/").status_code == 403
    assert RoleGrant.objects.filter(id=grant).exists()
    assert User.objects.get(id=paul.person_id).is_active


def test_the_list_is_signed_as_it_was_shown(registrar) -> None:
    person("=Evil, +1", ("proctor", "MITx"))
    found = access.list_to_sign(registrar, "MITx")
    shown = found.sha256
    assert len(found.rows) == 3
    made = actions.sign_review(actor=registrar, institution="MITx", seen=shown, note="Half year.", now=NOW)
    person("Late", ("proctor", "MITx"))
    with pytest.raises(Changed):
        actions.sign_review(actor=registrar, institution="MITx", seen=shown, note="", now=NOW)
    with pytest.raises(NotPermitted):
        actions.sign_review(actor=SYSTEM, institution="MITx", seen=shown, note="", now=NOW)
    assert len(access.signed_list(registrar, made)) == 3
    with pytest.raises(NotFound):
        access.signed_list(person("Fay", ("registrar", "HES")), made)
    assert [(one.by, one.count, one.note) for one in access.reviews_at(registrar, "MITx")] == [
        ("Robin Registrar", 3, "Half year.")
    ]
    page = browser(registrar)
    for address in ("/desk/MITx/roles.csv", f"/desk/MITx/roles/reviews/{made}.csv"):
        assert "'=Evil" in page.get(address).content.decode()


def test_the_console_by_page(registrar) -> None:
    page = browser(registrar)
    assert page.get("/desk/MITx/roles/invite/").status_code == 200
    form = {"emails": "a@example.org, b@example.org nonsense", "role": ["proctor", "reader"], "why": "Term."}
    answer = page.post("/desk/MITx/roles/invite/", form)
    told_ = answer.content.decode()
    assert answer.status_code == 409 and "nonsense" in told_ and "4 invitations are sent." in told_
    assert len(access.open_invitations(registrar, "MITx")) == 4
    for wrong in ({"why": ""}, {"ends": "2018-02-31"}, {"ends": "yesterday"}, {"emails": ""}, {"role": []}):
        assert page.post("/desk/MITx/roles/invite/", form | wrong).status_code == 422
    row = access.open_invitations(registrar, "MITx")[0]
    assert page.post(f"/desk/MITx/roles/invitations/{row.id}/withdraw/").status_code == 302
    paul = person("Paul Proctor", ("proctor", "MITx"))
    shown = page.get("/desk/MITx/roles/?q=paul").content.decode()
    assert "Paul Proctor" in shown and "Other Registrar" not in shown
    grant = RoleGrant.objects.get(user_id=paul.person_id).id
    assert page.post("/desk/MITx/roles/end/", {"grant": ["x"], "why": "Left."}).status_code == 404
    assert page.post("/desk/MITx/roles/end/", {"grant": [grant], "why": ""}).status_code == 422
    assert page.post("/desk/MITx/roles/end/", {"grant": [grant], "why": "Left."}).status_code == 302
    assert "Left." in page.get(f"/desk/MITx/roles/{paul.person_id}/").content.decode()
    review = page.get("/desk/MITx/roles/review/").context["sha256"]
    assert page.post("/desk/MITx/roles/review/", {"list": review}).status_code == 302
    assert "Robin Registrar" in page.get("/desk/roles/").content.decode()


def test_an_operator_closes_and_opens_an_account_by_page() -> None:
    person("Ada", ("operator", None))
    page = browser(person("Olu", ("operator", None)))
    paul = person("Paul", ("auditor", None))
    address = f"/desk/platform/roles/{paul.person_id}/"
    assert page.post(address, {"do": "end", "why": "Left."}).status_code == 302
    assert not User.objects.get(id=paul.person_id).is_active
    assert page.post(address, {"do": "reopen", "why": "A mistake."}).status_code == 302
    assert (User.objects.get(id=paul.person_id).is_active, actor_for(paul.person_id).grants) == (True, frozenset())
    verbs = [entry.verb for entry in audit.trail_of(f"accounts.user:{paul.person_id}")]
    assert verbs == ["open_account", "grant_role", "revoke_role", "close_account", "reopen_account"]


def test_the_console_by_api(registrar) -> None:
    def post(path, body, key):
        headers = {"Authorization": f"Bearer {token_for(registrar)}", "Idempotency-Key": key}
        return Client().post(f"/api/v1/accounts/{path}", body, content_type="application/json", headers=headers)

    people = [{"email": "a@example.org", "role": "proctor", "institution": at} for at in ("MITx", "HES")]
    answer = post("invitations", {"people": people, "why": "Term."}, "1")
    assert (len(answer.json()["invited"]), [row["code"] for row in answer.json()["failed"]]) == (1, ["not_permitted"])
    assert post("invitations", {"people": people, "why": "Term."}, "1").json() == answer.json()
    headers = {"Authorization": f"Bearer {token_for(registrar)}"}
    seen = Client().get("/api/v1/accounts/roles?institution=MITx", headers=headers).json()
    assert (seen["total"], len(seen["invitations"])) == (2, 1)
    shown = Client().get("/api/v1/accounts/roles/list?institution=MITx", headers=headers).json()
    assert post("roles/reviews", {"institution": "MITx", "list": shown["list"]}, "2").status_code == 200
    other = User.objects.get(email="other.registrar@example.org").id
    assert post(f"{other}/end", {"institution": "MITx", "why": "Left."}, "3").status_code == 204
    assert post(f"{other}/end", {"why": "Left."}, "4").status_code == 403
    assert post(f"invitations/{answer.json()['invited'][0]}/withdraw", None, "5").status_code == 204
    assert Client().get("/api/v1/accounts/roles?institution=HES", headers=headers).status_code == 403
