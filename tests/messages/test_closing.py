"""Notices are read when they are opened, stand together by their thing, and are done when the wait is over."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.factories.people import NOW, browser, person, token_for
from tests.factories.rows import put
from tests.factories.world import load_world

from linkspan.finance.actions import pay, report_payment
from linkspan.finance.models import ChargeRow
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound
from linkspan.messages.actions import read_notice
from linkspan.messages.models import NoticeRow
from linkspan.messages.queries import notices_of, unread_count
from linkspan.messages.tasks import close_notices, remind_of_waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(settings):
    settings.DEMO = False
    load_world()
    staff = [person(name, ("program_staff", "MITx")) for name in ("Stef Staff", "Sam Staff")]
    return person("Lin Learner"), *staff, person("Els Where", ("program_staff", "HES"))


def reported(learner, subject: str = "exam:A"):
    told = {"learner_id": learner.person_id, "institution": "MITx", "state": "open", "at": NOW}
    charge = put(ChargeRow, **told, subject=subject, reported_reference="")
    report_payment(actor=learner, charge_id=charge.id, reference="R 1", now=NOW)
    outbox.drain(now=NOW)
    return charge


def open_at(people) -> list[list[str]]:
    return [sorted(one.title for one in notices_of(who) if not (one.read or one.done)) for who in people]


WAITS, CAME = "A payment waits to be confirmed", "We received your payment"


def test_who_has_what_open_before_and_after_somebody_acts(people) -> None:
    learner, stef, _sam, _els = people
    first, second = reported(learner), reported(learner, "exam:B")
    close_notices(NOW)
    assert open_at(people) == [[], [WAITS, WAITS], [WAITS, WAITS], []]
    pay(actor=stef, charge_id=first.id, reference="R 1", now=NOW)
    outbox.drain(now=NOW)
    close_notices(NOW)
    assert open_at(people) == [[CAME], [WAITS], [WAITS], []]
    assert [unread_count(who) for who in people] == [1, 1, 1, 0]
    pay(actor=stef, charge_id=second.id, reference="R 1", now=NOW)
    outbox.drain(now=NOW)
    close_notices(NOW)
    assert open_at(people) == [[CAME, CAME], [], [], []]
    mine = NoticeRow.objects.filter(recipient_id__in=[who.person_id for who in people])
    close_notices(NOW + timedelta(days=1))
    assert list(mine.exclude(closed_at=None).values_list("closed_at", flat=True)) == [NOW] * 4


def test_a_notice_is_read_when_it_is_opened_and_nobody_elses(people) -> None:
    learner, stef, sam, els = people
    reported(learner), reported(learner, "exam:B")
    one, two = notices_of(stef)
    client = browser(stef)
    page = client.get("/notices/").content.decode()
    assert f"/notices/{one.id}/" in page and page.count(WAITS) == 2
    assert client.get(f"/notices/{one.id}/")["Location"] == one.link
    assert {row.id: row.read for row in notices_of(stef)} == {one.id: True, two.id: False}
    assert unread_count(sam) == 2
    with pytest.raises(NotFound):
        read_notice(actor=els, notice_id=two.id, now=NOW)
    assert browser(els).get(f"/notices/{two.id}/").status_code == 404
    headers = {"Authorization": f"Bearer {token_for(sam)}", "Idempotency-Key": "one"}
    asked = {"content_type": "application/json", "headers": headers}
    assert Client().post(f"/api/v1/messages/{two.id}/read", {}, **asked).status_code == 404
    (own, _) = notices_of(sam)
    headers["Idempotency-Key"] = "two"
    assert Client().post(f"/api/v1/messages/{own.id}/read", {}, **asked).status_code in (200, 204)
    assert unread_count(sam) == 1


def test_who_acts_is_reminded_and_who_leads_hears_of_what_is_late(people) -> None:
    learner, stef, _sam, els = people
    dean = person("Dee Dean", ("dean", "MITx"))
    charge = reported(learner)
    soon, late = "Soon due: Confirm the payment for A", "Late: Confirm the payment for A"
    told = lambda: [[t for t in titles if t in (soon, late)] for titles in open_at([learner, stef, dean, els])]  # noqa: E731
    remind_of_waits(NOW + timedelta(hours=1))
    assert told() == [[], [], [], []]
    for _twice in range(2):
        remind_of_waits(NOW + timedelta(hours=40))
    assert told() == [[], [soon], [], []]
    for _twice in range(2):
        remind_of_waits(NOW + timedelta(days=3))
    assert told() == [[], [soon], [late], []]
    pay(actor=stef, charge_id=charge.id, reference="R 1", now=NOW)
    close_notices(NOW + timedelta(days=3))
    assert told() == [[], [], [], []]
    assert outbox.backlog()[1] == 0
