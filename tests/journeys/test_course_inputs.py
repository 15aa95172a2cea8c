"""Answers that take more than a field, in a real browser: by keyboard and pointer, graded, and kept in their frames."""

import json

import pytest
from playwright import sync_api as playwright
from tests.courseware.conftest import RUN, sequential
from tests.courseware.conftest import course as course
from tests.courseware.conftest import learner as learner
from tests.factories.inputs import ALL, put_files
from tests.factories.people import NOW, SYSTEM
from tests.journeys.conftest import RULES

from linkspan.courseware.actions import import_course
from linkspan.courseware.engines import sandbox
from linkspan.courseware.models import AttemptRow

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not sandbox.available(), reason="bubblewrap with seccomp is not available here"),
]


@pytest.fixture
def scripts() -> bool:
    """Courses are answered in the page."""
    return True


@pytest.fixture
def page(links, learner, visitor, monkeypatch, course):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    folder = course(sequential("".join(ALL)))
    put_files(folder)
    import_course(actor=SYSTEM, path=folder, now=NOW)
    found = visitor()
    found.sign_in("learner.sample@example.org")
    found.page.set_viewport_size({"width": 320, "height": 800})
    found.page.goto(f"{found.base}/courses/{RUN}/unit/v/")
    found.page.learner = found
    return found.page


def test_each_is_answered_and_nothing_leaves_a_frame(page) -> None:
    elsewhere = []
    page.on("requestfailed", lambda one: "elsewhere.example" in one.url and elsewhere.append(one.failure))
    page.reload()
    inside = page.frame_locator("#content")

    def form(name):
        return inside.locator(f"form[data-usage='problem/{name}']")

    def submit(name, said="Correct."):
        form(name).get_by_role("button", name="Submit").press("Enter")
        form(name).get_by_role("status").get_by_text(said).wait_for()

    # An author's page: its functions are called, and what it tries is refused.
    direct = form("jsdirect").frame_locator("iframe.part")
    tried = json.loads(direct.locator("body[data-tried]").get_attribute("data-tried"))
    assert tried == dict.fromkeys(("parent", "cookie", "unit", "elsewhere", "popup"), "failed")
    direct.get_by_role("button").press("Enter")
    direct.get_by_role("button").press("Enter")
    submit("jsdirect")

    # JSChannel: the state that the author begins with, then what was chosen, again after BACK to the page.
    colour = form("jschannel").frame_locator("iframe.part").locator("select")
    playwright.expect(colour).to_have_value("green")
    colour.select_option("red")
    submit("jschannel")
    playwright.expect(colour).to_have_value("red")

    # An image map by keyboard, then by pointer.
    across = form("image").get_by_label("From the left")
    across.focus()
    page.keyboard.press("Home")
    submit("image", "Not right yet.")
    surface = form("image").locator(".image-answer")
    box = surface.bounding_box()
    surface.click(position={"x": box["width"] * 340 / 400, "y": box["height"] / 2})
    submit("image")

    # Dragging: by list, then by pointer.
    form("drag").get_by_label("Where Nile goes").select_option("left")
    form("drag").get_by_label("Where Niger goes").select_option("right")
    submit("drag", "Not right yet.")
    chip = form("drag").locator(".drag-things .chip").filter(has_text="Niger")
    form("drag").get_by_label("Where Nile goes").select_option("right")
    chip.scroll_into_view_if_needed()
    place = form("drag").locator(".spot").first
    start, end = chip.bounding_box(), place.bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=3)
    page.mouse.up()
    submit("drag")
    form("free").get_by_label("Source: from the left").fill("105")
    form("free").get_by_label("Source: from the top").fill("95")
    form("free").get_by_label("Source: from the top").press("Tab")
    submit("free")

    # Choices with fields, a formula as it is read, notes on a text.
    field = form("choicetext").locator("input[type=text]").nth(1)
    field.fill("6")
    submit("choicetext")
    assert form("choicetext").locator("input[type=text]").nth(1).input_value() == "6"
    form("chemical").locator("input[type=text]").fill("2H2 + O2 -> 2H2O")
    form("chemical").locator(".equation sub").first.wait_for()
    submit("chemical")
    form("annotation").get_by_role("radio", name="Nowhere").press("Space")
    form("annotation").locator("textarea").fill("Lost.")
    submit("annotation")
    direct.get_by_role("link").press("Enter")
    form("jsdirect").frame_locator("iframe.part").get_by_role("link").wait_for(state="detached")
    given = dict(AttemptRow.objects.values_list("usage", "answers"))
    assert given["problem/jsdirect"] == {"2_1": "2"}
    assert json.loads(given["problem/drag"]["2_1"]) == [{"1": "right"}, {"2": "left"}]
    assert given["problem/choicetext"]["2_1"].keys() > set()
    assert set(elsewhere) == {"csp"} and page.url.endswith("/unit/v/")
    page.learner.check()
    assert broken_in(page, "/unit/v/") == []


def broken_in(page, part: str) -> list[str]:
    """The rules of WCAG that axe finds broken in a frame, and whether it is wider than a phone."""
    frame = next(one for one in page.frames if "/content/" in one.url and one.url.endswith(part))
    session = page.context.new_cdp_session(frame)
    session.send("Runtime.evaluate", {"expression": page.learner.axe})
    told = {"runOnly": RULES, "iframes": False}
    asked = (
        f"axe.run(document, {json.dumps(told)}).then(told => told.violations.map(v => v.id + ' ' + v.nodes[0].html))"
    )
    found = session.send("Runtime.evaluate", {"expression": asked, "awaitPromise": True, "returnByValue": True})
    wide = frame.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found["result"]["value"] + (["too wide"] if wide else [])
