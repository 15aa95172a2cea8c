"""The pages of plans: saving what was supposed, sharing it with a visitor, the calendar."""

import pytest
from django.test import Client
from icalendar import Calendar
from tests.factories.world import load_world_with_courses
from tests.web.test_pathways import HES, MIT, as_person, learner

pytestmark = pytest.mark.django_db
OWN = ["/plans/", "/plans/0190f2b4-0000-7000-8000-000000000001/"]


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", "2018-10-03T12:00:00+00:00")
    cast = load_world_with_courses()
    return cast


@pytest.mark.parametrize("path", OWN)
def test_visitors_sign_in_first(cast, client, path) -> None:
    assert client.get(path).status_code == 302


def test_a_supposed_plan_is_saved_shared_and_ended(cast, client) -> None:
    one = learner()
    asked = {
        "program": "MITx/SCM",
        "percent": "80",
        "degree": "bachelor",
        "title": "Supply <b>chain</b>",
        "p": [HES, MIT],
    }
    saved = one.post("/plans/", asked)
    assert saved.status_code == 302
    page = one.get(saved.url)
    assert b"<b>chain" not in page.content and "Supposed, by Oct 3, 2018" in page.content.decode()
    one.post(saved.url, {"do": "share", "days": "30"})
    one.post(saved.url, {"do": "share", "days": "30", "answers": "yes"})
    bare, full = (row["share"] for row in one.get(saved.url).context["shares"])
    shown = client.get(f"/plans/shared/{bare.token}/")
    assert shown.status_code == 200 and shown["X-Robots-Tag"] == "noindex"
    assert "Still missing" not in shown.content.decode() and "Amara" not in shown.content.decode()
    assert "Still missing" in client.get(f"/plans/shared/{full.token}/").content.decode()
    assert as_person("staff@example.org").post(f"/plans/shares/{full.id}/revoke/").status_code == 404
    one.post(f"/plans/shares/{full.id}/revoke/")
    assert client.get(f"/plans/shared/{full.token}/").status_code == 404
    assert as_person("staff@example.org").get(saved.url).status_code == 404
    one.post(saved.url, {"do": "delete"})
    assert client.get(f"/plans/shared/{bare.token}/").status_code == 404


@pytest.mark.parametrize("sent", [{}, {"title": "x"}, {"title": "x", "p": ["none"]}, {"title": " ", "p": [HES]}])
def test_what_cannot_be_saved_is_said(cast, sent) -> None:
    assert learner().post("/plans/", sent).status_code == 422


def test_the_calendar_follows_what_is_kept_in_view(cast, client, django_assert_max_num_queries) -> None:
    one = learner()
    one.post(f"/pathways/{MIT}/keep/", {"do": "keep"})
    assert one.post("/pathways/none/keep/", {"do": "keep"}).status_code == 404
    one.post("/plans/feed/", {"do": "open"})
    with django_assert_max_num_queries(25):
        address = one.get("/plans/").context["feed"].removeprefix("http://127.0.0.1:8000")
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/calendar") and "private" in answer["Cache-Control"]
    events = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    said = [(str(e["summary"]).split(":")[0], e.decoded("dtstart").isoformat()) for e in events]
    assert said[:2] == [
        ("Applications close", "2018-11-15T23:59:00-05:00"),
        ("Decisions", "2018-12-14T12:00:00-05:00"),
    ]
    assert b"Amara" not in answer.content
    one.post("/plans/feed/", {"do": "close"})
    assert client.get(address).status_code == 404
    assert Client().get("/calendar/nonsense.ics").status_code == 404


def test_keeping_in_view_is_shown_on_the_card(cast) -> None:
    one = learner()
    one.post(f"/pathways/{HES}/keep/", {"do": "keep"})
    assert "Kept in view." in one.get("/pathways/mine/").content.decode()
    one.post(f"/pathways/{HES}/keep/", {"do": "drop"})
    assert "Kept in view." not in one.get("/pathways/mine/").content.decode()
