"""Two accounts of one person become one: what moves, what stays, what stands in the way, and who may."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Event

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection, transaction
from django.db.models import UniqueConstraint
from django.test import Client
from tests.factories.acts import confirmed
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.runs import RUN, put_run
from tests.factories.world import load_world, load_world_with_holders

from linkspan.accounts import actions, queries
from linkspan.accounts.engines.proofs import proof_of
from linkspan.accounts.models import Consent, MergeRow
from linkspan.accounts.queries import actor_for
from linkspan.courseware.models import AttemptRow as WorkRow
from linkspan.courseware.models import StateRow, UsernameLinkRow
from linkspan.credentials.models import CredentialRow, HolderRow
from linkspan.credentials.queries import judge
from linkspan.enrolment.events import LearnerEnrolled
from linkspan.enrolment.models import EnrolmentRow
from linkspan.kernel import audit, held, merging, outbox
from linkspan.kernel.aliases import old_ids_of, present_id
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.merges import Way
from linkspan.kernel.models import OutboxDelivery, TrailEntry
from linkspan.messages.models import MailRow, NoticeRow
from linkspan.pathways.actions import store_audit
from linkspan.pathways.queries import agreements_on, stored_audit
from linkspan.records.models import FactCheckRow, FactRow
from linkspan.records.queries import learner_record
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
User = get_user_model()
postgres_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
PASSWORD = "a long enough one"
PAGE, CALL = "/account/join/", "/api/v1/merging"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())


def account(name: str, *roles):
    """A person with a password and a confirmed address."""
    who = person(name, *roles)
    user = User.objects.get(id=who.person_id)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return actor_for(who.person_id)


def address_of(who) -> str:
    return User.objects.get(id=who.person_id).email


def shown(stays, ends):
    """The wish of who holds both accounts, proved by the password of the other one."""
    known = {"email": address_of(ends), "password": PASSWORD}
    return actions.prove_merge_by_password(actor=stays, now=NOW, **known)


def join(stays, ends):
    merge_id = shown(stays, ends)
    made = actions.merge_own_accounts(actor=stays, merge_id=merge_id, now=NOW)
    outbox.drain(now=NOW)
    return made


def ways(stays, ends) -> list[str]:
    """The codes of what stands in the way."""
    found = queries.merge_prospect(stays, shown(stays, ends), NOW)
    return [one.reason.code for one in found.obstacles]


def enrolled(who, run=RUN, **more) -> EnrolmentRow:
    given = {"track": "audit", "state": "active", "at": NOW} | more
    return EnrolmentRow.objects.create(learner_id=who.person_id, run_id=run, **given)


def work(who, run=RUN) -> None:
    told = {"usage": "problem/one", "earned": 1, "possible": 1, "answers": {}, "at": NOW}
    WorkRow.objects.create(learner_id=who.person_id, run_id=run, **told)


def mails_to(address: str) -> list[str]:
    return [message.subject for message in mail.outbox if message.to == [address]]


def test_every_table_about_people_says_what_becomes_of_its_rows() -> None:
    ours = [table for table in held.tables() if table.model.__module__.startswith("linkspan.")]
    assert [table.name for table in ours if "AT_MERGE" not in vars(table.model)] == []
    for table in ours:
        rule, names = table.at_merge, {field.attname for field in table.model._meta.concrete_fields}
        named = {*rule.key, *([rule.same] if rule.same else []), *(rule.better or {})}
        assert named <= names, table.name
        # Only what belongs to another row by a key follows it; what names its person by itself says for itself.
        assert (rule.way is Way.FOLLOWS) <= ("__" in table.way), table.name
        assert rule.way is not Way.MOVES or "__" not in table.way, table.name
        constraints = [one for one in table.model._meta.constraints if isinstance(one, UniqueConstraint)]
        once = [{table.model._meta.get_field(name).attname for name in one.fields} for one in constraints]
        for fields in (fields for fields in once if table.way in fields and rule.way is Way.MOVES):
            never_both = any(not condition for condition, _sentence in rule.halts)
            assert never_both or (rule.key and set(rule.key) < fields), f"{table.name}: which row of {fields} is kept?"


def test_what_both_held_is_the_persons_and_what_is_written_down_stays() -> None:
    _cast, holders = load_world_with_holders()
    ends = actor_for(next(iter(holders.values())))
    old = User.objects.get(id=ends.person_id)
    old.set_password(PASSWORD)
    old.save()
    EmailAddress.objects.get_or_create(user=old, email=old.email, defaults={"verified": True, "primary": True})
    address, stays = old.email, account("Ada Kept")
    record = learner_record(ends, ends.person_id)
    on = {"agreement_id": agreements_on(NOW.date())[0].id, "record": record, "on": NOW.date(), "now": NOW}
    audit_id, _ = store_audit(actor=ends, learner_id=ends.person_id, **on)
    document = CredentialRow.objects.get(learner_id=ends.person_id).document
    facts = FactRow.objects.filter(learner_id=ends.person_id).count()
    checks = FactCheckRow.objects.filter(learner_id=ends.person_id).count()
    link = {"institution": "MITx", "place": "edx.example.org", "username": "ada", "proof": "code", "state": "linked"}
    UsernameLinkRow.objects.create(learner_id=ends.person_id, by_name="Ada", at=NOW, **link)
    SocialAccount.objects.create(user=old, provider="mit", uid="ada")
    Authenticator.objects.create(user=User.objects.get(id=stays.person_id), type="totp", data={})
    client, token = browser(ends), token_for(ends)
    outbox.drain(now=NOW)
    mail.outbox.clear()

    made = join(stays, ends)
    assert made.state == "done" and made.moved["records"] == facts + checks
    assert FactRow.objects.filter(learner_id=stays.person_id).count() == facts
    # Signed credentials and stored audits are as they were, and the person's still.
    row = CredentialRow.objects.get(learner_id=stays.person_id)
    assert row.document == document and judge(document, NOW).verdict == "valid"
    assert stored_audit(stays, audit_id).learner_id == ends.person_id
    assert main(["audits", "replay", str(audit_id)]) == 0 and list(audit.broken_links()) == []
    assert TrailEntry.objects.filter(actor_id=ends.person_id).exists()
    assert (present_id(ends.person_id), old_ids_of(stays.person_id)) == (stays.person_id, (ends.person_id,))
    # Ways in: both addresses lead to the one account; sessions and tokens of the other end.
    assert UsernameLinkRow.objects.get(username="ada").learner_id == stays.person_id
    assert SocialAccount.objects.get(uid="ada").user_id == stays.person_id
    assert Authenticator.objects.filter(user_id=stays.person_id).count() == 1
    assert set(EmailAddress.objects.values_list("user_id", "email", "verified", "primary")) >= {
        (stays.person_id, address, True, False),
        (stays.person_id, "ada.kept@example.org", True, True),
    }
    assert client.get("/dashboard/").status_code == 302
    assert Client().get("/api/v1/accounts/mine/held", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    for way in (
        queries.person_id_by_email,
        lambda email: actions.open_account(actor=SYSTEM, email=email, name="x", now=NOW),
    ):
        assert way(address) == stays.person_id
    # Both are told, and nobody else; where the second mail went is forgotten.
    assert mails_to(address) == ["Your two accounts are one"]
    assert "Your two accounts are one" in mails_to("ada.kept@example.org")
    assert NoticeRow.objects.filter(kind="accounts_merged").count() == 1
    assert not MergeRow.objects.exclude(last_address="").exists() and not MailRow.objects.filter(to=address).exists()
    assert not OutboxDelivery.objects.filter(state="waiting").exists()
    # The copy of what is held has what stayed under the old id too.
    acted = held.rows_about(_table("kernel_trail_entry"), stays.person_id).values_list("actor_id", flat=True)
    assert ends.person_id in set(acted)
    assert held.counts_of(stays.person_id)["pathways"] == 1


def _table(name: str) -> held.Table:
    return next(table for table in held.tables() if table.name == name)


def test_a_second_time_nothing_changes() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    enrolled(ends)
    merge_id = shown(stays, ends)
    first = actions.merge_own_accounts(actor=stays, merge_id=merge_id, now=NOW)
    outbox.drain(now=NOW)
    before = (TrailEntry.objects.count(), MailRow.objects.count(), len(mail.outbox))
    assert actions.merge_own_accounts(actor=stays, merge_id=merge_id, now=NOW) == first
    assert (TrailEntry.objects.count(), MailRow.objects.count(), len(mail.outbox)) == before
    with pytest.raises(NotPermitted):
        shown(stays, ends)


def test_a_chain_of_joined_accounts_leads_to_the_last() -> None:
    first, second, third = account("Ada A"), account("Ada B"), account("Ada C")
    addresses = [address_of(one) for one in (first, second, third)]
    enrolled(first)
    join(second, first)
    join(actor_for(third.person_id), actor_for(second.person_id))
    assert old_ids_of(third.person_id) == (first.person_id, second.person_id)
    assert {queries.person_id_by_email(one) for one in addresses} == {third.person_id}
    assert EnrolmentRow.objects.get().learner_id == third.person_id


def test_what_comes_in_late_is_brought_along() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    merge_id = shown(stays, ends)
    outbox.publish(LearnerEnrolled(ends.person_id, RUN, "SC0x", "audit"), now=NOW)
    actions.merge_own_accounts(actor=stays, merge_id=merge_id, now=NOW)
    told = OutboxDelivery.objects.filter(message__event="enrolment.LearnerEnrolled")
    assert {one.message.payload["learner_id"] for one in told.select_related("message")} == {str(stays.person_id)}
    enrolled(ends)  # by somebody who had begun before
    assert actions.bring_late(now=NOW + timedelta(minutes=1)) == 1
    assert EnrolmentRow.objects.get().learner_id == stays.person_id
    assert actions.bring_late(now=NOW + timedelta(days=2)) == 0


def test_of_two_enrolments_in_one_run_the_better_one_is_kept() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    enrolled(stays, state="withdrawn")
    mine = enrolled(ends, track="verified")
    other = enrolled(stays, run="course-v1:MITx+SC1x+1T2018", track="verified")
    enrolled(ends, run="course-v1:MITx+SC1x+1T2018")
    StateRow.objects.create(learner_id=stays.person_id, run_id=RUN, usage="problem/one", state={"a": 1}, changed_at=NOW)
    StateRow.objects.create(learner_id=ends.person_id, run_id=RUN, usage="problem/one", state={"a": 2}, changed_at=NOW)
    work(ends)
    join(stays, ends)
    held_now = EnrolmentRow.objects.filter(learner_id=stays.person_id)
    assert {row.id for row in held_now} == {mine.id, other.id}
    assert StateRow.objects.get(learner_id=stays.person_id).state == {"a": 2}, "where the work was done"
    # The others stay as history, and are in the copy.
    assert EnrolmentRow.objects.filter(learner_id=ends.person_id).count() == 2
    assert held.counts_of(stays.person_id)["enrolment"] == 4


def test_consents_are_not_widened() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    put_run()

    def consent(who, institution, records=("grades",), days=100):
        told = {"purpose": "admission", "records": list(records), "given_at": NOW, "signed_name": "Ada"}
        return Consent.objects.create(
            learner_id=who.person_id, institution=institution, expires_at=NOW + timedelta(days=days), **told
        )

    FactRow.objects.create(
        learner_id=ends.person_id, kind="degree", key="one", data={}, source="self", recorded_at=NOW, recorded_by="Ada"
    )
    widened, both = consent(stays, "HES"), consent(stays, "MIT", days=90)
    harmless, wider = consent(ends, "RWTH"), consent(ends, "MIT")
    found = queries.merge_prospect(stays, shown(stays, ends), NOW)
    assert found.consents_end == ("HES",), "it would show what the other account holds"
    join(stays, ends)
    in_force = {one.id for one in queries.consents_of(stays.person_id) if one.holds(NOW)}
    assert in_force == {both.id, wider.id, harmless.id} and widened.id not in in_force


def test_what_is_shown_of_credentials_is_not_widened() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    HolderRow.objects.create(learner_id=ends.person_id, shows_name=True)
    join(stays, ends)
    assert not HolderRow.objects.filter(learner_id=stays.person_id, shows_name=True).exists()


@pytest.mark.parametrize("hold", ["run", "fact", "roles", "factor", "names", "deletion", "own_case"])
def test_what_stands_in_the_way_has_a_code_and_nothing_changes(hold) -> None:
    load_world()
    stays, ends = account("Ada Kept"), account("Ada Old", *([("proctor", "MITx")] if hold == "roles" else []))
    if hold == "run":
        [(enrolled(who), work(who)) for who in (stays, ends)]
    elif hold == "fact":
        for who, data in ((stays, {"a": 1}), (ends, {"a": 2})):
            told = {"kind": "degree", "key": "BSc", "data": data, "source": "self"}
            FactRow.objects.create(learner_id=who.person_id, recorded_at=NOW, recorded_by="Ada", **told)
    elif hold == "factor":
        Authenticator.objects.create(user_id=ends.person_id, type="totp", data={})
    elif hold == "names":
        for who, name in ((stays, "Ada Lovelace"), (ends, "Ben Other")):
            User.objects.filter(id=who.person_id).update(legal_name=name)
    elif hold == "deletion":
        actions.ask_deletion(actor=ends, person_id=ends.person_id, reason="", now=NOW)
    elif hold == "own_case":
        told = {"source": "self", "recorded_at": NOW, "recorded_by": "Ada"}
        fact = FactRow.objects.create(learner_id=ends.person_id, kind="degree", key="BSc", data={}, **told)
        checked = {"accepted": True, "checked_by": stays.person_id, "checked_by_name": "Ada", "checked_at": NOW}
        FactCheckRow.objects.create(learner_id=ends.person_id, fact=fact, **checked)
    codes = {
        "run": "merge_same_run",
        "fact": "merge_fact_twice",
        "roles": "merge_roles_held",
        "factor": "merge_second_factor",
        "names": "merge_names_differ",
        "deletion": "merge_deletion_waits",
        "own_case": "merge_own_case",
    }
    assert ways(stays, ends) == [codes[hold]]
    before = {who.person_id: held.counts_of(who.person_id) for who in (stays, ends)}
    with pytest.raises(Refused) as no:
        actions.merge_own_accounts(actor=stays, merge_id=shown(stays, ends), now=NOW)
    assert no.value.code == "merge_obstructed" and len(no.value.reasons) == 1
    after = {who.person_id: held.counts_of(who.person_id) for who in (stays, ends)}
    assert {key: {k: v for k, v in one.items() if k != "kernel"} for key, one in after.items()} == {
        key: {k: v for k, v in one.items() if k != "kernel"} for key, one in before.items()
    }
    assert User.objects.get(id=ends.person_id).is_active and present_id(ends.person_id) == ends.person_id


def test_the_link_in_the_mail_proves_it_and_an_unknown_address_is_not_told() -> None:
    stays, ends, other = account("Ada Kept"), account("Ada Old"), account("Other Sample")
    person("Not Confirmed")
    client = browser(stays)
    said = set()
    for email in (address_of(ends), "nobody@example.org", "not.confirmed@example.org", address_of(stays)):
        answer = client.post(PAGE, {"do": "mail", "email": email}, follow=True)
        said.add(answer.content.decode().count("a link is on its way"))
    client.post(PAGE, {"do": "mail", "email": address_of(ends)})
    outbox.drain(now=NOW + timedelta(minutes=1))
    assert said == {1} and [message.to for message in mail.outbox] == [[address_of(ends)]], "one mail, asked twice"
    body = mail.outbox[0].body
    path = next(line for line in body.splitlines() if "/account/join/" in line).split("//", 1)[1].split("/", 1)[1]
    assert MergeRow.objects.get().proved_at is None
    assert browser(other).post(f"/{path}").status_code == 404, "by whoever did not ask it proves nothing"
    assert client.get(f"/{path}").status_code == 200 and MergeRow.objects.get().proved_at is None
    assert client.post(f"/{path}")["Location"] == PAGE
    page = client.get(PAGE).content.decode()
    assert address_of(ends) in page and "What moves" in page
    for wrong in (path[:-3] + "x/", "account/join/x/"):
        assert client.post(f"/{wrong}").status_code == 404


def test_the_page_shows_first_and_joins_then() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    enrolled(ends)
    client = browser(stays)
    wrong = client.post(PAGE, {"do": "known", "email": address_of(ends), "password": "wrong"})
    assert wrong.status_code == 403 and f'value="{address_of(ends)}"' in wrong.content.decode()
    unknown = client.post(PAGE, {"do": "known", "email": "nobody@example.org", "password": "wrong"})
    assert unknown.status_code == 403 and client.post(PAGE, {"do": "join"}).status_code == 302
    assert client.post(PAGE, {"do": "known", "email": "no address", "password": "x"}).status_code == 422
    assert client.post(PAGE, {"do": "known", "email": address_of(ends), "password": PASSWORD}).status_code == 302
    assert User.objects.get(id=ends.person_id).is_active
    assert confirmed(client, PAGE, {"do": "join"})["Location"] == "/record/"
    assert not User.objects.get(id=ends.person_id).is_active
    assert EnrolmentRow.objects.get().learner_id == stays.person_id
    assert Client().get(PAGE).status_code == 302


def test_a_proof_holds_for_half_an_hour_and_only_for_whose_it_is() -> None:
    stays, ends, other = account("Ada Kept"), account("Ada Old"), account("Other Sample")
    merge_id = shown(stays, ends)
    for who, when, kind in (
        (other, NOW, NotFound),
        (ends, NOW, NotFound),
        (stays, NOW + timedelta(minutes=31), NotPermitted),
    ):
        with pytest.raises(kind):
            actions.merge_own_accounts(actor=who, merge_id=merge_id, now=when)
    with pytest.raises(NotFound):
        actions.prove_merge(actor=other, token=proof_of(merge_id), now=NOW)
    actions.withdraw_merge(actor=stays, merge_id=merge_id, now=NOW)
    with pytest.raises(Refused, match="withdrawn"):
        actions.merge_own_accounts(actor=stays, merge_id=merge_id, now=NOW)


def test_of_the_offices_one_prepares_and_a_second_approves() -> None:
    load_world()
    stays, ends = account("Ada Kept"), account("Ada Old")
    first, second = account("Olga Operator", ("operator", None)), account("Otto Operator", ("operator", None))
    told = {"stays": stays.person_id, "ends": ends.person_id, "now": NOW}
    for role in ("author", "program_staff", "proctor", "admissions", "reader", "registrar", "dean", "auditor"):
        who = person(f"{role} Sample", (role, None if role == "auditor" else "MITx"))
        with pytest.raises((NotPermitted, NotFound)):
            actions.propose_merge(actor=who, reason="Passport seen.", **told)
    with pytest.raises(NotPermitted):
        actions.propose_merge(actor=stays, reason="Both are mine.", **told)
    for reason in ("", " ", "x" * 501):
        with pytest.raises(Unusable):
            actions.propose_merge(actor=first, reason=reason, **told)
    merge_id = actions.propose_merge(actor=first, reason="Passport seen.", **told)
    assert actions.propose_merge(actor=first, reason="Again.", **told) == merge_id
    with pytest.raises(Refused) as no:
        actions.approve_merge(actor=first, merge_id=merge_id, now=NOW)
    assert no.value.code == "merge_needs_second"
    for who in (stays, ends, person("registrar Sample", ("registrar", "MITx"))):
        with pytest.raises(NotFound):
            actions.approve_merge(actor=who, merge_id=merge_id, now=NOW)
    client, page = browser(second), f"/desk/joins/{merge_id}/"
    assert "Passport seen." in client.get("/desk/joins/").content.decode()
    assert address_of(ends) in client.get(page).content.decode()
    assert confirmed(client, page, {"do": "approve"}).status_code == 302
    assert MergeRow.objects.get().approved_by == second.name
    assert not User.objects.get(id=ends.person_id).is_active
    with pytest.raises(Refused):
        actions.withdraw_merge(actor=first, merge_id=merge_id, now=NOW)


def test_a_registrar_joins_accounts_of_their_own_learners_only() -> None:
    load_world()
    stays, ends = account("Ada Kept"), account("Ada Old")
    first, second = account("Rita R", ("registrar", "MITx")), account("Rolf R", ("registrar", "MITx"))
    enrolled(stays)
    told = {"stays": stays.person_id, "ends": ends.person_id, "reason": "Same passport.", "now": NOW}
    with pytest.raises(NotFound):
        actions.propose_merge(actor=first, **told)
    page = browser(first).post(
        "/desk/joins/", {"do": "propose", "stays": address_of(stays), "ends": address_of(ends), "reason": "x"}
    )
    assert page.status_code == 404 and f'value="{address_of(ends)}"' in page.content.decode()
    enrolled(ends, run="course-v1:MITx+SC1x+1T2018")
    merge_id = actions.propose_merge(actor=first, **told)
    assert [one.id for one in queries.merges_waiting(second, NOW)] == [merge_id]
    assert queries.merges_waiting(account("Far Away", ("registrar", "HES")), NOW) == ()
    actions.approve_merge(actor=second, merge_id=merge_id, now=NOW)
    assert present_id(ends.person_id) == stays.person_id


def test_the_operations() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    headers, keys = {"Authorization": f"Bearer {token_for(stays)}"}, count()

    def post(address, **body):
        sent = headers | {"Idempotency-Key": str(next(keys))}
        return Client().post(f"{CALL}{address}", body, content_type="application/json", headers=sent)

    assert Client().get(f"{CALL}/mine", headers=headers).json() is None
    wrong = post("/mine/password", email=address_of(ends), password="wrong")
    assert (wrong.status_code, wrong.json()["type"]) == (403, "urn:linkspan:problem:password_wrong")
    made = post("/mine/password", email=address_of(ends), password=PASSWORD).json()
    told = Client().get(f"{CALL}/mine", headers=headers).json()
    assert told["merge"]["id"] == made["id"] and told["obstacles"] == []
    assert post(f"/mine/{made['id']}").json()["state"] == "done"
    assert [post("/mine/password", email="ben@example.org", password="wrong").status_code for _ in range(12)][-1] == 503
    assert post("/", stays=str(stays.person_id), ends=str(ends.person_id), reason="x").status_code == 403
    assert Client().get(f"{CALL}/").status_code == 401


def test_the_command(capsys) -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    operator = account("Olga Operator", ("operator", None))
    enrolled(ends)
    pair = [address_of(ends), address_of(stays)]
    assert main(["person", "merge", *pair, "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["moves"]["enrolment"] == 1 and told["joined"] is False and not MergeRow.objects.exists()
    assert main(["person", "merge", *pair]) == 2 and main(["person", "merge", *pair, "--approve"]) == 2
    assert main(["person", "merge", "nobody@example.org", pair[1], "--reason", "x"]) == 2
    assert main(["person", "merge", *pair, "--reason", "Passport seen."]) == 0
    assert main(["person", "merge", *pair, "--approve"]) == 1, "the command line is one person"
    assert main(["person", "merge", *pair, "--withdraw"]) == 0
    told = {"stays": stays.person_id, "ends": ends.person_id}
    actions.propose_merge(actor=operator, reason="Passport seen.", now=NOW, **told)
    assert main(["person", "merge", *pair, "--approve"]) == 0
    assert present_id(ends.person_id) == stays.person_id


def test_a_deleted_person_is_deleted_under_every_id() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    enrolled(ends)
    address = address_of(ends)
    join(stays, ends)
    actions.ask_deletion(actor=stays, person_id=stays.person_id, reason="", now=NOW)
    actions.finish_deletions(now=NOW + timedelta(days=14))
    outbox.drain(now=NOW + timedelta(days=14))
    for who in (stays, ends):
        user = User.objects.get(id=who.person_id)
        assert (user.name, user.is_active) == ("Deleted account", False) and user.email.endswith("@deleted.invalid")
    assert not TrailEntry.objects.filter(actor_name__in=["Ada Kept", "Ada Old"]).exists()
    assert (
        not MergeRow.objects.filter(joined_email=address).exists() and not MergeRow.objects.exclude(reason="").exists()
    )
    assert list(audit.broken_links()) == [] and merging.counts(ends.person_id) == {}
    assert queries.person_id_by_email(address) is None


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_who_enrols_at_the_same_moment_is_enrolled_in_the_account_that_stays() -> None:
    stays, ends = account("Ada Kept"), account("Ada Old")
    merge_id, written, go_on = shown(stays, ends), Event(), Event()

    def enrols() -> None:
        with transaction.atomic():
            enrolled(ends)
            written.set()
            assert go_on.wait(60)
        connection.close()

    def joins() -> str:
        try:
            return str(actions.merge_own_accounts(actor=stays, merge_id=merge_id, now=NOW).state)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        slow = pool.submit(enrols)
        assert written.wait(60)
        done = [pool.submit(joins) for _ in range(2)]
        assert [one.result(60) for one in done] == ["done", "done"]
        go_on.set()
        slow.result(60)
    assert TrailEntry.objects.filter(verb="join_accounts").count() == 1, "joined once"
    assert EnrolmentRow.objects.get().learner_id == ends.person_id
    actions.bring_late(now=NOW)
    assert EnrolmentRow.objects.get().learner_id == stays.person_id
