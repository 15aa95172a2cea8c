"""A course's script in a real browser: it neither reads the learner's pages nor posts as her; problems still work."""

import json

import pytest
from tests.factories.hostile_course import RUN, UNIT, put_course
from tests.journeys import test_story

from linkspan.courseware.models import AttemptRow
from linkspan.site.sample.load import HERE

pytestmark = pytest.mark.django_db(transaction=True)
people = test_story.people


@pytest.fixture
def scripts() -> bool:
    """Courses are answered in the page."""
    return True


@pytest.fixture
def page(people, visitor, monkeypatch, tmp_path):
    test_story.at(monkeypatch, "2018-01-20T12:00:00+00:00")
    put_course(tmp_path, people["learner"])
    learner = visitor()
    learner.sign_in("learner@example.org")
    learner.page.goto(f"{learner.base}/account/")
    learner.page.goto(f"{learner.base}/courses/{RUN}/unit/{UNIT}/")
    learner.page.frame_locator("#content").locator("body[data-tried]").wait_for()
    learner.page.learner = learner
    return learner.page


def frame(page):
    return page.frame_locator("#content")


def test_a_courses_script_reads_and_posts_nothing(page) -> None:
    posted = []
    page.on("request", lambda request: request.method == "POST" and posted.append(request.url))
    page.reload()
    body = frame(page).locator("body[data-tried]")
    body.wait_for()
    tried = json.loads(body.get_attribute("data-tried"))
    refused = {name: "failed" for name in ("account", "cookie", "parent", "storage", "post")}
    assert {name: tried[name] for name in refused} == refused
    assert tried["answer"] == "none"
    page.wait_for_timeout(1500)
    assert posted == [] and not AttemptRow.objects.exists()
    assert page.url.endswith(f"/unit/{UNIT}/")


def test_the_frame_opened_by_itself_has_no_origin_either(page) -> None:
    address = page.locator("#content").get_attribute("src")
    page.goto(address, wait_until="commit")
    page.locator("body[data-tried]").wait_for()
    assert json.loads(page.locator("body").get_attribute("data-tried"))["account"] == "failed"
    assert page.evaluate("window.origin") == "null"


def test_a_problem_is_answered_by_keyboard_and_redrawn_alone(page) -> None:
    answers = json.loads((HERE / "courses" / "SC0x" / "answers.json").read_text())
    forms = frame(page).locator("form.problem")
    form = forms.filter(has=frame(page).locator("input[type=text]")).first
    usage = form.get_attribute("data-usage")
    field = form.locator("input[type=text]").first
    others = forms.count()
    field.focus()
    page.keyboard.type("-1")
    page.keyboard.press("Enter")
    form.get_by_role("status").get_by_text("Not right yet.").wait_for()
    assert form.evaluate("form => form.contains(document.activeElement)")
    name = usage.rpartition("@")[2] if "@" in usage else usage.rpartition("/")[2]
    field.fill(answers[name]["2_1"])
    field.press("Enter")
    form.get_by_role("status").get_by_text("Correct.").wait_for()
    assert AttemptRow.objects.count() == 2 and forms.count() == others
    page.learner.check()


def test_the_frame_is_as_high_as_its_content(page) -> None:
    def same():
        inner = frame(page).locator("body").evaluate("body => body.getBoundingClientRect().height")
        return abs(page.locator("#content").evaluate("frame => frame.clientHeight") - inner) < 12

    for width in (1200, 320):
        page.set_viewport_size({"width": width, "height": 800})
        for _ in range(50):
            if same():
                break
            page.wait_for_timeout(100)
        assert same()
