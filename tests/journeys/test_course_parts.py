"""Blocks of packages in a real browser: by keyboard, in frames that neither reach the page nor one another's blocks."""

import pytest
from playwright import sync_api as playwright
from tests.courseware.conftest import RUN, sequential
from tests.courseware.conftest import course as course
from tests.courseware.conftest import learner as learner
from tests.factories.people import NOW, SYSTEM
from tests.journeys.conftest import RULES
from tests.journeys.test_course_inputs import broken_in
from tests.journeys.test_course_inputs import scripts as scripts

from linkspan.courseware.actions import import_course
from linkspan.courseware.models import ScoreRow, SharedStateRow

pytestmark = pytest.mark.django_db(transaction=True)
pytest.importorskip("poll")
BLOCKS = (
    "<done url_name='d' display_name='Read it'/><poll url_name='p' display_name='Colours'/>"
    "<drag-and-drop-v2 url_name='g' display_name='Drag'/>"
)


@pytest.fixture
def page(links, learner, visitor, monkeypatch, course):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    import_course(actor=SYSTEM, path=course(sequential(BLOCKS)), now=NOW)
    found = visitor()
    found.sign_in("learner.sample@example.org")
    found.page.set_viewport_size({"width": 320, "height": 800})
    found.page.goto(f"{found.base}/courses/{RUN}/unit/v/")
    found.page.learner = found
    return found.page


def test_each_is_done_by_keyboard_and_kept(page) -> None:
    inside = page.frame_locator("#content")

    def block(usage):
        return inside.frame_locator(f"iframe[data-usage='{usage}']")

    poll = block("poll/p")
    poll.get_by_role("radio").first.press("Space")
    poll.get_by_role("button", name="Submit").press("Enter")
    poll.get_by_text("100").first.wait_for()
    assert SharedStateRow.objects.get().state["tally"]["R"] == 1

    done = block("done/d").get_by_role("checkbox")
    with page.expect_response("**/handle/v/"):
        done.press("Space")
    assert ScoreRow.objects.get().earned == 1

    drag = block("drag-and-drop-v2/g")
    drag.locator(".option").first.press("Enter")
    with page.expect_response("**/handle/v/"):
        drag.locator(".zone").first.press("Enter")
    drag.locator(".fade.unmatched, .feedback").first.wait_for(state="attached")
    playwright.expect(drag.locator(".option[aria-grabbed]").first).to_be_visible()
    for usage in ("poll/p", "done/d", "drag-and-drop-v2/g"):
        assert broken_inside(page, f"usage={usage.replace('/', '%2F')}") == []
    page.learner.check()
    assert broken_in(page, "/unit/v/") == []


def broken_inside(page, part: str) -> list[str]:
    """The rules of WCAG that axe finds broken in a block's frame, and whether it is wider than a phone."""
    frame = next(one for one in page.frames if "/block/" in one.url and part in one.url)
    frame.evaluate(page.learner.axe)
    asked = (
        "async rules => (await axe.run(document, {runOnly: rules})).violations.map(v => v.id + ' ' + v.nodes[0].html)"
    )
    wide = frame.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return frame.evaluate(asked, RULES) + (["too wide"] if wide else [])
