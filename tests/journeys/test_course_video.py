"""A video in a real browser: it plays, its words lead through it by keyboard, and it goes on where it was left."""

import re

import pytest
from tests.courseware.conftest import course as course
from tests.courseware.test_videos import with_video
from tests.factories.people import NOW, SYSTEM
from tests.journeys import test_story

from linkspan.courseware.actions import import_course
from linkspan.courseware.models import StateRow
from linkspan.courseware.rules import Stopped
from linkspan.enrolment.actions import enrol

pytestmark = pytest.mark.django_db(transaction=True)
people = test_story.people
RUN = "course-v1:MITx+SC0x+1T2018"


@pytest.fixture
def scripts() -> bool:
    """Courses are studied in the page."""
    return True


@pytest.fixture
def page(people, visitor, monkeypatch, course):
    test_story.at(monkeypatch, "2018-01-20T12:00:00+00:00")
    folder = with_video(course)
    text = folder / "chapter" / "c.xml"
    links = "<p><a href='/jump_to_id/h'>On</a> <a href='https://elsewhere.example/'>Out</a></p>"
    text.write_text(text.read_text().replace("</video>", f"</video><html url_name='l'>{links}</html>"))
    import_course(actor=SYSTEM, path=folder, now=NOW, as_run=RUN)
    learner = people["learner"]
    enrol(actor=learner, learner_id=learner.person_id, run_id=RUN, track="audit", now=NOW)
    found = visitor()
    found.sign_in("learner@example.org")
    found.page.goto(f"{found.base}/courses/{RUN}/unit/v/")
    found.page.learner = found
    return found.page


def film(page):
    return page.frame_locator("#content").locator("video")


def test_a_learner_watches_reads_and_comes_back(page) -> None:
    inside = page.frame_locator("#content")
    film(page).evaluate(
        "async video => { while (video.readyState < 2) await new Promise(done => setTimeout(done, 20)); }"
    )
    assert film(page).evaluate(
        "video => [video.duration, video.textTracks[0].mode, video.textTracks[0].cues.length]"
    ) == [
        6,
        "showing",
        2,
    ]
    lines = inside.locator(".transcript button")
    lines.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    inside.locator(".transcript button[aria-current]").get_by_text("meet.").wait_for()
    assert film(page).evaluate("video => !video.paused && video.currentTime") >= 3
    inside.get_by_label("Speed").select_option("1.5")
    assert film(page).evaluate("video => video.playbackRate") == 1.5
    inside.get_by_label("Transcript").select_option("es")
    inside.get_by_text("La demanda").wait_for()
    film(page).evaluate("video => { video.pause(); }")
    page.wait_for_timeout(200)
    page.learner.check()
    for _ in range(70):
        if (row := StateRow.objects.first()) and Stopped.of(row.state).language == "es":
            break
        page.wait_for_timeout(100)
    stopped = Stopped.of(StateRow.objects.get().state)
    assert stopped.speed == 1.5 and stopped.language == "es" and stopped.position >= 3
    page.reload()
    inside.get_by_text("La demanda").wait_for()
    film(page).evaluate(
        "async video => { while (video.readyState < 2 || video.seeking || !video.currentTime)"
        " await new Promise(done => setTimeout(done, 20)); }"
    )
    assert abs(film(page).evaluate("video => video.currentTime") - stopped.position) < 0.5
    page.set_viewport_size({"width": 320, "height": 800})
    page.learner.check()
    inside.get_by_role("link", name="Out").evaluate(
        "link => link.dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    assert inside.get_by_role("link", name="Out").get_attribute("target") == "_blank"
    inside.get_by_role("link", name="On").click()
    page.wait_for_url(re.compile(r"/unit/w/$"))
