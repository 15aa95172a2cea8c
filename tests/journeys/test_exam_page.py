"""An exam in a real browser: two windows, no network, a crash, the last second, the keyboard, a phone."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories import items
from tests.journeys import test_story

from linkspan.exams import actions, queries, tasks
from linkspan.exams.models import AttemptRow
from linkspan.exams.rules import Draw

pytestmark = pytest.mark.django_db(transaction=True)
people = test_story.people
NOW = make.NOW


@pytest.fixture
def cast(people, monkeypatch):
    test_story.at(monkeypatch, NOW.isoformat())
    return people


@pytest.fixture
def running(cast):
    make.put_exam()
    make.authorise(cast["learner"], cast)
    return make.begin(cast, cast["learner"], make.put_sitting())


@pytest.fixture
def learner(visitor, running):
    somebody = visitor()
    somebody.sign_in("learner@example.org")
    somebody.path = f"/exams/attempts/{running.id}/"
    return somebody


@pytest.fixture
def live(scripts, learner):
    """A page whose script is ready."""
    if not scripts:
        pytest.skip("this is about the page's script")
    return ready(learner, learner.page)


def ready(learner, page):
    page.goto(learner.base + learner.path)
    page.locator("#exam[data-open]").wait_for()
    return page


def stored(running):
    return {item[0]: list(given) for item, given in queries.responses_of(running.id).items()}


def until(page, right, tries=100) -> None:
    for _ in range(tries):
        if right():
            return
        page.wait_for_timeout(100)
    assert right()


def text(page):
    return page.locator("fieldset input[type=text]")


def test_the_form_is_answered_checked_and_handed_in(learner, running, scripts) -> None:
    learner.go(learner.path)
    if scripts:
        learner.page.locator("#exam[data-open]").wait_for()
    text(learner.page).fill("4")
    learner.page.get_by_role("button", name="Check answers").click()
    learner.page.get_by_role("heading", name="Check your answers").wait_for()
    learner.check()
    assert "1 of 2 answered" in learner.page.content()
    learner.follow("Question 2")
    learner.page.get_by_label("this", exact=True).check()
    learner.page.get_by_role("button", name="Check answers").click()
    learner.page.get_by_text("You answered every question.").wait_for()
    learner.press("Submit exam")
    assert stored(running) == {"a": ["4"], "b": ["0"]}
    assert AttemptRow.objects.get(id=running.id).score == 100


def test_an_older_form_asks_which_answer_to_keep(learner, running, scripts, cast) -> None:
    if scripts:
        pytest.skip("this is about the form without scripts")
    learner.go(learner.path)
    item = queries.questions(cast["learner"], running.id, now=NOW)[0].id
    told = {"actor": cast["learner"], "attempt_id": running.id, "replaces": None, "now": NOW}
    actions.save_response(item=item, given=["4"], **told)
    actions.save_response(item="b1", given=["0"], **told)
    learner.page.get_by_label("that", exact=True).check()
    learner.press("Save my answers")
    assert stored(running) == {"a": ["4"], "b": ["0"]}
    learner.page.get_by_label("Take the answer of this window").check()
    learner.press("Keep my choice")
    assert stored(running) == {"a": ["4"], "b": ["1"]}


def test_the_older_of_two_windows_says_so_and_erases_nothing(learner, running, live) -> None:
    second = ready(learner, learner.context.new_page())
    live.locator("#exam-older").wait_for()
    assert text(live).is_disabled()
    text(second).fill("4")
    until(second, lambda: stored(running) == {"a": ["4"]})
    live.get_by_role("link", name="Go on here").click()
    live.locator("#exam[data-open]").wait_for()
    second.locator("#exam-older").wait_for()
    assert text(live).input_value() == "4"
    learner.check()


def test_ten_minutes_without_a_network_lose_nothing(learner, running, live) -> None:
    learner.context.set_offline(True)
    text(live).fill("3")
    live.get_by_label("this", exact=True).check()
    live.get_by_text("Not sent since").first.wait_for()
    live.get_by_role("button", name="Check answers").click()
    assert live.url.endswith(learner.path), "off until all is sent"
    text(live).fill("4")
    learner.check()
    assert stored(running) == {}
    learner.context.set_offline(False)
    live.get_by_text("Saved").first.wait_for()
    until(live, lambda: stored(running) == {"a": ["4"], "b": ["0"]})


def test_a_page_that_crashed_is_sent_when_it_is_opened_again(learner, running, live) -> None:
    learner.context.set_offline(True)
    text(live).fill("4")
    live.get_by_label("this", exact=True).check()
    live.wait_for_timeout(200)
    other = learner.context.new_page()
    live.close(run_before_unload=False)
    learner.context.set_offline(False)
    ready(learner, other)
    assert text(other).input_value() == "4"
    assert other.get_by_label("this", exact=True).is_checked()
    assert stored(running) == {"a": ["4"], "b": ["0"]}


def test_a_reload_keeps_what_was_just_typed(learner, running, live) -> None:
    live.on("dialog", lambda dialog: dialog.accept())
    text(live).press_sequentially("4")
    live.reload()
    live.locator("#exam[data-open]").wait_for()
    assert text(live).input_value() == "4"
    until(live, lambda: stored(running) == {"a": ["4"]})


def test_leaving_with_something_unsent_warns(learner, running, live) -> None:
    warned = []
    live.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    beside = learner.context.new_page()
    learner.context.set_offline(True)
    text(live).press_sequentially("4")
    live.close(run_before_unload=True)
    until(beside, lambda: warned == ["beforeunload"])


def last_seconds(running, seconds) -> None:
    from linkspan.kernel.clock import domain_now

    deadline = domain_now() + timedelta(seconds=seconds)
    AttemptRow.objects.filter(id=running.id).update(deadline=deadline, started_at=deadline - timedelta(hours=1))


def test_an_answer_of_the_last_second_is_in(learner, running, scripts) -> None:
    if not scripts:
        pytest.skip("this is about the page's script")
    last_seconds(running, 6)
    page = ready(learner, learner.page)
    page.locator("#exam-left", has_text="0:00:01").wait_for()
    text(page).fill("4")
    page.get_by_text("The time is over.").wait_for()
    assert stored(running) == {"a": ["4"]}
    learner.check()
    learner.press("Submit exam")
    assert AttemptRow.objects.get(id=running.id).score == 50


def test_no_network_at_the_end_a_proctor_takes_the_file_in(learner, running, scripts, visitor, tmp_path) -> None:
    if not scripts:
        pytest.skip("this is about the page's script")
    last_seconds(running, 6)
    page = ready(learner, learner.page)
    learner.context.set_offline(True)
    text(page).fill("4")
    page.get_by_role("button", name="Download my answers").wait_for()
    page.wait_for_timeout(6000)
    assert text(page).is_disabled()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download my answers").click()
    waiting.value.save_as(tmp_path / "exam-answers.json")
    assert "value" not in (tmp_path / "exam-answers.json").read_text()
    assert json.loads((tmp_path / "exam-answers.json").read_text())["attempt"] == str(running.id)
    AttemptRow.objects.filter(id=running.id).update(deadline=NOW)
    tasks.close_overdue_attempts(NOW + timedelta(minutes=5))
    proctor = visitor()
    proctor.sign_in("proctor@example.org")
    proctor.go("/desk/exams/")
    proctor.page.get_by_text("Take in a file of answers").first.click()
    proctor.page.get_by_label("File that the learner").set_input_files(tmp_path / "exam-answers.json")
    proctor.press("Take it in")
    proctor.page.get_by_label("Came late: 4").check()
    proctor.page.get_by_label("Reason", exact=True).fill("The network was down.")
    proctor.press("Decide these answers")
    assert stored(running) == {"a": ["4"]}


def test_by_keyboard_alone(learner, running, live) -> None:
    text(live).focus()
    live.keyboard.type("4")
    live.keyboard.press("Enter")
    until(live, lambda: stored(running) == {"a": ["4"]})
    live.keyboard.press("Tab")
    live.keyboard.press("Space")
    until(live, lambda: stored(running) == {"a": ["4"], "b": ["0"]})
    live.keyboard.press("Tab")
    assert live.evaluate("document.activeElement.id") == "exam-check"
    live.keyboard.press("Enter")
    live.get_by_text("You answered every question.").wait_for()


def test_on_a_phone_the_bar_stays_in_view_and_hides_no_focus(learner, running, live) -> None:
    live.set_viewport_size({"width": 320, "height": 480})
    live.locator("#exam-check").focus()
    bar, focus = live.locator(".exam-bar").bounding_box(), live.locator("#exam-check").bounding_box()
    assert bar["y"] >= 0 and bar["y"] + bar["height"] <= focus["y"]
    live.locator("fieldset input[type=text]").focus()
    bar, focus = live.locator(".exam-bar").bounding_box(), text(live).bounding_box()
    assert bar["y"] + bar["height"] <= focus["y"]
    learner.check()


BROWSER = """
const sha = text => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
const hash = async text => Array.from(new Uint8Array(await sha(text)),
  byte => byte.toString(16).padStart(2, "0")).join("");
window.SafeExamBrowser = {version: "SEB_macOS_3.4_1A_browser", security: {
  configKey: "", browserExamKey: "",
  async updateKeys(done) { this.configKey = await hash(location.href.split("#")[0] + "KEY"); done(); },
}};
"""


def test_an_engine_without_headers_proves_itself_by_script(scripts, cast, visitor, settings) -> None:
    if not scripts:
        pytest.skip("this is about a page's script")
    somebody = visitor()
    settings.BASE_URL = somebody.base
    make.put_exam()
    told = {"actor": make.SYSTEM, "code": "CFx", "now": NOW}
    actions.draft_version(**told)
    key = actions.put_plain_seb(versions=["Mac.3.4.min"], quit_url="", **told).exam.seb.config_key
    actions.publish_version(number=2, **told)
    make.authorise(cast["learner"], cast)
    attempt = actions.create_attempt(actor=cast["learner"], sitting_id=make.put_sitting(), now=NOW)
    actions.confirm_identity(actor=make.at_the_door(), attempt_id=attempt.id, now=NOW)
    somebody.sign_in("learner@example.org")
    page = somebody.page
    page.goto(f"{somebody.base}/exams/attempts/{attempt.id}/")
    page.get_by_text("This exam is taken in Safe Exam Browser.").wait_for()
    somebody.check()
    page.add_init_script(BROWSER.replace("KEY", key))
    page.reload()
    page.get_by_role("button", name="Start the exam").click()
    page.locator("#exam[data-open]").wait_for()
    text(page).fill("4")
    until(page, lambda: stored(attempt) == {"a": ["4"]})
    somebody.context.clear_cookies(name="seb")
    page.goto(f"{somebody.base}/exams/attempts/{attempt.id}/check/")
    page.get_by_role("button", name="Submit exam").click()
    page.get_by_role("link", name="Leave Safe Exam Browser").wait_for()


@pytest.fixture
def kinds(cast):
    make.put_exam()
    staff = cast["staff"]
    actions.draft_version(actor=staff, code="CFx", now=NOW)
    for item in (items.ORDER, items.MATCH, items.FORMULA):
        actions.put_item(actor=staff, code="CFx", item=item, now=NOW)
    told = {"picture": items.png(), "picture_words": "A bar"}
    actions.put_item(actor=staff, code="CFx", item=items.HOTSPOT, now=NOW, **told)
    for old in make.BANK:
        actions.retire_item(actor=staff, code="CFx", item=old.id, retired=True, now=NOW)
    terms = replace(make.TERMS, draw=(Draw("a", 4),))
    actions.change_terms(actor=staff, code="CFx", terms=terms, now=NOW)
    actions.publish_version(actor=staff, code="CFx", number=2, now=NOW)
    make.authorise(cast["learner"], cast)
    return make.begin(cast, cast["learner"], make.put_sitting())


def test_steps_pairs_pictures_and_formulas_by_keyboard_on_a_phone(visitor, kinds, scripts) -> None:
    if not scripts:
        pytest.skip("tests/exams/test_kinds.py posts the form")
    somebody = visitor()
    somebody.sign_in("learner@example.org")
    somebody.path = f"/exams/attempts/{kinds.id}/"
    page = somebody.page
    page.set_viewport_size({"width": 320, "height": 640})
    ready(somebody, page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for name, keys in (("item_o1", ("1", "2", "3")), ("item_m1", ("P", "M"))):
        for n, key in enumerate(keys):
            page.locator(f"[name={name}]").nth(n).focus()
            page.keyboard.press(key)
    page.locator("[name=item_h1]").first.focus()
    page.keyboard.press("Space")
    page.locator("[data-area='2'] text").click()
    page.locator("[name=item_f1]").fill("m*c*c")
    given = {"o": ["0:0", "1:1", "2:2"], "m": ["0:1", "1:0"], "h": ["0", "2"], "f": ["m*c*c"]}
    until(page, lambda: stored(kinds) == given)
    ready(somebody, page)
    assert [page.locator("[name=item_m1]").nth(n).input_value() for n in (0, 1)] == given["m"]


def test_the_proctor_writes_while_the_candidate_types(learner, running, live, cast) -> None:
    actions.agree_to_timeline(actor=cast["learner"], code="CFx", now=NOW)
    live = ready(learner, live)
    text(live).focus()
    text(live).press_sequentially("4")
    actions.tell_candidate(actor=cast["proctor"], attempt_id=running.id, words="Look <b>up</b>, please.", now=NOW)
    live.evaluate("document.dispatchEvent(new Event('paste')); document.dispatchEvent(new Event('visibilitychange'))")
    live.locator("#room-list").get_by_text("Look <b>up</b>, please.").wait_for()
    assert live.locator("#exam-told").is_visible() and text(live).input_value() == "4"
    assert live.evaluate("document.activeElement.type") == "text"
    live.get_by_label("Do you need the proctor?").fill("I cannot hear.")
    live.get_by_label("Do you need the proctor?").press("Enter")
    live.get_by_text("The proctor is asked.").wait_for()
    assert [one.words for one in queries.messages_of(cast["proctor"], running.id)][1:] == ["I cannot hear."]
    until(live, lambda: queries.messages_of(cast["proctor"], running.id)[0].read_at is not None)
    assert "paste" in {one.what for one in queries.timeline_of(cast["proctor"], running.id).moments}
    learner.check()


@pytest.fixture
def upload(visitor, cast):
    """A learner at an exam with a question that takes files."""
    make.put_exam((items.UPLOAD, make.BANK[2]), draw=(Draw("a", 1), Draw("b", 1)))
    make.authorise(cast["learner"], cast)
    attempt = make.begin(cast, cast["learner"], make.put_sitting())
    somebody = visitor()
    somebody.sign_in("learner@example.org")
    somebody.path = f"/exams/attempts/{attempt.id}/"
    return somebody, attempt


def test_a_file_is_handed_in_without_a_network_and_read_in_another_window(upload, scripts) -> None:
    learner, attempt = upload
    file = {"name": "Model.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 my model"}
    wrong = file | {"name": "bad.pdf", "buffer": b"MZ\x00"}
    learner.page.set_viewport_size({"width": 320, "height": 640})

    def named():
        given = queries.responses_of(attempt.id).get("u1", ())
        return [one.name for one in queries.handed_in(attempt.id) if str(one.id) in given]

    if not scripts:
        learner.go(learner.path)
        learner.page.get_by_label("Choose files").set_input_files([file, wrong])
        learner.press("Save my answers")
        assert "A file was not taken" in learner.page.content() and named() == ["Model.pdf"]
        assert learner.page.get_by_label("Model.pdf", exact=True).is_checked()
        learner.check()
        return
    page = ready(learner, learner.page)
    learner.context.set_offline(True)
    page.get_by_label("Choose files").set_input_files([file])
    page.get_by_text("Not sent since").first.wait_for()
    learner.context.set_offline(False)
    page.get_by_label("Model.pdf").wait_for()
    until(page, lambda: named() == ["Model.pdf"])
    page.get_by_label("Choose files").set_input_files([wrong])
    page.get_by_text("By its content this file is none").wait_for()
    learner.check()
    second = ready(learner, learner.context.new_page())
    assert second.get_by_label("Model.pdf", exact=True).is_checked()
    second.get_by_label("Model.pdf", exact=True).uncheck()
    until(second, lambda: named() == [])
    assert len(queries.handed_in(attempt.id)) == 1, "what was handed in stays"
