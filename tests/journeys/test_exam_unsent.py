"""What cannot be sent from the page of an exam holds back nothing else: files, and what an older window left."""

import pytest
from tests.factories import exams as make
from tests.factories import items
from tests.journeys import test_exam_page, test_story

from linkspan.exams import queries
from linkspan.exams.rules import Draw

pytestmark = pytest.mark.django_db(transaction=True)
people, cast, upload = test_story.people, test_exam_page.cast, test_exam_page.upload
ready, until = test_exam_page.ready, test_exam_page.until
FILE = {"name": "Model.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 my model"}
#: What an older window left on this device that the server does not know any more.
LEFT = """async attempt => {
  const open = await new Promise(done => {
    const asked = indexedDB.open("linkspan-exams", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("pages", {keyPath: "id"});
    asked.onsuccess = () => done(asked.result);
  });
  const id = "00000000-0000-4000-8000-000000000000";
  const page = {id, attempt, seq: 1, batch: 1, head: "", pending: {}, files: [], signing_key: "00", file_key: "00"};
  const batch = {writer: id, batch: 1, prev: "", sent_at: "", changes: [], mac: ""};
  await new Promise(done => {
    open.transaction("pages", "readwrite").objectStore("pages").put({...page, batches: [batch]}).onsuccess = done;
  });
}"""


@pytest.fixture
def scripts() -> bool:
    """This is about the page's script."""
    return True


def given(attempt):
    return {item: list(value) for item, value in queries.responses_of(attempt.id).items()}


@pytest.mark.parametrize("status", [0, 403, 500, 503])
def test_a_file_that_cannot_be_sent_holds_back_no_answer(upload, status) -> None:
    learner, attempt = upload
    page = ready(learner, learner.page)
    page.route("**/files/", lambda route: route.fulfill(status=status, body="no") if status else route.abort())
    page.get_by_label("Choose files").set_input_files([FILE])
    page.get_by_text("Not sent since").first.wait_for()
    page.get_by_label("this").check()
    until(page, lambda: given(attempt) == {"b1": ["0"]})
    page.locator("#exam-saved").get_by_text("Not sent since").wait_for()  # between two tries: the file waits
    assert page.locator("#exam-file").is_visible()
    page.unroute("**/files/")
    page.get_by_label("Model.pdf").wait_for(timeout=60_000)
    until(page, lambda: len(given(attempt).get("u1", ())) == 1)
    page.get_by_text("Saved ").first.wait_for()


def test_a_file_that_is_too_large_is_never_sent(upload) -> None:
    learner, attempt = upload
    page = ready(learner, learner.page)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/files/") else None)
    most = items.UPLOAD.accepts.megabytes
    page.get_by_label("Choose files").set_input_files([FILE | {"buffer": b"%PDF-1.7" + b"x" * most * 2**20}, FILE])
    page.get_by_text(f"Model.pdf: larger than {most} MB. Choose a smaller one.").wait_for()
    page.get_by_label("this").check()
    until(page, lambda: given(attempt).get("b1") == ["0"] and len(given(attempt).get("u1", ())) == 1)
    assert len(asked) == 1
    learner.check()


def test_a_file_that_a_proxy_finds_too_large_is_told_and_not_sent_again(upload) -> None:
    learner, attempt = upload
    page = ready(learner, learner.page)
    asked = []
    page.route("**/files/", lambda route: (asked.append(1), route.fulfill(status=413, body="too large"))[1])
    page.get_by_label("Choose files").set_input_files([FILE])
    page.get_by_text("Model.pdf: larger than").wait_for()
    page.get_by_label("this").check()
    until(page, lambda: given(attempt) == {"b1": ["0"]})
    page.get_by_text("Saved ").first.wait_for()
    assert asked == [1]


def test_what_an_older_window_left_and_nobody_takes_holds_back_no_answer(visitor, cast) -> None:
    make.put_exam(draw=(Draw("b", 1),))
    make.authorise(cast["learner"], cast)
    attempt = make.begin(cast, cast["learner"], make.put_sitting())
    learner = visitor()
    learner.sign_in("learner@example.org")
    learner.path = f"/exams/attempts/{attempt.id}/"
    learner.page.evaluate(LEFT, str(attempt.id))
    page = ready(learner, learner.page)
    page.get_by_label("this").check()
    until(page, lambda: given(attempt) == {"b1": ["0"]})
    page.close()
