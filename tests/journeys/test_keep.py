"""What is typed survives BACK, a lost network, two tabs and a sign-in in between, and is sent once; in a browser."""

import pytest
from tests.admissions.test_actions import MIT, opened
from tests.factories.people import NOW, person
from tests.factories.world import load_world

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = "Object.keys(sessionStorage).filter(one => one.startsWith('typed:')).length"


@pytest.fixture
def scripts() -> bool:
    """With scripts: without them there is nothing to keep it."""
    return True


def test_what_is_typed_is_kept_until_it_is_taken(visitor, links, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    form = f"/apply/{opened(agreement=MIT)}/"
    person("Ana A")
    person("Bo B")
    one = visitor()
    tab, posts = one.page, []
    tab.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
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
    # The sign-in ended: after the next one it stands there again, for the same person alone.
    one.context.clear_cookies(name="sessionid")
    save()
    tab.get_by_text("You are signed out").first.wait_for()
    one.check()
    one.sign_in("ana.a@example.org")
    one.go(form)
    assert statement() == "Of this tab"
    one.context.clear_cookies(name="sessionid")
    one.sign_in("bo.b@example.org")
    one.go(form)
    assert (statement(), tab.evaluate(KEPT)) == ("", 0)
    # A sign-out ends all that is kept.
    tab.get_by_label("Statement").fill("Mine")
    one.go("/account/")
    assert tab.evaluate(KEPT) == 1
    tab.get_by_role("button", name="Sign out").first.click()
    tab.wait_for_load_state()
    assert tab.evaluate(KEPT) == 0
