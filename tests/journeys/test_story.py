"""The story as people walk it: learner, staff, proctor, registrar, admissions, in a real browser."""

import json
from datetime import datetime

import pytest
from playwright.sync_api import Page
from tests.factories.world import load_world, load_world_with_courses

from linkspan.courseware.queries import course_of
from linkspan.exams.actions import release_result
from linkspan.exams.engines.olx_bank import read_bank
from linkspan.exams.queries import due_releases
from linkspan.kernel import outbox
from linkspan.site.sample import story
from linkspan.site.sample.load import HERE, world

pytestmark = pytest.mark.django_db(transaction=True)
RUN = "course-v1:MITx+SC0x+1T2018"


@pytest.fixture
def scripts() -> bool:
    """Courses are answered in the page here."""
    return True


@pytest.fixture
def people(links):
    """The people of the sample world, who sign in by link."""
    return load_world()


@pytest.fixture
def stage(links):
    """The sample world with its courses; people sign in by link."""
    return load_world_with_courses(), world()


def at(monkeypatch, moment: str) -> datetime:
    """Put the domain's clock there."""
    monkeypatch.setenv("LINKSPAN_ON", moment)
    return datetime.fromisoformat(moment)


def study(learner, run: dict) -> None:
    """Go through every unit of a course and answer each problem in the page, as a person does."""
    answers = json.loads((HERE / "courses" / run["sample"] / "answers.json").read_text())
    for block in course_of(run["id"]).root.walk():
        if block.type != "vertical":
            continue
        learner.page.goto(f"{learner.base}/courses/{run['id']}/unit/{block.name}/")
        problems = [child for child in block.children if child.type == "problem"]
        for problem in problems:
            answer(learner.page, problem.id, answers[problem.name]["2_1"])
    learner.check()


def answer(page: Page, usage: str, value: str | list[str]) -> None:
    """Answer one problem by its choices, its list or its field, and read that it is correct."""
    form = page.frame_locator("iframe").locator(f"form.problem[data-usage='{usage}']")
    if form.locator("select").count():
        form.locator("select").select_option(label=value)
    elif form.locator("input[type=radio], input[type=checkbox]").count():
        for choice in value if isinstance(value, list) else [value]:
            form.locator(f"input[value='{choice}']").check()
    else:
        form.locator("input[type=text]").fill(value)
    form.get_by_role("button", name="Submit", exact=True).click()
    form.get_by_role("status").get_by_text("Correct.").wait_for()


def test_from_the_first_course_to_the_degree(stage, visitor, monkeypatch, tmp_path) -> None:
    cast, data = stage
    learner = visitor()
    at(monkeypatch, "2018-01-15T15:00:00+00:00")
    learner.go("/")
    learner.shot("home")
    learner.sign_in("learner@example.org")
    learner.go("/programs/MITx/SCM/")
    learner.shot("program")
    learner.follow("See and enrol: Supply Chain Analytics")
    learner.page.get_by_label("Verified:").check()
    learner.press("Enrol")
    learner.page.get_by_label("Reference of the payment").fill("transfer 17")
    learner.press("Report my payment")
    first, *others = story.program_runs(data)
    study(learner, first)
    learner.go(f"/courses/{RUN}/unit/sc0x_chapter_1_part_1_unit_1/")
    learner.shot("unit")
    learner.go(f"/courses/{RUN}/")
    assert "Your grade so far: 100%" in learner.page.content()

    # The other four courses are answered through the same action that the frame posts to.
    for run in others:
        story.take_course(cast["learner"], run, story.moment(data, "study"))
    assert course_of(RUN).title == "Supply Chain Analytics"
    at(monkeypatch, "2018-05-15T12:00:00+00:00")
    staff = visitor()
    staff.sign_in("staff@example.org")
    for run in story.program_runs(data):
        staff.go("/desk/grades/")
        staff.follow(f"Gradebook of {run['sample']}")
        staff.page.get_by_label("Reason").fill("The sample's runs stay open for visitors.")
        staff.press(f"Put the grades of {run['sample']} on record")
        staff.confirm()
        assert "It is done." in staff.page.content()
    outbox.drain(now=story.moment(data, "freeze"))

    be_named(learner, visitor, monkeypatch, tmp_path)
    sit(learner, visitor, monkeypatch)
    hold_and_look(learner, visitor, monkeypatch, cast, data, tmp_path)
    be_admitted(learner, visitor, monkeypatch, cast, data)


def be_named(learner, visitor, monkeypatch, tmp_path) -> None:
    at(monkeypatch, "2018-06-01T13:00:00+00:00")
    passport = tmp_path / "passport.pdf"
    passport.write_bytes(b"%PDF-1.7 sample passport")
    learner.go("/exams/")
    assert "legal name is not confirmed" in learner.page.content()
    learner.go("/account/identity/")
    learner.page.get_by_label("Legal name as on the document").fill("Amara Sample")
    learner.page.get_by_label("Identity document (scan)").set_input_files(str(passport))
    learner.press("Hand in")
    staff = visitor()
    staff.sign_in("staff@example.org")
    staff.check()
    staff.shot("desk")
    staff.follow("Names and evidence")
    staff.press("Accept")


def sit(learner, visitor, monkeypatch) -> None:
    learner.go("/exams/")
    learner.press("Register and pay the fee")
    learner.page.get_by_label("Reference of the payment").fill("transfer 18")
    learner.press("Report my payment")
    learner.go("/exams/")
    learner.press("Check in")
    door, proctor = visitor(), visitor()
    door.sign_in("door-proctor@example.org")
    door.follow("Exams")
    door.press("The identity is confirmed")
    proctor.sign_in("proctor@example.org")
    learner.follow("Load again")
    learner.press("Start the exam")
    _, bank = read_bank(HERE / "courses" / "CFx")
    by_prompt = {" ".join(item.prompt.split()): item for item in bank}
    for field in learner.page.locator("fieldset").all():
        item = by_prompt[" ".join(field.locator("p").first.inner_text().split())]
        if item.options and field.locator("select").count():
            field.locator("select").select_option(item.answers[0])
        elif item.options:
            for right in item.answers:
                field.locator(f"input[value='{right}']").check()
        else:
            field.locator("input[type=text]").fill(item.answers[0])
    learner.shot("exam")
    learner.page.get_by_role("button", name="Check answers").click()
    learner.page.get_by_text("You answered every question.").wait_for()
    learner.press("Submit exam")
    assert "passed" not in learner.page.locator("main").inner_text()
    proctor.go("/desk/")
    proctor.follow("Exams")
    proctor.press("Verify")
    learner.page.reload()
    assert "Score" not in learner.page.content(), "the result is hidden until its release"
    released = at(monkeypatch, "2018-06-21T12:00:00+00:00")
    for attempt_id in due_releases(released):
        release_result(attempt_id=attempt_id, now=released)
    outbox.drain(now=released)
    learner.page.reload()
    learner.check()
    assert "Score: 100%" in learner.page.content()


def hold_and_look(learner, visitor, monkeypatch, cast, data, tmp_path) -> None:
    learner.go("/credentials/")
    learner.follow("Supply Chain Management")
    learner.shot("certificate")
    assert "✓ Valid" in learner.page.content()
    with learner.page.expect_download() as download:
        learner.page.get_by_role("link", name="Credential file (JSON)").click()
    file = tmp_path / "credential.json"
    download.value.save_as(file)
    anybody = visitor()
    anybody.go("/verify/")
    anybody.page.get_by_label("Credential file: JSON, PDF").set_input_files(str(file))
    anybody.press("Check")
    anybody.shot("verify")
    assert "✓ Valid" in anybody.page.content()
    at(monkeypatch, "2018-10-03T12:00:00+00:00")
    diploma = tmp_path / "diploma.pdf"
    diploma.write_bytes(b"%PDF-1.7 sample diploma")
    learner.go("/record/")
    learner.page.get_by_label("Institution").fill("Example State University")
    learner.page.get_by_label("Diploma (scan)").set_input_files(str(diploma))
    learner.press("Hand in")
    registrar = visitor()
    registrar.sign_in("mitx-registrar@example.org")
    registrar.follow("Names and evidence")
    registrar.page.get_by_label("The institution was accredited when attended").check()
    registrar.press("Accept")
    learner.go("/pathways/mine/")
    learner.shot("pathways")
    assert "One additional HES course with grade B or better" in learner.page.content()


def be_admitted(learner, visitor, monkeypatch, cast, data) -> None:
    at(monkeypatch, "2018-12-20T12:00:00+00:00")
    bridge = story.bridge_run(data)
    learner.go(f"/runs/{bridge['id']}/")
    learner.page.get_by_label("Verified:").check()
    learner.press("Enrol")
    learner.page.get_by_label("Reference of the payment").fill("transfer 19")
    learner.press("Report my payment")
    at(monkeypatch, "2019-02-01T12:00:00+00:00")
    study(learner, bridge)
    at(monkeypatch, "2019-05-20T12:00:00+00:00")
    registrar = visitor()
    registrar.sign_in("registrar@example.org")
    registrar.follow("Grades of record")
    registrar.follow("Gradebook of MGMT-E-1000")
    registrar.press("Put the grades of MGMT-E-1000 on record")
    registrar.confirm()
    at(monkeypatch, "2019-05-25T12:00:00+00:00")
    learner.go("/pathways/hes-management-from-mitx-scm/")
    learner.follow("Go to the application")
    learner.press("Check your answers")
    learner.press("Send the application")
    application = learner.page.url
    admissions = visitor()
    admissions.sign_in("hes-admissions@example.org")
    admissions.go("/desk/rounds/")
    admissions.page.goto(application)
    admissions.check()
    admissions.press("Offer a place")
    admissions.confirm()
    learner.page.goto(application)
    learner.press("Accept the offer")
    learner.confirm()
    admissions.page.goto(application)
    admissions.press("Confirm that the learner has joined")
    admissions.confirm()
    learner.go("/degree/")
    learner.shot("degree")
    assert "4 of 12 courses waived, 8 left." in learner.page.content()
    assert "$10,800" in learner.page.content()
    learner.go("/notices/")


def test_languages(stage, visitor, settings) -> None:
    """A pseudo-locale shows that text is translatable; a right-to-left one turns the page round."""
    settings.LANGUAGES = [("en", "English"), ("en-xa", "Pseudo-locale"), ("ar", "Arabic")]
    reader = visitor()
    reader.go("/")
    reader.page.get_by_label("Language").select_option("en-xa")
    reader.page.get_by_role("button", name="Change").click()
    assert "[" in reader.page.locator("h1").inner_text()
    reader.page.goto(reader.base + "/")
    reader.page.locator("#language").select_option("ar")
    reader.page.locator("footer form button").click()
    reader.page.wait_for_load_state()
    assert reader.page.locator("html").get_attribute("dir") == "rtl"
    reader.check()


def test_the_keyboard_reaches_the_content_first(stage, visitor) -> None:
    reader = visitor()
    reader.go("/")
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.className") == "skip"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("location.hash") == "#main"


def test_the_site_needs_no_scripts(stage, visitor) -> None:
    plain = visitor()
    plain.page.route("**/*.js", lambda route: route.abort())
    for path in ("/", "/programs/", "/pathways/", "/verify/"):
        plain.page.goto(plain.base + path)
        assert plain.page.locator("h1").is_visible()
        assert plain.page.locator("script").count() == 0
