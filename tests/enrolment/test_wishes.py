"""Who wants to be told when a course takes enrolments is told once, and nobody else is."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.api.test_verbs import call
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.runs import RUN, put_run

from linkspan.catalog.actions import add_run
from linkspan.enrolment import actions, queries, tasks
from linkspan.enrolment.models import WishRow
from linkspan.enrolment.rules import MOST_WISHES, Track
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused
from linkspan.kernel.things import About, Thing
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db
KEY, NEXT, DAY = "MITx/SC0x", "course-v1:MITx+SC0x+2T2018", timedelta(days=1)
OPENS = NOW + 10 * DAY


@pytest.fixture
def ana() -> Actor:
    """A visitor with an account, and a course whose only run is over."""
    put_run()
    return person("Ana Sample")


def put_next(run_id: str = NEXT, opens=OPENS) -> None:
    dates = {"enrolment_opens": opens, "starts": opens + DAY, "upgrade_by": opens + DAY}
    dates |= {"enrolment_closes": opens + 2 * DAY, "ends": opens + 9 * DAY}
    add_run(actor=SYSTEM, run_id=run_id, course_key=KEY, dates=dates, zone="UTC", now=NOW)


def wish(who: Actor, key: str = KEY, now=NOW) -> None:
    actions.wish(actor=who, course_key=key, now=now)


def test_told_once_when_a_run_opens_and_never_before(ana) -> None:
    bo, news = person("Bo Sample"), News()
    for _ in range(2):
        wish(ana)
    wish(bo)
    actions.unwish(actor=bo, course_key=KEY)
    actions.unwish(actor=bo, course_key=KEY)
    put_next()
    tasks.tell_wishes(OPENS - timedelta(seconds=1))
    assert news(OPENS) == [] and queries.wishes_of(ana) == (KEY,) and queries.wishes_of(bo) == ()
    tasks.tell_wishes(OPENS)
    tasks.tell_wishes(OPENS + DAY)
    assert news(OPENS) == [("Ana Sample", "enrolment_open")] and not WishRow.objects.exists()
    (notice,) = NoticeRow.objects.all()
    assert f"/runs/{NEXT}/" in browser(ana).get(f"/notices/{notice.id}/").headers["Location"]


def test_who_enrols_or_is_inside_is_told_nothing(ana) -> None:
    news = News()
    put_next()
    wish(ana)
    actions.enrol(actor=ana, learner_id=ana.person_id, run_id=NEXT, track=Track.AUDIT, now=OPENS)
    assert not WishRow.objects.exists()
    WishRow.objects.create(learner_id=ana.person_id, course_key=KEY, at=NOW)
    tasks.tell_wishes(OPENS)
    assert news(OPENS) == [("Ana Sample", "enrolled")] and not WishRow.objects.exists()


def test_of_two_open_runs_the_first_is_named(ana) -> None:
    wish(ana)
    put_next()
    put_next("course-v1:MITx+SC0x+3T2018", OPENS + DAY)
    tasks.tell_wishes(OPENS + DAY)
    assert News()(OPENS + DAY) == [("Ana Sample", "enrolment_open")]
    assert [row.about for row in NoticeRow.objects.all()] == [str(About.of(Thing.COURSE_RUN, NEXT))]


def test_what_is_not_taken(ana) -> None:
    with pytest.raises(NotFound):
        wish(ana, "MITx/Nothing")
    with pytest.raises(NotPermitted):
        wish(Actor(None, "visitor", ()))
    put_next(opens=NOW)
    with pytest.raises(Refused, match="Enrol instead"):
        wish(ana)
    actions.enrol(actor=ana, learner_id=ana.person_id, run_id=NEXT, track=Track.AUDIT, now=NOW)
    with pytest.raises(Refused, match="You are enrolled"):
        wish(ana, now=NOW + 5 * DAY)
    bo = person("Bo Sample")
    WishRow.objects.bulk_create(
        WishRow(learner_id=bo.person_id, course_key=f"X/{n}", at=NOW) for n in range(MOST_WISHES)
    )
    with pytest.raises(Refused, match="Take one back"):
        wish(bo, now=NOW + 5 * DAY)


def test_by_page_and_api(ana, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    page, client = f"/runs/{RUN}/", browser(ana)
    assert "Tell me when" in Client().get(page).content.decode()
    visitor = Client().post("/wishes/MITx/SC0x/", {"do": "ask", "next": page})
    assert (visitor.status_code, visitor.headers["Location"].split("?")[0]) == (302, "/accounts/login/")
    asked = client.post("/wishes/MITx/SC0x/", {"do": "ask", "next": page}, follow=True)
    shown = asked.content.decode()
    assert asked.redirect_chain == [(page, 302)] and "Do not tell me" in shown and 'role="status"' in shown
    for to in ("https://evil.example/", "//evil.example/", "/wishes/MITx/SC0x/", "\\\\evil.example"):
        away = client.post("/wishes/MITx/SC0x/", {"do": "end", "next": to})
        assert away.headers["Location"] == "/programs/"
    assert client.post("/wishes/MITx/SC0x/", {"do": "steal"}).status_code == 422
    assert call(Client(), ana, "enrolment/wishes/MITx/SC0x", {"wanted": True}, key="a").status_code == 204
    assert call(Client(), ana, "enrolment/wishes").json() == [KEY]
    assert call(Client(), ana, "enrolment/wishes/MITx/SC0x", {"wanted": False}, key="b").status_code == 204
    assert call(Client(), ana, "enrolment/wishes").json() == []
    assert call(Client(), None, "enrolment/wishes/MITx/SC0x", {}, key="c").status_code == 401
