"""SCIM 2.0 for staff: who comes, changes and leaves as the directory says, and what it cannot do."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.accounts import actions
from linkspan.accounts.models import IdentityProviderRow, RoleGrant, ScimTokenRow, User
from linkspan.accounts.queries import actor_for, scim_mappings, scim_tokens
from linkspan.accounts.queries.doors import entering
from linkspan.institutions.actions import register_institution
from linkspan.kernel import audit, outbox
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxDelivery

pytestmark = pytest.mark.django_db
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BOTH = ["scim:read", "scim:write"]


@pytest.fixture(autouse=True)
def schools():
    for code in ("MITx", "HES"):
        register_institution(
            actor=SYSTEM, code=code, name=code, country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
        )
        IdentityProviderRow.objects.create(
            institution=code,
            name=code,
            issuer="https://x",
            client_id=code,
            secret="",
            domains=[f"{code.lower()}.example"],
            claims={},
            added_at=NOW,
        )


class Directory:
    """A directory that speaks SCIM with a token of its own."""

    def __init__(self, school="MITx", scopes=BOTH) -> None:
        _, self.token = actions.make_scim_token(
            actor=SYSTEM, institution=school, name="Entra", scopes=scopes, now=real_now()
        )
        self.client = Client(headers={"Authorization": f"Bearer {self.token}"})

    def __call__(self, method, path, body=None, **asked):
        sent = (
            {"data": json.dumps(body), "content_type": "application/scim+json"} if body is not None else {"data": asked}
        )
        return getattr(self.client, method)(f"/scim/v2/{path}", **sent)

    def enters(self, who, **more) -> str:
        answer = self("post", "Users", {"userName": f"{who}@mitx.example", "displayName": who.title(), **more})
        assert answer.status_code == 201, answer.content
        return answer.json()["id"]

    def group(self, name, *members) -> str:
        body = {"displayName": name, "members": [{"value": one} for one in members]}
        answer = self("post", "Groups", body)
        assert answer.status_code == 201, answer.content
        return answer.json()["id"]

    def patch(self, path, *operations):
        return self("patch", path, {"schemas": [PATCH], "Operations": list(operations)})


@pytest.fixture
def entra():
    return Directory()


def roles(name) -> list[str]:
    rows = RoleGrant.objects.filter(user__email=f"{name}@mitx.example").order_by("institution", "role")
    return [f"{row.institution} {row.role}" for row in rows]


def mapped(group, role, school="MITx") -> None:
    actions.map_group(actor=SYSTEM, institution=school, group=group, role=role, now=NOW)


def error(answer) -> tuple[int, str]:
    body = answer.json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (body["status"], answer["Content-Type"]) == (str(answer.status_code), "application/scim+json")
    return answer.status_code, body.get("scimType", "")


def test_people_and_groups_become_roles_and_a_leaver_is_out_at_once(entra) -> None:
    mapped("Proctors", "proctor")
    ada = entra.enters("ada", externalId="e-1", name={"givenName": "Ada", "familyName": "Sample"})
    group = entra.group("Proctors", ada)
    assert roles("ada") == ["MITx proctor"]
    user = User.objects.get()
    assert (user.name, user.has_usable_password()) == ("Ada", False)
    actions.grant_role(actor=SYSTEM, person_id=user.id, role="author", institution="MITx", now=NOW)
    actions.grant_role(actor=SYSTEM, person_id=user.id, role="reader", institution="HES", now=NOW)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    who = actor_for(user.id)
    session, token, bystander = browser(who), token_for(who), browser(person("Bea"))
    outbox.drain(now=real_now())
    before = OutboxDelivery.objects.exclude(state="done").count()
    gone = entra.patch(f"Users/{ada}", {"op": "Replace", "path": "active", "value": "False"})
    assert gone.status_code == 200 and gone.json()["active"] is False
    # Nothing of the end itself waits in the queue: what is left there tells the person alone.
    left = OutboxDelivery.objects.exclude(state="done").select_related("message")
    assert {one.message.event for one in left} - {"accounts.RoleEnded"} == set() and before == 0
    assert roles("ada") == ["HES reader"] and session.get("/account/").status_code == 302
    api = Client(headers={"Authorization": f"Bearer {token}"})
    assert api.get("/api/v1/providers/connections").status_code == 401
    assert bystander.get("/account/").status_code == 200
    outbox.drain(now=real_now())
    assert OutboxDelivery.objects.exclude(state="done").count() == 0
    back = entra.patch(f"Users/{ada}", {"op": "replace", "value": {"active": True}})  # as Okta sends it
    assert back.status_code == 200 and roles("ada") == ["HES reader", "MITx proctor"]
    assert entra("delete", f"Groups/{group}").status_code == 204 and roles("ada") == ["HES reader"]
    assert entra("delete", f"Users/{ada}").status_code == 204
    assert error(entra("get", f"Users/{ada}")) == (404, "")
    assert User.objects.filter(id=user.id, is_active=True).exists()
    verbs = [one.verb for one in audit.trail_of(f"accounts.user:{user.id}") if "scim" in one.verb]
    assert verbs == ["enter_scim_user", "change_scim_user", "change_scim_user", "remove_scim_user"]


def test_groups_change_by_every_form_that_directories_send(entra) -> None:
    mapped("Proctors", "proctor")
    ada, bob, cy = (entra.enters(name) for name in ("ada", "bob", "cy"))
    group = entra.group("Proctors")

    def held():
        return "".join(name[0] for name in ("ada", "bob", "cy") if roles(name) == ["MITx proctor"])

    steps = [
        ({"op": "Add", "path": "members", "value": [{"value": ada}]}, "a"),
        ({"op": "add", "value": {"members": [{"value": bob}]}}, "ab"),
        ({"op": "Remove", "path": f'members[value eq "{ada}"]'}, "b"),
        ({"op": "replace", "path": "members", "value": [{"value": ada}, {"value": cy}]}, "ac"),
        ({"op": "Remove", "path": "members", "value": [{"value": cy}]}, "a"),
        ({"op": "replace", "value": {"id": group, "displayName": "Others"}}, ""),
        ({"op": "Replace", "path": "displayName", "value": "Proctors"}, "a"),
        ({"op": "remove", "path": "members"}, ""),
    ]
    for operation, wanted in steps:
        assert entra.patch(f"Groups/{group}", operation).status_code == 200 and held() == wanted, operation
    put = {"displayName": "Proctors", "members": [{"value": bob}], "externalId": "g-1"}
    assert entra("put", f"Groups/{group}", put).json()["members"] == [{"value": bob, "display": "bob@mitx.example"}]
    assert held() == "b"
    mapped("Proctors", "author")
    assert roles("bob") == ["MITx author"]
    mapped("Proctors", "")
    assert roles("bob") == []


def test_users_change_by_every_form_that_directories_send(entra) -> None:
    ada = entra.enters("ada", emails=[{"value": "a@mitx.example", "primary": True}, {"value": "b@mitx.example"}])
    operations = [
        {"op": "Replace", "path": "name.givenName", "value": "Ada"},
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "c@mitx.example"},
        {"op": "replace", "value": {"name.familyName": "Sample", "externalId": "e-9", "title": "Dr"}},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "X"},
        {"op": "Replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:displayName", "value": "Ada S"},
    ]
    told = entra.patch(f"Users/{ada}", *operations).json()
    assert told["name"] == {"givenName": "Ada", "familyName": "Sample"} and told["displayName"] == "Ada S"
    assert [one["value"] for one in told["emails"]] == ["c@mitx.example"] and told["externalId"] == "e-9"
    assert entra("put", f"Users/{ada}", {"userName": "ada@mitx.example"}).json().get("name") is None
    # The account is known by its id: what the directory says changes nothing that is the person's own.
    assert (User.objects.get().email, User.objects.get().name) == ("a@mitx.example", "Ada")


def test_lists_are_found_by_name_and_paged(entra) -> None:
    ids = [entra.enters(name, externalId=f"e-{name}") for name in ("ada", "bob", "cy")]
    found = entra("get", "Users", filter='userName eq "BOB@mitx.example"').json()
    assert (found["totalResults"], [one["id"] for one in found["Resources"]]) == (1, [ids[1]])
    found = entra("get", "Users", filter='urn:ietf:params:scim:schemas:core:2.0:User:externalId EQ "e-cy"').json()
    assert [one["id"] for one in found["Resources"]] == [ids[2]]
    page = entra("get", "Users", startIndex="2", count="1").json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)
    assert [one["id"] for one in page["Resources"]] == [ids[1]]
    assert entra("get", "Users", count="0").json()["Resources"] == []
    group = entra.group("G", *ids)
    listed = entra("get", "Groups", filter='displayName eq "G"', excludedAttributes="members").json()["Resources"]
    assert [(one["id"], "members" in one) for one in listed] == [(group, False)]
    for wrong in (
        'userName sw "a"',
        'userName eq "a" or userName eq "b"',
        "x",
        'password eq "a"',
        "userName eq a",
        '("',
    ):
        assert error(entra("get", "Users", filter=wrong)) == (400, "invalidFilter"), wrong
    for wrong in ({"startIndex": "x"}, {"count": "9" * 30}):
        assert error(entra("get", "Users", **wrong)) == (400, "invalidValue")
    for what in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
        assert entra("get", what).status_code == 200


def test_duties_that_lie_apart_are_refused_and_nothing_is_half_done(entra) -> None:
    mapped("Staff", "program_staff")
    mapped("Registrars", "registrar")
    ada, bob = entra.enters("ada"), entra.enters("bob")
    entra.group("Staff", ada)
    body = {"displayName": "Registrars", "members": [{"value": bob}, {"value": ada}]}
    answer = entra("post", "Groups", body)
    assert error(answer) == (400, "invalidValue") and "approve" in answer.json()["detail"]
    assert (roles("ada"), roles("bob")) == (["MITx program_staff"], [])
    assert entra("get", "Groups").json()["totalResults"] == 1


def test_roles_that_decide_wait_for_a_second_factor_and_the_last_registrar_leaves_too(entra, settings) -> None:
    settings.SECOND_FACTOR_ROLES = ["registrar"]
    mapped("Registrars", "registrar")
    ada = entra.enters("ada")
    entra.group("Registrars", ada)
    user = User.objects.get()
    assert [grant.role for grant in entering(user).waiting] == ["registrar"] and entering(user).grants == frozenset()
    assert entra.patch(f"Users/{ada}", {"op": "replace", "path": "active", "value": False}).status_code == 200
    assert roles("ada") == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "invalidValue"),
        ({"userName": ""}, "invalidValue"),
        ({"userName": 5}, "invalidValue"),
        ({"userName": "x" * 300}, "invalidValue"),
        ({"userName": "ada\0@mitx.example"}, "invalidValue"),
        ({"userName": "ada"}, "invalidValue"),
        ({"userName": "ada@hes.example"}, "invalidValue"),
        ({"userName": "ada", "emails": [{"value": "ada@evil.mitx.example"}]}, "invalidValue"),
        ({"userName": "ada@mitx.example", "active": "perhaps"}, "invalidValue"),
        ({"userName": "ada@mitx.example", "emails": ["x"]}, "invalidValue"),
        ({"userName": "ada@mitx.example", "favourite": "x"}, "invalidPath"),
        ([], "invalidSyntax"),
        ("x", "invalidSyntax"),
    ],
)
def test_what_cannot_be_used_enters_nobody(entra, body, kind) -> None:
    assert error(entra("post", "Users", body)) == (400, kind)
    assert User.objects.count() == 0


def test_changes_that_cannot_be_used_change_nothing(entra) -> None:
    ada = entra.enters("ada")
    entra.enters("bob")
    group = entra.group("G", ada)
    for operations, kind in (
        ([], "invalidSyntax"),
        ([{"op": "test", "path": "active"}], "invalidSyntax"),
        ([{"op": "remove"}], "noTarget"),
        (
            [{"op": "replace", "path": "active", "value": False}, {"op": "add", "path": "nope", "value": 1}],
            "invalidPath",
        ),
        ([{"op": "replace", "value": "x"}], "invalidValue"),
        ([{"op": "replace", "path": "userName", "value": ""}], "invalidValue"),
    ):
        assert error(entra.patch(f"Users/{ada}", *operations)) == (400, kind), operations
    assert error(entra("patch", f"Users/{ada}", {"Operations": []})) == (400, "invalidSyntax")
    assert error(entra.patch(f"Users/{ada}", {"op": "replace", "path": "userName", "value": "BOB@mitx.example"})) == (
        409,
        "uniqueness",
    )
    assert error(entra("post", "Users", {"userName": "Ada@MITx.example"})) == (409, "uniqueness")
    assert error(entra("post", "Groups", {"displayName": "G"})) == (409, "uniqueness")
    for members in ([{"value": "x"}], [{"value": group}], "x", [{}], [{"value": ada}] * 5_001):
        assert error(entra.patch(f"Groups/{group}", {"op": "add", "path": "members", "value": members}))[0] == 400
    assert entra("get", f"Users/{ada}").json()["active"] is True
    assert error(entra("get", "Users/x")) == (404, "") and error(entra("post", f"Users/{ada}", {})) == (405, "")
    deep = entra.client.post("/scim/v2/Users", "[" * 100_000, content_type="application/scim+json")
    assert error(deep) == (400, "invalidSyntax")


def test_a_stranger_who_opened_the_account_gets_no_role(entra) -> None:
    eve = User.objects.create_user("ada@mitx.example", "a password of a stranger")
    EmailAddress.objects.create(user=eve, email=eve.email, verified=False, primary=True)
    assert error(entra("post", "Users", {"userName": "ada@mitx.example"})) == (400, "invalidValue")


def test_a_token_opens_its_own_institution_as_far_as_it_goes(entra) -> None:
    hes, reads = Directory("HES"), Directory(scopes=["scim:read"])
    ada = entra.enters("ada")
    group = entra.group("G", ada)
    for path in (f"Users/{ada}", f"Groups/{group}"):
        for method in ("get", "delete"):
            assert error(hes(method, path)) == (404, "")
    assert error(hes.patch(f"Users/{ada}", {"op": "replace", "path": "active", "value": False})) == (404, "")
    assert error(hes("post", "Groups", {"displayName": "G", "members": [{"value": ada}]})) == (400, "invalidValue")
    assert hes("get", "Users").json()["totalResults"] == 0
    assert reads("get", "Users").json()["totalResults"] == 1
    assert error(reads("delete", f"Users/{ada}")) == (403, "")
    held = {row.name: row for row in ScimTokenRow.objects.filter(institution="MITx")}["Entra"]
    assert entra.token not in str(vars(held))
    for header in (
        "",
        "Bearer",
        "Bearer x",
        f"Basic {entra.token}",
        f"Bearer {token_for(person('Olga', ('operator', None)))}",
    ):
        answer = Client(headers={"Authorization": header}).get("/scim/v2/Users")
        assert error(answer) == (401, "") and answer["WWW-Authenticate"].startswith("Bearer")
    held.ends_at = real_now() - timedelta(seconds=1)
    ScimTokenRow.objects.all().update(ends_at=held.ends_at)
    assert error(entra("get", "Users")) == (401, "")


def test_registrars_make_tokens_and_say_what_groups_are_by_page_and_api() -> None:
    robin = person("Robin Registrar", ("registrar", "MITx"))
    page = "/desk/MITx/directory/"
    client = browser(robin)
    shown = client.post(page, {"do": "make", "name": "Okta", "scope": "scim:write"}).content.decode()
    (row,) = scim_tokens(robin, "MITx")
    token = shown.split("<code>")[1].split("<")[0]
    assert token.startswith("scim_") and token not in client.get(page).content.decode()
    works = Client(headers={"Authorization": f"Bearer {token}"})
    assert works.get("/scim/v2/Users").status_code == 200
    wrong = client.post(page, {"do": "map", "group": "Proctors", "role": "operator"})
    assert wrong.status_code == 422 and b'value="Proctors"' in wrong.content
    client.post(page, {"do": "map", "group": "Proctors", "role": "proctor"})
    assert [(one.group, one.role) for one in scim_mappings(robin, "MITx")] == [("Proctors", "proctor")]
    client.post(page, {"do": "unmap", "group": "Proctors"})
    assert scim_mappings(robin, "MITx") == ()
    client.post(page, {"do": "revoke", "token": str(row.id)})
    assert works.get("/scim/v2/Users").status_code == 401
    api = Client(headers={"Authorization": f"Bearer {token_for(robin)}"})
    sent = {"content_type": "application/json", "headers": {"Idempotency-Key": "1"}}
    body = {"institution": "MITx", "name": "Entra", "scopes": BOTH}
    assert api.post("/api/v1/directories/tokens", body, **sent).json()["token"].startswith("scim_")
    mapping = {"institution": "MITx", "group": "G", "role": "author"}
    assert api.post("/api/v1/directories/groups", mapping, **sent).status_code == 204
    assert [one["role"] for one in api.get("/api/v1/directories/groups", {"institution": "MITx"}).json()] == ["author"]


def test_nobody_else_lets_a_directory_in_and_nobody_gives_a_role_to_themselves() -> None:
    robin = person("Robin Registrar", ("registrar", "MITx"))
    made, _ = actions.make_scim_token(actor=robin, institution="MITx", name="A", scopes=BOTH, now=NOW)
    for other in (person("Hal R", ("registrar", "HES")), person("Dora D", ("dean", "MITx")), person("Lea L")):
        for act in (
            lambda a: actions.make_scim_token(actor=a, institution="MITx", name="A", scopes=BOTH, now=NOW),
            lambda a: actions.map_group(actor=a, institution="MITx", group="G", role="author", now=NOW),
            lambda a: scim_tokens(a, "MITx"),
            lambda a: scim_mappings(a, "MITx"),
        ):
            with pytest.raises(NotPermitted):
                act(other)
        with pytest.raises(NotFound):
            actions.revoke_scim_token(actor=other, token_id=made, now=NOW)
    with pytest.raises(NotPermitted):
        operator = person("Olga", ("operator", None))
        actions.map_group(actor=operator, institution="MITx", group="G", role="dean", now=NOW)
    with pytest.raises(Unusable):
        actions.map_group(actor=robin, institution="MITx", group="G", role="auditor", now=NOW)
    entra = Directory()
    User.objects.filter(id=robin.person_id).update(email="robin@mitx.example")
    entra.group("Deans", entra.enters("robin"))
    with pytest.raises(Refused, match="themselves"):
        actions.map_group(actor=robin, institution="MITx", group="Deans", role="dean", now=NOW)
    assert roles("robin") == ["MITx registrar"]
