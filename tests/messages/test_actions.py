"""Notices on the site and by e-mail: once, as wanted, in the reader's language and zone."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import translation
from tests.factories.people import NOW, person
from tests.factories.story import put_grades

from linkspan.accounts.actions import change_preferences, check_identity, submit_identity
from linkspan.accounts.models import User
from linkspan.kernel import outbox
from linkspan.kernel.actor import VISITOR
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.kernel.things import About, Thing
from linkspan.messages import actions, queries
from linkspan.messages.rules import Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return person("Ada Sample")


def tell(reader, key="k", kind="enrolled", title="Analytics", now=NOW) -> None:
    actions.notify(
        recipient_id=reader.person_id,
        kind=kind,
        context={"title": title},
        about=About(Thing.DASHBOARD),
        key=key,
        now=now,
    )
    outbox.drain(now=now)


def test_a_notice_comes_once_on_the_site_and_by_mail(reader) -> None:
    for _ in range(2):
        tell(reader)
    (notice,) = queries.notices_of(reader)
    assert (notice.title, notice.read) == ("You are enrolled in Analytics", False)
    (sent,) = mail.outbox
    assert sent.to == ["ada.sample@example.org"]
    assert sent.subject == "You are enrolled in Analytics"
    assert "/dashboard/" in sent.body
    (row,) = actions.NoticeRow.objects.all()
    actions.send_email(notice_id=row.id, key="key", now=NOW)
    assert len(mail.outbox) == 1


def test_a_notice_leads_to_what_it_is_about_and_one_of_before_to_the_address_it_kept(reader) -> None:
    tell(reader)
    (notice,) = queries.notices_of(reader)
    assert notice.link == "/dashboard/"
    actions.NoticeRow.objects.update(about="/applications/7/")
    (notice,) = queries.notices_of(reader)
    assert notice.link == "/applications/7/"


def test_the_time_is_the_readers_and_names_the_zone(reader) -> None:
    change_preferences(actor=reader, name="Ada", time_zone="Africa/Nairobi", locale="en")
    tell(reader)
    assert "Oct 3, 2018, 15:00 Nairobi time" in mail.outbox[0].body


def test_a_zone_that_does_not_exist_stops_no_mail(reader) -> None:
    User.objects.filter(id=reader.person_id).update(time_zone="Mars/Olympus")  # as rows of before may say
    tell(reader)
    assert "12:00 UTC" in mail.outbox[0].body


def test_the_language_is_the_readers_not_the_sender_s(reader) -> None:
    change_preferences(actor=reader, name="Ada", time_zone="UTC", locale="en")
    with translation.override("ar"):
        tell(reader)
    assert "Oct 3, 2018" in mail.outbox[0].body


def test_who_wants_no_mail_gets_none_and_still_the_notice(reader) -> None:
    actions.choose_email(actor=reader, email=False)
    tell(reader)
    assert mail.outbox == [] and len(queries.notices_of(reader)) == 1
    assert not queries.wants_email(reader)


def test_mail_is_chosen_by_topic(reader) -> None:
    actions.choose_email(actor=reader, email=False, topic="learning")
    tell(reader)
    tell(reader, key="x", kind="exam_released")
    assert [sent.subject for sent in mail.outbox] == ["Your exam result is here"]
    assert dict(queries.email_choices(reader))[Topic.LEARNING] is False
    actions.choose_email(actor=reader, email=True)
    assert all(wanted for _, wanted in queries.email_choices(reader)), "a general choice starts anew"
    with pytest.raises(Unusable):
        actions.choose_email(actor=reader, email=True, topic="weather")


def test_a_mail_server_that_is_down_loses_nothing(reader, settings) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    tell(reader)
    assert len(queries.notices_of(reader)) == 1
    assert mail.outbox == []
    assert outbox.backlog() == (1, 0)
    (row,) = actions.NoticeRow.objects.all()
    assert row.mailed_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    outbox.drain(now=NOW + timedelta(hours=1))
    assert len(mail.outbox) == 1 and outbox.backlog() == (0, 0)


def test_no_mail_leaves_inside_a_transaction(reader) -> None:
    tell(reader)
    (row,) = actions.NoticeRow.objects.all()
    actions.NoticeRow.objects.update(mailed_at=None)
    with pytest.raises(RuntimeError, match="Commit first"), transaction.atomic():
        actions.send_email(notice_id=row.id, key="key", now=NOW)
    assert len(mail.outbox) == 1


def test_the_same_delivery_has_the_same_message_id_at_each_try(reader) -> None:
    tell(reader)
    (row,) = actions.NoticeRow.objects.all()
    actions.NoticeRow.objects.update(mailed_at=None)
    key = mail.outbox[0].extra_headers["Message-ID"].strip("<>").partition("@")[0]
    actions.send_email(notice_id=row.id, key=key, now=NOW)
    first, second = (sent.message()["Message-ID"] for sent in mail.outbox)
    assert first == second


def test_a_title_with_a_line_break_is_one_subject(reader) -> None:
    tell(reader, title="Analytics\nBcc: other@example.org")
    (sent,) = mail.outbox
    assert "\n" not in sent.subject and sent.bcc == []


def test_reading_is_ones_own(reader) -> None:
    other = person("Other Sample")
    tell(reader)
    tell(reader, key="second", now=NOW + timedelta(days=1))
    assert queries.unread_count(reader) == 2 and queries.unread_count(other) == 0
    assert queries.notices_of(other) == ()
    actions.mark_read(actor=other, now=NOW)
    assert queries.unread_count(reader) == 2
    actions.mark_read(actor=reader, now=NOW)
    assert queries.unread_count(reader) == 0 and queries.unread_count(VISITOR) == 0
    for verb in (
        lambda: queries.notices_of(VISITOR),
        lambda: actions.mark_read(actor=VISITOR, now=NOW),
        lambda: actions.choose_email(actor=VISITOR, email=True),
    ):
        with pytest.raises(NotPermitted):
            verb()


@pytest.mark.parametrize("accept", [True, False])
def test_an_identity_check_is_told(reader, accept, tmp_path, settings) -> None:
    settings.DOCUMENT_ROOT = tmp_path
    staff = person("Robin Staff", ("program_staff", "MITx"))
    put_grades(reader, courses=("SC0x",), exam=None)
    check = submit_identity(
        actor=reader, learner_id=reader.person_id, legal_name="Ada B. Sample", document=b"%PDF-1.7 scan", now=NOW
    )
    check_identity(actor=staff, check_id=check, accept=accept, reason="" if accept else "It is blurred.", now=NOW)
    outbox.drain(now=NOW)
    (notice,) = queries.notices_of(reader)
    assert ("Ada B. Sample" if accept else "It is blurred.") in notice.body
