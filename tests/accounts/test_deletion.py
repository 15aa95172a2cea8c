"""An account is deleted: what goes, what stays and why, what stands in the way, and that it can be taken back."""

import hashlib
import json
from datetime import timedelta
from itertools import count

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client, TestCase
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.world import load_world, load_world_with_holders

from linkspan.accounts import actions
from linkspan.accounts.models import DeletionRow, InvitationRow
from linkspan.accounts.queries import actor_for
from linkspan.accounts.queries.deletion import prospect
from linkspan.accounts.rules import Role
from linkspan.accounts.rules.access import Terms, Wanted
from linkspan.credentials.models import CredentialRow
from linkspan.credentials.queries import judge
from linkspan.finance.actions import cancel, charge
from linkspan.kernel import audit, held, outbox, storage
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.fates import Fate
from linkspan.kernel.models import OutboxDelivery, TrailEntry
from linkspan.kernel.money import Money
from linkspan.kernel.things import About, Thing
from linkspan.messages.actions import notify
from linkspan.messages.models import MailRow
from linkspan.pathways.actions import store_audit
from linkspan.pathways.queries import agreements_on
from linkspan.records.queries import learner_record
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
PAGE, CALL = "/account/data/delete/", "/api/v1/deletion/mine"
User = get_user_model()
PASSWORD = "a long enough one"
WAIT = timedelta(days=14)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())


def with_password(name: str = "Ada Sample"):
    who = person(name)
    user = User.objects.get(id=who.person_id)
    user.set_password(PASSWORD)
    user.save()
    return who


def ask(who, by=None, reason="They wrote to us."):
    return actions.ask_deletion(actor=by or who, person_id=who.person_id, reason=reason, now=NOW)


def state_of(who) -> tuple[bool, bool, int]:
    """Whether the account is as it was, whether a wish waits, and how many rows there are about the person."""
    user = User.objects.get(id=who.person_id)
    waits = DeletionRow.objects.filter(learner_id=who.person_id, done_at=None, withdrawn_at=None).exists()
    return user.is_active, waits, sum(held.counts_of(who.person_id).values())


def finish(now=NOW + WAIT) -> int:
    with TestCase.captureOnCommitCallbacks(execute=True):
        done = actions.finish_deletions(now=now)
    outbox.drain(now=now)
    return done


def mails_to(address: str) -> list[str]:
    return [message.subject for message in mail.outbox if message.to == [address]]


def test_each_table_becomes_what_it_says_and_what_others_rely_on_still_holds(settings, tmp_path) -> None:
    settings.DOCUMENT_ROOT = tmp_path
    cast, holders = load_world_with_holders()
    who = actor_for(next(iter(holders.values())))
    user = User.objects.get(id=who.person_id)
    address, name = user.email, user.name
    make.confirm_name(who, cast["staff"])
    document, record = CredentialRow.objects.get(learner_id=who.person_id).document, learner_record(who, who.person_id)
    on = {"agreement_id": agreements_on(NOW.date())[0].id, "record": record, "on": NOW.date(), "now": NOW}
    audit_id, _ = store_audit(actor=who, learner_id=who.person_id, **on)
    notify(
        recipient_id=who.person_id, kind="deletion_withdrawn", context={}, about=About(Thing.RECORD), key="1", now=NOW
    )
    said = SocialAccount.objects.create(user=user, provider="mit", uid="ada", extra_data={"email": address})
    before = {table.name: number for table, number in held.counted(who.person_id)}
    told = prospect(who, who.person_id)
    assert {part.table: part.entries for part in told.parts} == before and told.obstacles == ()
    assert ask(who).due_at == NOW + WAIT
    assert finish(NOW + WAIT - timedelta(seconds=1)) == 0 and finish() == 1

    fates = {table.name: table.at_deletion.fate for table in held.tables()}
    after = {table.name: number for table, number in held.counted(who.person_id)}
    stays = {name: number for name, number in before.items() if fates[name] is not Fate.GONE}
    # The wish itself, and its entry in the trail.
    assert after == stays | {"accounts_deletion": 1, "kernel_trail_entry": stays.get("kernel_trail_entry", 0) + 1}
    user.refresh_from_db()
    assert (user.email, user.legal_name, user.is_active) == (f"{user.id}@deleted.invalid", "", False)
    assert not SocialAccount.objects.filter(pk=said.pk).exists() and not user.has_usable_password()
    assert not user.emailaddress_set.exists()
    for table in held.tables():
        if table.at_deletion.fate is Fate.DETACHED:
            for row in held.rows_about(table, who.person_id).values():
                assert address not in str(row) and name not in str(row), table.name
    assert not any(storage.is_kept(sha256) for sha256 in [hashlib.sha256(b"%PDF-1.7 scan").hexdigest()])

    assert judge(document, NOW + WAIT).verdict == "valid"
    assert main(["audits", "replay", str(audit_id)]) == 0
    assert list(audit.broken_links()) == []
    assert not TrailEntry.objects.filter(actor_name=name).exists()
    told_of_it = {subject for subject in mails_to(address) if "ccount" in subject}
    assert told_of_it == {"Your account will be deleted", "Your account is deleted", "Your account stays"}
    assert (
        not MailRow.objects.filter(to=address).exists()
        and not OutboxDelivery.objects.filter(delivered_at=None).exists()
    )
    assert not DeletionRow.objects.exclude(last_address="").exists()


def test_who_wants_the_address_again_gets_a_new_account() -> None:
    who = with_password()
    ask(who)
    finish()
    again = person("Ada Sample")
    assert again.person_id != who.person_id
    with pytest.raises(NotFound):
        ask(who, SYSTEM)
    with pytest.raises(NotFound):
        actor_for(who.person_id)
    with pytest.raises(NotFound):
        actions.reopen_account(actor=SYSTEM, person_id=who.person_id, why="No.", now=NOW)


def test_a_file_stays_while_somebody_else_handed_in_the_same(settings, tmp_path) -> None:
    settings.DOCUMENT_ROOT = tmp_path
    ada, ben = person("Ada Sample"), person("Ben Sample")
    for who in (ada, ben):
        evidence = {"legal_name": "A B", "document": b"%PDF-1.7 the same", "now": NOW}
        actions.submit_identity(actor=who, learner_id=who.person_id, **evidence)
    sha256 = hashlib.sha256(b"%PDF-1.7 the same").hexdigest()
    ask(ada)
    finish()
    assert storage.is_kept(sha256)
    ask(ben)
    finish()
    assert not storage.is_kept(sha256)


def test_it_can_be_taken_back_and_asked_twice_it_is_one_wish() -> None:
    who = with_password()
    assert ask(who) == ask(who)
    before = state_of(who)
    actions.withdraw_deletion(actor=who, person_id=who.person_id, now=NOW)
    actions.withdraw_deletion(actor=who, person_id=who.person_id, now=NOW)
    assert finish() == 0 and state_of(who)[:2] == (before[0], False)
    assert mails_to("ada.sample@example.org") == ["Your account will be deleted", "Your account stays"]


def test_what_stands_in_the_way_is_told_with_its_code() -> None:
    cast = load_world()
    make.put_exam()
    learner, registrar = cast["learner"], cast["mitx-registrar"]
    make.authorise(learner, cast)
    make.begin(cast, learner, make.put_sitting())
    owed = {"subject": "exam:CFx", "amount": Money(25000, "USD"), "institution": "MITx", "now": NOW}
    charge(actor=SYSTEM, learner_id=learner.person_id, **owed)
    codes = [one.reason.code for one in prospect(learner, learner.person_id).obstacles]
    assert codes == ["exam_under_way"] or codes == ["money_owed", "exam_under_way"]
    assert [one.reason.code for one in prospect(registrar, registrar.person_id).obstacles] == ["last_one"]
    for who in (learner, registrar):
        before = state_of(who)
        with pytest.raises(Refused) as error:
            ask(who)
        assert error.value.code == "deletion_obstructed" and len(error.value.reasons) > 0
        assert state_of(who) == before


def test_what_comes_up_meanwhile_holds_it_back_and_is_told_once() -> None:
    who = with_password()
    ask(who)
    owed = {"subject": "exam:CFx", "amount": Money(25000, "USD"), "now": NOW}
    charge_id = charge(actor=SYSTEM, learner_id=who.person_id, **owed)
    for _ in range(2):
        finish()
    assert state_of(who)[:2] == (True, True)
    (held_by,) = prospect(who, who.person_id).waiting.held_by
    assert held_by.reason.code == "money_owed" and "$250" in held_by
    assert mails_to("ada.sample@example.org") == ["Your account will be deleted", "Your account cannot be deleted yet"]
    cancel(actor=SYSTEM, charge_id=charge_id, reason="Not owed.", now=NOW)
    finish()
    assert state_of(who)[:2] == (False, False)


def test_invitations_to_the_address_end_and_forget_it() -> None:
    who = with_password()
    wanted = [Wanted("ada.sample@example.org", "proctor", "MITx"), Wanted("ben@example.org", "proctor", "MITx")]
    load_world()
    actions.invite(actor=SYSTEM, wanted=wanted, terms=Terms("Needed"), now=NOW)
    ask(who)
    finish()
    assert dict(InvitationRow.objects.values_list("email", "closed_at")) == {
        f"{who.person_id}@deleted.invalid": NOW + WAIT,
        "ben@example.org": None,
    }


@pytest.mark.parametrize("role", [*Role])
def test_nobody_deletes_another(role) -> None:
    who = with_password()
    other = person("Other Sample", (role, None if role in ("auditor", "operator") else "MITx"))
    for act in (
        lambda: ask(who, other),
        lambda: actions.withdraw_deletion(actor=other, person_id=who.person_id, now=NOW),
        lambda: prospect(other, who.person_id),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert state_of(who)[:2] == (True, False)


def test_an_operator_says_why() -> None:
    who = with_password()
    for wrong in ("", " ", "x" * 501):
        with pytest.raises(Unusable):
            ask(who, SYSTEM, wrong)
    assert not state_of(who)[1]


def test_the_page_asks_for_the_password_first() -> None:
    who = with_password()
    client = browser(who)
    page = " ".join(client.get(PAGE).content.decode().split())
    assert "Account, roles, evidence of your name: 1" not in page and "An empty account" in page
    answer = client.post(PAGE, {"do": "ask"})
    assert answer["Location"].startswith("/accounts/reauthenticate/") and not state_of(who)[1]
    assert client.get(answer["Location"]).status_code == 200
    assert client.post(answer["Location"], {"password": "wrong"}).status_code == 200
    assert not state_of(who)[1]
    client.post(answer["Location"], {"password": PASSWORD})
    assert state_of(who)[1]
    assert "Keep my account" in client.get(PAGE).content.decode()
    client.post(PAGE, {"do": "withdraw"})
    assert not state_of(who)[1]
    assert Client().get(PAGE).status_code == Client().post(PAGE, {"do": "ask"}).status_code == 302


def test_the_call_asks_for_the_password() -> None:
    who = with_password()
    headers, keys = {"Authorization": f"Bearer {token_for(who)}"}, count()

    def post(address, **body):
        sent = headers | {"Idempotency-Key": str(next(keys))}
        return Client().post(address, body, content_type="application/json", headers=sent)

    assert post(CALL, password="wrong").json()["type"] == "urn:linkspan:problem:password_wrong"
    asked = post(CALL, password=PASSWORD)
    assert (asked.status_code, asked.json()["held_by"]) == (200, [])
    told = Client().get(CALL, headers=headers).json()
    assert told["waiting"]["due_at"] == asked.json()["due_at"] and told["obstacles"] == []
    fates = {part["table"]: (part["fate"], part["ground"]) for part in told["parts"]}
    assert fates["accounts_user"] == ("detached", "account")
    assert post(f"{CALL}/withdraw").status_code == 204 and not state_of(who)[1]
    assert [post(CALL, password="wrong").status_code for _ in range(12)][-1] == 503
    assert Client().get(CALL).status_code == Client().post(CALL, {}, content_type="application/json").status_code == 401


def test_the_command(capsys) -> None:
    who = with_password()
    email = "ada.sample@example.org"
    assert main(["person", "delete", email, "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["due_at"] is None and told["parts"]["accounts_user"]["fate"] == "detached"
    assert not state_of(who)[1]
    assert main(["person", "delete", email]) == 2 and not state_of(who)[1]
    assert main(["person", "delete", email, "--reason", "A letter of today."]) == 0
    assert "Deleted at 2018-10-17" in capsys.readouterr().out and state_of(who)[1]
    assert main(["person", "delete", email, "--withdraw"]) == 0 and not state_of(who)[1]
    assert main(["person", "delete", "nobody@example.org", "--reason", "x"]) == 2
    charge(actor=SYSTEM, learner_id=who.person_id, subject="exam:CFx", amount=Money(1, "USD"), now=NOW)
    assert main(["person", "delete", email, "--reason", "A letter."]) == 1
