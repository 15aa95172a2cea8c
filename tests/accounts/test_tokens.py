"""Tokens of people for the API: made, scoped, listed and revoked by their owner."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.factories.people import NOW, browser, person

from linkspan.accounts import actions
from linkspan.accounts.models import PersonTokenRow, User
from linkspan.accounts.queries import tokens_of
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, Refused, Unusable

pytestmark = pytest.mark.django_db


def calls(token, method="get", path="/api/v1/tokens", **more):
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
    return getattr(Client(), method)(path, headers=headers, content_type="application/json", **more)


def test_a_token_is_made_scoped_listed_and_revoked_by_its_owner_alone() -> None:
    lea, eve = person("Lea"), person("Eve")
    page = browser(lea)
    shown = page.post("/account/sign-ins/", {"do": "make", "name": "Backup", "days": "7"})
    token = shown.context["token"]
    (held,) = tokens_of(lea)
    assert (held.name, held.scopes) == ("Backup", ("read",))
    assert timedelta(days=6) < held.ends_at - real_now() < timedelta(days=7)
    assert token not in page.get("/account/sign-ins/").content.decode()
    assert token not in str(vars(PersonTokenRow.objects.get()))
    assert [one["name"] for one in calls(token).json()] == ["Backup"] and calls("lsp_x").status_code == 401
    refused = calls(token, "post", f"/api/v1/tokens/{held.id}/revoke", data={})
    assert refused.status_code == 403 and "scope_missing" in refused.json()["type"]
    with pytest.raises(NotFound):
        actions.revoke_token(actor=eve, token_id=held.id, now=NOW)
    assert browser(eve).post("/account/sign-ins/", {"do": "revoke", "token": str(held.id)}).status_code == 404
    other = actions.make_token(actor=lea, now=NOW)
    assert calls(other, "post", f"/api/v1/tokens/{held.id}/revoke", data={}).status_code == 204
    assert calls(token).status_code == 401 and calls(other).status_code == 200
    (row,) = tokens_of(lea)
    page.post("/account/sign-ins/", {"do": "revoke", "token": str(row.id)})
    assert calls(other).status_code == 401 and tokens_of(lea) == ()


def test_a_token_has_roles_only_where_its_owner_said_so() -> None:
    robin = person("Robin", ("registrar", "MITx"))
    path = "/api/v1/providers?institution=MITx"
    assert calls(actions.make_token(actor=robin, now=NOW, scopes=["read"]), path=path).status_code == 403
    assert calls(actions.make_token(actor=robin, now=NOW, scopes=["read", "roles"]), path=path).status_code == 200


def test_a_token_ends_by_time_with_the_account_and_with_all_sign_ins() -> None:
    lea = person("Lea")
    tokens = [actions.make_token(actor=lea, now=NOW) for _ in range(2)]
    PersonTokenRow.objects.filter(id=tokens_of(lea)[0].id).update(ends_at=real_now())
    assert sorted(calls(one).status_code for one in tokens) == [200, 401]
    User.objects.filter(id=lea.person_id).update(is_active=False)
    assert {calls(one).status_code for one in tokens} == {401}
    User.objects.filter(id=lea.person_id).update(is_active=True)
    actions.end_sign_ins(actor=lea, now=NOW)
    assert {calls(one).status_code for one in tokens} == {401} and tokens_of(lea) == ()


@pytest.mark.parametrize(
    "told",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\0"},
        {"scopes": []},
        {"scopes": ["write"]},
        {"days": 0},
        {"days": 9_999},
    ],
)
def test_what_cannot_be_used_makes_no_token(told) -> None:
    lea = person("Lea")
    with pytest.raises(Unusable):
        actions.make_token(actor=lea, now=NOW, **told)
    assert tokens_of(lea) == ()


def test_nobody_has_more_than_twenty() -> None:
    lea = person("Lea")
    for _ in range(20):
        actions.make_token(actor=lea, now=NOW)
    with pytest.raises(Refused):
        actions.make_token(actor=lea, now=NOW)
    wrong = browser(lea).post("/account/sign-ins/", {"do": "make", "name": "One more", "days": "30"})
    assert wrong.status_code == 409 and b'value="One more"' in wrong.content
