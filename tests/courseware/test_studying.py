"""Staff announce, learners mark units and go on where they stopped, and a search finds what its reader may see."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, Write, number, studying
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.catalog.queries import course_run
from linkspan.courseware import actions
from linkspan.courseware.models import AnnouncementRow, BookmarkRow, StoppedRow, TextRow
from linkspan.courseware.queries import announcements, announcements_to_come, bookmarked, search_course
from linkspan.courseware.rules import folded
from linkspan.enrolment.actions import withdraw
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Unusable
from linkspan.kernel.forgetting import forget
from linkspan.kernel.ids import new_id
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)
PROBLEM = (
    '<problem display_name="Größe"><p>Which lorry?</p><solution><p>zebra solution</p></solution>'
    '<script type="loncapa/python">zebra = 1</script><demandhint><hint>zebra hint</hint></demandhint>'
    '<multiplechoiceresponse><choicegroup><choice correct="true">A van<choicehint>zebra feedback</choicehint></choice>'
    '<choice correct="false">A bicycle</choice></choicegroup></multiplechoiceresponse></problem>'
)
INSIDE = (
    '<sequential url_name="s" display_name="Week"><vertical url_name="v" display_name="Logistics">'
    '<html url_name="h" display_name="Text"><p>Warehouses and <b>lor</b>ries of Zürich.</p>'
    "<script>zebra()</script></html>"
    f"{PROBLEM}</vertical></sequential>"
    '<sequential url_name="t" start="2030-01-01T00:00:00Z"><vertical url_name="w" display_name="Later lorries"/>'
    '</sequential><sequential url_name="u"><vertical url_name="x" visible_to_staff_only="true"'
    ' display_name="Lorry notes"/></sequential>'
)


@pytest.fixture
def ana(course: Write, learner: Actor) -> Actor:
    actions.import_course(actor=SYSTEM, path=course(INSIDE), now=NOW)
    return learner


@pytest.fixture
def staff() -> Actor:
    return person("Stef Staff", ("program_staff", "CasesX"))


def announce(who: Actor, title: str = "News", now=NOW, **more) -> UUID:
    return actions.announce(actor=who, run_id=RUN, title=title, text="Read **this**.", now=now, **more)


def told() -> list[UUID]:
    outbox.drain(now=NOW + 30 * DAY)
    return sorted(NoticeRow.objects.filter(kind="announcement").values_list("recipient_id", flat=True))


def units(found) -> list[str]:
    return [hit.unit.name for hit in found.hits]


def test_an_announcement_reaches_everybody_in_the_run_once(ana: Actor, staff: Actor, mailoutbox) -> None:
    bo, gone = studying("Bo Sample"), studying("Cy Sample")
    withdraw(actor=gone, learner_id=gone.person_id, run_id=RUN, now=NOW)
    assert announce(staff) == announce(staff)
    assert told() == sorted([ana.person_id, bo.person_id]) and told() == sorted([ana.person_id, bo.person_id])
    title = course_run(RUN).title
    assert {one.to[0] for one in mailoutbox if one.subject == f"{title}: News"} == {
        "learner.sample@example.org",
        "bo.sample@example.org",
    }
    (one,) = announcements(ana, RUN, NOW).rows
    assert (one.title, one.html, one.by) == ("News", "<p>Read <strong>this</strong>.</p>\n", "Stef Staff")
    actions.withdraw_announcement(actor=staff, announcement_id=one.id, now=LATER)
    assert announcements(ana, RUN, LATER).rows == ()


def test_an_announcement_waits_for_its_day(ana: Actor, staff: Actor) -> None:
    later, never = announce(staff, "Later", due=NOW + DAY), announce(staff, "Never", due=NOW + DAY)
    assert [one.title for one in announcements_to_come(staff, RUN)] == ["Later", "Never"]
    assert announcements(ana, RUN, LATER).rows == () and told() == []
    actions.withdraw_announcement(actor=staff, announcement_id=never, now=LATER)
    for hours in (23, 25, 26):
        actions.publish_due(NOW + timedelta(hours=hours))
    assert told() == [ana.person_id]
    assert [one.id for one in announcements(ana, RUN, NOW + 2 * DAY).rows] == [later]
    with pytest.raises(Unusable):
        announce(staff, due=NOW + 500 * DAY)


def test_who_announces_and_who_reads(ana: Actor, staff: Actor) -> None:
    one = announce(staff)
    elsewhere = person("Else Where", ("program_staff", "MITx"))
    for who in (ana, elsewhere):
        for act in (
            lambda who=who: announce(who),
            lambda who=who: announcements_to_come(who, RUN),
            lambda who=who: actions.withdraw_announcement(actor=who, announcement_id=one, now=NOW),
        ):
            with pytest.raises(NotPermitted):
                act()
    for act in (lambda: announcements(elsewhere, RUN, NOW), lambda: search_course(elsewhere, RUN, "lorry", NOW)):
        with pytest.raises(NotPermitted):
            act()
    assert AnnouncementRow.objects.count() == 1


def test_marks_and_the_place_where_one_stopped(ana: Actor) -> None:
    mark = {"actor": ana, "run_id": RUN, "now": NOW}
    for _ in range(2):
        actions.bookmark_unit(**mark, unit="v", marked=True)
    assert [(one.name, one.title, one.part) for one in bookmarked(ana, RUN, NOW)] == [("v", "Logistics", "Week")]
    for unit in ("w", "x", "none"):
        with pytest.raises(NotFound):
            actions.bookmark_unit(**mark, unit=unit, marked=True)
    page = browser(ana)
    base = f"/courses/{RUN}/"
    assert "Go on" not in page.get(base).content.decode()
    assert 'value="unmark"' in page.get(f"{base}unit/v/").content.decode()
    shown = page.get(base).content.decode()
    assert "Go on with Logistics" in shown and "Marked units" in shown
    page.post(f"{base}unit/v/mark/", {"do": "unmark"})
    assert bookmarked(ana, RUN, NOW) == () and "Marked units" not in page.get(base).content.decode()
    assert page.get(f"{base}unit/w/").status_code == 404
    assert StoppedRow.objects.get().unit == "v"
    actions.bookmark_unit(**mark, unit="v", marked=True)
    forget(ana.person_id)
    assert not BookmarkRow.objects.exists() and not StoppedRow.objects.exists()


def test_a_search_finds_what_its_reader_may_see(ana: Actor, staff: Actor) -> None:
    assert not search_course(ana, RUN, "lorry", NOW).ready
    actions.collect_texts(NOW)
    assert units(search_course(ana, RUN, "lorr", NOW)) == ["v", "v"]
    (hit,) = search_course(ana, RUN, "ware ZURICH", NOW).hits
    assert (hit.title, hit.before, hit.match) == ("Text", "", "Warehouses") and hit.after.endswith("of Zürich.")
    assert [hit.title for hit in search_course(ana, RUN, "grosse van", NOW).hits] == ["Größe"]
    assert units(search_course(staff, RUN, "lorr", NOW)) == ["v", "v", "w", "x"]
    assert units(search_course(ana, RUN, "lorr", NOW + 5_000 * DAY)) == ["v", "v", "w"]
    assert search_course(staff, RUN, "zebra", NOW).hits == (), "no answer, hint, solution or script is read"


def test_whatever_is_searched_is_words(ana: Actor) -> None:
    actions.collect_texts(NOW)
    page = browser(ana)
    for text in ("", "%", "_", "'", "a' | !", "lorry:*", "& | ! ( )", "\\", "x" * 5_000, "<b>", "*", "½", "\0", "漢字"):
        search_course(ana, RUN, text, NOW)
        assert page.get(f"/courses/{RUN}/search/", {"q": text}).status_code == 200, text


def test_texts_are_those_of_what_is_taught(ana: Actor, course: Write) -> None:
    actions.collect_texts(NOW)
    actions.import_course(actor=SYSTEM, path=course(INSIDE.replace("Warehouses", "Harbours")), now=LATER)
    assert not search_course(ana, RUN, "harbour", LATER).ready
    actions.collect_texts(LATER)
    assert (
        units(search_course(ana, RUN, "harbour", LATER)) == ["v"]
        and units(search_course(ana, RUN, "ware", LATER)) == []
    )
    assert TextRow.objects.values("version").distinct().count() == 1
    actions.import_course(actor=SYSTEM, path=course(INSIDE), now=LATER + DAY)
    actions.collect_texts(LATER + DAY)
    assert units(search_course(ana, RUN, "ware", LATER + DAY)) == ["v"]


def test_words_are_folded() -> None:
    assert folded("Größe, 3½ «Ábc_d»") == " grosse 31 2 abc d " and folded("") == " "


def test_a_broken_part_is_found_by_nobody_and_the_rest_is(course: Write, learner: Actor) -> None:
    inside = INSIDE.replace("</vertical>", '<video url_name="b" start_time="nonsense"/>' + number(1) + "</vertical>", 1)
    actions.import_course(actor=SYSTEM, path=course(inside), now=NOW)
    actions.collect_texts(NOW)
    assert units(search_course(learner, RUN, "how many", NOW)) == ["v"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_postgresql_has_an_index_of_full_text() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'courseware_text_words'")
        assert "gin" in cursor.fetchone()[0]


def test_by_page(ana: Actor, staff: Actor, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    desk, page, base = browser(staff), browser(ana), f"/desk/courses/{RUN}/announcements/"
    wrong = desk.post(base, {"do": "announce", "title": "T", "text": "My text", "due": "soon"})
    assert wrong.status_code == 422 and "My text" in wrong.content.decode()
    for due in ("", "2018-10-05 09:00"):
        sent = desk.post(base, {"do": "announce", "title": f"T{due}", "text": "<script>1</script>", "due": due})
        assert sent.status_code == 302
    assert "Waits for its day" in desk.get(base).content.decode() and page.get(base).status_code == 403
    shown = page.get(f"/courses/{RUN}/announcements/").content.decode()
    assert "&lt;script&gt;" in shown and "T2018" not in shown
    assert f"/courses/{RUN}/announcements/" in page.get(f"/courses/{RUN}/").content.decode()
    one = AnnouncementRow.objects.get(published_at=None)
    assert desk.post(base, {"do": "withdraw", "announcement": str(one.id)}).status_code == 302
    assert desk.post(base, {"do": "withdraw", "announcement": "x"}).status_code == 404


def test_over_the_api(ana: Actor, staff: Actor) -> None:
    base, client = f"studying/runs/{RUN}/", Client()

    def ask(who: Actor, path: str, body: dict | None = None):
        return call(client, who, path, body, key=str(new_id()))

    made = ask(staff, f"{base}announcements", {"title": "T", "text": "x"}).json()["id"]
    assert [one["id"] for one in ask(ana, f"{base}announcements").json()] == [made]
    assert ask(staff, f"{base}announcements/to-come").json() == []
    assert ask(staff, f"studying/announcements/{made}/withdraw", {}).status_code == 204
    assert ask(ana, f"{base}units/v/bookmark", {"marked": True}).status_code == 204
    assert [one["name"] for one in ask(ana, f"{base}bookmarks").json()] == ["v"]
    assert ask(ana, f"{base}resume").json() is None
    actions.collect_texts(NOW)
    assert [one["unit"]["name"] for one in ask(ana, f"{base}search?q=warehouse").json()["hits"]] == ["v"]
