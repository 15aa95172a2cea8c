"""The mail of a day: one in the reader's morning, by thing, each notice once, nothing where nothing is left."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from tests.api.test_verbs import call
from tests.factories.people import NOW, browser, person

from linkspan.accounts.actions import change_preferences
from linkspan.kernel import outbox
from linkspan.kernel.things import About, Thing
from linkspan.messages import actions, queries
from linkspan.messages.engines import mail as engine
from linkspan.messages.models import DigestRow, NoticeRow
from linkspan.messages.rules import Mailing, Topic, next_digest, zone_of
from linkspan.messages.tasks import take_up_mails_of_a_day

pytestmark = pytest.mark.django_db
HOME = About(Thing.DASHBOARD)
#: 7:00 in Nairobi, the morning after.
MORNING = datetime(2018, 10, 4, 4, tzinfo=UTC)


@pytest.fixture
def reader():
    who = person("Ada Sample")
    change_preferences(actor=who, name="Ada", time_zone="Africa/Nairobi", locale="en")
    actions.choose_email(actor=who, email=True, daily=True)
    return who


def tell(who, title="Analytics", key="k", kind="enrolled", now=NOW, about=HOME):
    context = {"title": title}
    actions.notify(recipient_id=who.person_id, kind=kind, context=context, about=about, key=key, now=now)


def tick(now) -> list:
    """What is sent at that time."""
    before = len(mail.outbox)
    take_up_mails_of_a_day(now)
    outbox.drain(now=now)
    return mail.outbox[before:]


def test_one_mail_comes_in_the_readers_morning_and_tells_each_notice_once(reader) -> None:
    tell(reader, "Analytics", "a")
    tell(reader, "a {brace}\r\nBcc: x@example.org http://evil.example", "b", about=About(Thing.EXAMS))
    tell(reader, "Design", "c", now=NOW + timedelta(hours=1))
    assert tick(NOW + timedelta(hours=2)) == [] and tick(MORNING - timedelta(seconds=1)) == []
    (sent,) = tick(MORNING)
    assert (sent.to, sent.subject) == (["ada.sample@example.org"], "Your notices of Oct 4, 2018")
    lines = sent.body.splitlines()
    assert lines.count("You are enrolled in Analytics") == lines.count("You are enrolled in Design") == 1
    assert "{brace} Bcc:" in sent.body and "evil.example" in sent.body and "http://evil" not in sent.body
    assert [line.rpartition("/dashboard/")[1] for line in lines].count("/dashboard/") == 1, "one thing, one link"
    assert "Oct 3, 2018, 15:00 Nairobi time" in lines and lines[-1].endswith("/account/")
    assert lines.index("You are enrolled in Design") - lines.index("You are enrolled in Analytics") == 4, "by thing"
    assert tick(MORNING + timedelta(hours=5)) == [] and tick(MORNING + timedelta(days=1)) == []
    assert NoticeRow.objects.filter(mailed_at=None).count() == 0
    tell(reader, "Late", "d", now=MORNING + timedelta(hours=1))
    assert tick(MORNING + timedelta(hours=20)) == []
    (sent,) = tick(MORNING + timedelta(days=1))
    assert "Late" in sent.body and "Analytics" not in sent.body


def test_what_is_done_or_read_is_left_out_and_nothing_is_sent_when_nothing_is_left(reader) -> None:
    tell(reader, "Analytics", "a")
    tell(reader, "Design", "b", about=About(Thing.EXAMS))
    NoticeRow.objects.filter(key="a").update(closed_at=NOW)
    actions.read_notice(actor=reader, notice_id=NoticeRow.objects.get(key="b").id, now=NOW)
    assert tick(MORNING) == []
    tell(reader, "Next", "c", now=MORNING)
    actions.choose_email(actor=reader, email=False)
    assert tick(MORNING + timedelta(days=1)) == [], "who wants no mail since gets none"
    assert set(DigestRow.objects.values_list("told", flat=True)) == {0}


def test_a_worker_that_is_killed_leaves_each_notice_in_one_mail(reader, monkeypatch) -> None:
    tell(reader, "Analytics", "a")
    send, tried = engine.send, []

    def refused(message, *, key):
        tried.append(key)
        raise OSError("down")

    monkeypatch.setattr(engine, "send", refused)
    assert tick(MORNING) == []
    tell(reader, "Meanwhile", "b", now=MORNING + timedelta(minutes=1))
    monkeypatch.setattr(engine, "send", lambda message, *, key: (tried.append(key), send(message, key=key)))
    (sent,) = tick(MORNING + timedelta(minutes=5))
    assert "Analytics" in sent.body and "Meanwhile" not in sent.body
    assert len(set(tried)) == 1, "one Message-ID at each try"
    (sent,) = tick(MORNING + timedelta(days=1))
    assert "Meanwhile" in sent.body and "Analytics" not in sent.body
    assert tick(MORNING + timedelta(days=2)) == []


def test_it_is_chosen_by_topic_on_the_page_and_over_the_api(client) -> None:
    who = person("Bea Sample")
    form = {"name": "Bea", "time_zone": "UTC", "locale": "ar", "email": "yes", "topics_shown": "yes"}
    here = browser(who)
    assert here.post("/account/", form | {"topic": ["exams", "money"], "daily": ["money", "desk"]}).status_code == 302
    chosen = dict(queries.mailing_choices(who))
    assert (chosen[Topic.EXAMS], chosen[Topic.MONEY]) == (Mailing.AT_ONCE, Mailing.DAILY)
    assert chosen[Topic.DESK] is Mailing.NONE is chosen[Topic.LEARNING], "what is not wanted is not wanted daily"
    page = here.get("/account/").content.decode()
    assert 'name="daily" value="money" aria-describedby="daily-hint" checked' in page
    tell(who, kind="exam_released", key="x")
    outbox.drain(now=NOW)
    assert len(mail.outbox) == 1
    answer = call(client, who, "messages/email", {"email": True, "daily": True, "topic": "exams"}, key="a")
    assert answer.status_code in (200, 204)
    assert call(client, who, "messages/mailing").json()["exams"] == "daily"
    tell(who, kind="exam_released", key="z")
    due = next_digest(NOW, zone_of("UTC"))
    (sent,) = tick(due)
    assert sent.subject != "Your notices of Oct 4, 2018", "in the reader's language"


def test_the_morning_is_by_the_clock_of_the_zone() -> None:
    zone = zone_of("America/New_York")
    before = datetime(2026, 3, 7, 13, tzinfo=UTC)  # clocks go forward on the 8th
    assert next_digest(before, zone) == datetime(2026, 3, 8, 11, tzinfo=UTC)
    assert next_digest(datetime(2026, 3, 8, 11, tzinfo=UTC), zone) == datetime(2026, 3, 9, 11, tzinfo=UTC)
    assert next_digest(datetime(2026, 3, 8, 10, 59, tzinfo=UTC), zone) == datetime(2026, 3, 8, 11, tzinfo=UTC)
