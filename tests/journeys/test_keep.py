"""What is typed survives BACK, a lost network, two tabs and a sign-in in between, and is sent once; in a browser."""

from time import sleep
from uuid import UUID

import pytest
from tests.admissions.test_actions import MIT, opened
from tests.factories.people import NOW, person
from tests.factories.world import load_world

from linkspan.admissions import queries
from linkspan.web import cohorts

pytestmark = pytest.mark.django_db(transaction=True)
RUN = "course-v1:MITx+SC0x+1T2018"
KEPT = "Object.keys(sessionStorage).filter(one => one.startsWith('typed:')).length"


@pytest.fixture
def scripts() -> bool:
    """With scripts: without them there is nothing to keep it."""
    return True


def test_what_is_typed_is_kept_until_it_is_taken(visitor, links, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    form = f"/apply/{opened(agreement=MIT)}/"
    ana = person("Ana A")
    person("Bo B")
    one = visitor()
    tab, posts = one.page, []
    one.context.route("**/draft/", lambda route: route.abort())
    tab.on(
        "request",
        lambda request: posts.append(request.url) if request.method == "POST" and "draft" not in request.url else None,
    )
    one.sign_in("ana.a@example.org")
    one.go(form)

    def statement(page=tab) -> str:
        return page.get_by_label("Statement").input_value()

    def save(page=tab) -> None:
        page.get_by_role("button", name="Save and go on later").click()

    # BACK and reload.
    tab.get_by_label("Statement").fill("Mine so far")
    one.go("/dashboard/")
    tab.go_back()
    assert statement() == "Mine so far"
    assert tab.get_by_text("What you typed before stands in the form again.").is_visible()
    one.check()
    tab.reload()
    assert statement() == "Mine so far"
    # No network: nothing is sent, and it is said.
    one.context.set_offline(True)
    save()
    assert tab.get_by_role("alert").inner_text().startswith("You are offline.")
    assert (posts, statement()) == ([], "Mine so far")
    one.context.set_offline(False)
    tab.get_by_text("You are connected again. Send it now.").wait_for()
    # Sent once, and then nothing is kept.
    tab.get_by_role("button", name="Save and go on later").dblclick()
    tab.get_by_text("Saved. You can go on later").wait_for()
    tab.wait_for_load_state()  # the script comes after the page
    assert (len(posts), statement(), tab.evaluate(KEPT)) == (1, "Mine so far", 0)
    # Two tabs, each with its own; the older is told of the newer, and keeps its words on BACK.
    other = one.context.new_page()
    other.goto(one.base + form)
    other.get_by_label("Statement").fill("Of the other tab")
    tab.get_by_label("Statement").fill("Of this tab")
    save(other)
    other.get_by_text("Saved. You can go on later").wait_for()
    save()
    tab.get_by_text("Changed since you opened the page").first.wait_for()
    tab.go_back()
    assert statement() == "Of this tab"
    # It saves itself on the server, and what is sent after it is of the version that it made.
    one.context.unroute("**/draft/")
    tab.get_by_role("button", name="Clear it").click()
    tab.get_by_text("What you typed before stands in the form again.").wait_for(state="detached")
    assert statement() == "Of the other tab"
    tab.get_by_label("Statement").press_sequentially(", by itself")
    tab.get_by_text("Your statement saves itself.").wait_for()
    assert queries.draft(ana, UUID(form.split("/")[2])) == statement()
    tab.get_by_label("Statement").fill("Of this tab")
    save()
    tab.get_by_text("Saved. You can go on later").wait_for()
    one.context.route("**/draft/", lambda route: route.abort())
    tab.get_by_label("Statement").fill("Of this tab, later")
    # The sign-in ended: after the next one it stands there again, for the same person alone.
    one.context.clear_cookies(name="sessionid")
    save()
    tab.get_by_text("You are signed out").first.wait_for()
    one.check()
    one.sign_in("ana.a@example.org")
    one.go(form)
    assert statement() == "Of this tab, later"
    one.context.clear_cookies(name="sessionid")
    one.sign_in("bo.b@example.org")
    one.go(form)
    assert (statement(), tab.evaluate(KEPT)) == ("", 0)  # of Ana's
    # A sign-out ends all that is kept.
    tab.get_by_label("Statement").fill("Mine")
    one.go("/account/")
    assert tab.evaluate(KEPT) == 1
    tab.get_by_role("button", name="Sign out").first.click()
    tab.wait_for_load_state()
    assert tab.evaluate(KEPT) == 0


def test_what_was_taken_stands_nowhere_again_however_slow_the_next_page_is(visitor, links, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    person("Stef Staff", ("program_staff", "MITx"))
    one, page, slow = visitor(), f"/desk/courses/{RUN}/cohorts/", []
    tab, shown = one.page, cohorts._shown

    def late(request, *more):
        """The page that a taken form leads to comes after the script has heard that the form was taken."""
        if slow and request.method == "GET":
            sleep(1)
        return shown(request, *more)

    monkeypatch.setattr(cohorts, "_shown", late)
    one.sign_in("stef.staff@example.org")
    one.go(page)
    slow.append(True)
    made = tab.get_by_role("button", name="Make the cohort").locator("xpath=ancestor::form")
    made.get_by_label("Name").fill("Evening group")
    made.get_by_role("button").click()
    tab.get_by_role("status").filter(has_text="The cohort is saved.").wait_for()
    tab.wait_for_load_state()
    assert (made.get_by_label("Name").input_value(), tab.evaluate(KEPT)) == ("", 0)
    assert tab.get_by_text("What you typed before stands in the form again.").count() == 0
