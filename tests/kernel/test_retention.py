"""What was kept too long goes: each kind by its days and bounds, in batches, with receipts, and no other row."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.poison import poisoned
from tests.factories.world import load_world

from linkspan.accounts.models import InvitationRow
from linkspan.accounts.rules import Role
from linkspan.exams.models import AccommodationRow
from linkspan.kernel import audit, outbox, retention, storage
from linkspan.kernel.each import standing_failures
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import OutboxDelivery, OutboxMessage, RetentionRow
from linkspan.messages.models import MailRow, NoticeRow
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
PAGE, CALL = "/desk/retention/", "/api/v1/retention"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())


def notices(number: int, days: int) -> None:
    rows = [
        NoticeRow(recipient_id=new_id(), key=str(n), kind="sitting_moved", about="exams", at=NOW - days * DAY)
        for n in range(number)
    ]
    NoticeRow.objects.bulk_create(rows)


def receipts(kind: str) -> list[dict]:
    return [entry.after for entry in audit.trail_of(f"kernel.retention:{kind}")]


def test_every_kind_is_named_once_within_its_bounds_and_has_its_field() -> None:
    found = retention.kinds()
    assert len({kind.code for kind in found}) == len(found) >= 15
    for kind in found:
        assert kind.kept.least <= kind.days == kind.kept.days <= kind.kept.most
        assert kind.due(NOW).count() == 0


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"notices": 89}, "retention_out_of_bounds"),
        ({"notices": 1096}, "retention_out_of_bounds"),
        ({"notes": 100}, "retention_unknown"),
    ],
)
def test_a_setting_out_of_bounds_is_said(settings, setting, code) -> None:
    settings.RETENTION = setting
    with pytest.raises(Unusable) as error:
        retention.kinds()
    assert error.value.code == code


def test_what_is_too_old_goes_and_the_rest_stays(settings) -> None:
    settings.RETENTION = {"notices": 100}
    notices(3, 101)
    notices(2, 100)
    MailRow.objects.create(to="", subject="", body="", at=NOW - 90 * DAY, mailed_at=NOW - 31 * DAY)
    waits = MailRow.objects.create(to="a@example.org", subject="x", body="x", at=NOW - 90 * DAY)
    open_to = {"role": "proctor", "institution": "MITx", "invited_at": NOW, "expires_at": NOW - 91 * DAY}
    InvitationRow.objects.create(email="a@example.org", **open_to)
    taken = InvitationRow.objects.create(email="b@example.org", accepted_by=new_id(), **open_to)
    retention.apply_retention(NOW)
    assert NoticeRow.objects.count() == 2
    assert list(MailRow.objects.all()) == [waits] and list(InvitationRow.objects.all()) == [taken]
    assert receipts("notices") == [{"removed": 3, "days": 100}] and receipts("drafts") == []
    assert list(audit.broken_links()) == []


def test_deliveries_go_with_their_message_once_all_are_done() -> None:
    for states in (["done", "done"], ["done", "waiting"], ["dead"], ["dropped"], []):
        message = OutboxMessage.objects.create(event="x.Y", payload={"states": states}, at=NOW - 91 * DAY)
        for number, state in enumerate(states):
            at = {"due": NOW, "delivered_at": NOW if state == "done" else None}
            OutboxDelivery.objects.create(message=message, subscriber=str(number), state=state, **at)
    retention.apply_retention(NOW)
    assert [row.payload["states"] for row in OutboxMessage.objects.all()] == [["done", "waiting"], ["dead"]]
    OutboxDelivery.objects.all().delete()


def test_evidence_goes_and_the_decision_stays(settings, tmp_path, django_capture_on_commit_callbacks) -> None:
    settings.DOCUMENT_ROOT = tmp_path
    load_world()
    make.put_exam()
    held = {"exam_id": "CFx", "amount": 25, "state": "approved", "requested_at": NOW - 500 * DAY}
    old, new = storage.keep(b"old"), storage.keep(b"new")
    for sha256, days in ((old, 366), (new, 364), (old, None)):
        decided = NOW - days * DAY if days else None
        AccommodationRow.objects.create(learner_id=new_id(), document_sha256=sha256, decided_at=decided, **held)
    with django_capture_on_commit_callbacks(execute=True):
        retention.apply_retention(NOW)
    assert sorted(AccommodationRow.objects.values_list("document_sha256", flat=True)) == sorted(["", new, old])
    assert storage.is_kept(old), "another row names it"
    AccommodationRow.objects.filter(document_sha256=old).update(decided_at=NOW - 366 * DAY)
    with django_capture_on_commit_callbacks(execute=True):
        retention.apply(actor=SYSTEM, now=NOW)
    assert (storage.is_kept(old), storage.is_kept(new)) == (False, True)


def test_it_goes_in_batches_and_a_run_cut_short_goes_on(monkeypatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    notices(7, 366)
    retention.apply_retention(NOW)
    assert NoticeRow.objects.count() == 3 and not RetentionRow.objects.filter(kind="notices").exists()
    retention.apply_retention(NOW)
    assert NoticeRow.objects.count() == 0
    assert [one["removed"] for one in receipts("notices")] == [2, 2, 2, 1]


def test_it_is_done_once_a_day() -> None:
    retention.apply_retention(NOW)
    notices(1, 366)
    retention.apply_retention(NOW + timedelta(hours=3))
    assert NoticeRow.objects.count() == 1
    retention.apply_retention(NOW + DAY)
    assert NoticeRow.objects.count() == 0


def test_a_kind_that_fails_harms_no_other(monkeypatch) -> None:
    kinds = {kind.code: kind for kind in retention.kinds()}
    notices(1, 366)
    broken = kinds["mail"]
    MailRow.objects.create(to="", subject="", body="", at=NOW, mailed_at=NOW - 31 * DAY)
    key = MailRow.objects.get().pk
    with poisoned(broken.model, key, on="DELETE"):
        retention.apply_retention(NOW)
    assert NoticeRow.objects.count() == 0
    assert [(one.job, one.subject) for one in standing_failures(SYSTEM)] == [("kernel.apply_retention", "mail")]
    retention.apply_retention(NOW)
    assert standing_failures(SYSTEM) == () and MailRow.objects.count() == 0


def test_the_page_and_the_call_are_operators_alone() -> None:
    notices(1, 366)
    operator = person("Opa Rator", ("operator", None))
    page = browser(operator).get(PAGE).content.decode()
    assert "notices" in page and "90–1095" in page
    assert PAGE in browser(operator).get("/desk/").content.decode()
    for role in set(Role) - {Role.OPERATOR}:
        other = person(f"{role} Sample", (role, None if role is Role.AUDITOR else "MITx"))
        client = browser(other)
        assert (client.get(PAGE).status_code, client.post(PAGE, {"do": "apply"}).status_code) == (403, 403)
        assert client.get(CALL).status_code == 403
        with pytest.raises(NotPermitted):
            retention.apply(actor=other, now=NOW)
    headers = {"Authorization": f"Bearer {token_for(operator)}"}
    told = {row["kind"]: row for row in Client().get(CALL, headers=headers).json()}
    assert (told["notices"]["due"], told["notices"]["days"], told["notices"]["at"]) == (1, 365, None)
    for key, dry_run in (("1", True), ("2", False)):
        body = {"dry_run": dry_run}
        sent = headers | {"Idempotency-Key": key}
        answer = Client().post(CALL, body, content_type="application/json", headers=sent).json()
        assert answer == {"removed": 1, "failed": {}, "dry_run": dry_run}
    assert NoticeRow.objects.count() == 0
    notices(1, 366)
    assert "1 entry is gone." in browser(operator).post(PAGE, {"do": "apply"}, follow=True).content.decode()
    assert Client().get(PAGE).status_code == 302 and Client().get(CALL).status_code == 401


def test_the_command(capsys) -> None:
    notices(2, 366)
    assert main(["retention", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["kind"]: row["due"] for row in told["kinds"]}["notices"] == 2 and told["dry_run"]
    assert NoticeRow.objects.count() == 2
    assert main(["retention"]) == 0
    assert "2 gone, kept for  365 days: notices" in capsys.readouterr().out and NoticeRow.objects.count() == 0


def test_the_privacy_page_says_it(settings) -> None:
    settings.RETENTION = {"notices": 123}
    page = " ".join(Client().get("/privacy/").content.decode().split())
    assert "Notices" in page and "123 days" in page


def test_nothing_is_left_in_the_queue() -> None:
    retention.apply_retention(NOW)
    assert outbox.backlog() == (0, 0)
