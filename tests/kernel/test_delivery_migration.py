"""Waiting deliveries of before keep their state and get the name of their event's owner."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from tests.factories.people import NOW

from linkspan.kernel.ids import new_id
from linkspan.kernel.models import OutboxDelivery, OutboxMessage
from linkspan.kernel.outbox import subscriptions
from linkspan.kernel.retries import Lane, State

pytestmark = [pytest.mark.django_db, pytest.mark.deliveries_fail]
migration = import_module("linkspan.kernel.migrations.0003_delivery_rows")
TOLD = {"learner_id": str(new_id()), "title": "X", "reason": "Y", "institution": "MITx"}
EXAM = {**TOLD, "attempt_id": str(new_id())}
ADMISSION = {**TOLD, "application_id": str(new_id())}


def put(event: str, payload: dict, *subscribers: str) -> None:
    message = OutboxMessage.objects.create(event=event, payload=payload, at=NOW)
    for subscriber in subscribers:
        later = NOW + timedelta(days=1)
        OutboxDelivery.objects.create(message=message, subscriber=subscriber, due=later)


def seen() -> list[tuple[str, str, str]]:
    rows = OutboxDelivery.objects.select_related("message")
    return sorted((row.message.event, row.subscriber, row.state) for row in rows)


def test_two_events_of_one_name_are_told_apart_and_the_missent_is_set_aside() -> None:
    both = ("exams.on_appeal_decided", "admissions.on_appeal_decided")
    put("AppealDecided", EXAM, *both)
    put("AppealDecided", ADMISSION, *both)
    put("FactRecorded", TOLD, "credentials.on_fact_recorded")
    migration.name_owners(apps, None)
    assert seen() == [
        ("admissions.AppealDecided", "admissions.on_appeal_decided", State.WAITING),
        ("admissions.AppealDecided", "exams.on_appeal_decided", State.DROPPED),
        ("exams.AppealDecided", "admissions.on_appeal_decided", State.DROPPED),
        ("exams.AppealDecided", "exams.on_appeal_decided", State.WAITING),
        ("records.FactRecorded", "credentials.on_fact_recorded", State.WAITING),
    ]
    for event, subscriber, state in seen():
        assert (subscriber in subscriptions(event)) == (state == State.WAITING)


def test_what_was_given_up_is_dead_and_mail_gets_its_lane() -> None:
    put("NoticeWritten", TOLD, "messages.on_notice_written")
    put("FactRecorded", TOLD, "credentials.on_fact_recorded")
    OutboxDelivery.objects.filter(subscriber="credentials.on_fact_recorded").update(tries=8)
    migration.carry_over(apps, None)
    rows = OutboxDelivery.objects.order_by("subscriber").values_list("state", "lane", "due")
    assert list(rows) == [(State.DEAD, Lane.FAST, NOW), (State.WAITING, Lane.MAIL, NOW)]
