"""What clients of another kind send to a running exam: no answer is lost, and each refusal has its words."""

import re
from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.exam_page import Page
from tests.factories.exams import LATER
from tests.factories.people import browser

from linkspan.exams import actions, queries, tasks
from linkspan.exams.models import ResponseRow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)


@pytest.mark.parametrize("at", ["2027\x00", "\x00", "a" * 100, "2027-02-03T10:15:00Z"])
def test_what_a_page_says_of_its_clock_keeps_no_answer_back(learner, running, at) -> None:
    page = Page(learner, running)
    taken = page.send(page.batch(page.change("b1", ["0"], at=at))).taken
    assert [(one.item, one.standing) for one in taken] == [("b1", "applied")]
    assert "\x00" not in ResponseRow.objects.get().given_at
    assert ResponseRow.objects.get().given_at == (at[:40] if at.isprintable() else "")


@pytest.mark.parametrize("ahead", [timedelta(minutes=61), timedelta(days=1), timedelta(days=11)])
def test_what_came_before_the_end_is_in_time_whatever_the_page_says(learner, running, ahead) -> None:
    page = Page(learner, running)
    assert page.save("b1", ["0"], elapsed=ahead).standing == "applied"
    end = running.deadline
    assert page.save("b1", ["1"], 1, now=end - timedelta(seconds=1), elapsed=ahead).standing == "applied"
    assert page.save("b1", ["0"], 2, now=end, elapsed=ahead).standing == "late"
    assert queries.responses_of(running.id) == {"b1": ("1",)}


@pytest.mark.parametrize("version", ["9" * 20, "9" * 400, "9" * 5000, "²", "-1", ""])
def test_a_version_that_nobody_was_shown_is_none(learner, running, version) -> None:
    here = f"/exams/attempts/{running.id}/save/"
    answer = browser(learner).post(here, {"do": "save", "item_b1": "0", "shown_b1": version})
    assert answer.status_code == 302 and queries.responses_of(running.id) == {"b1": ("0",)}


DAMAGED = {
    "no boundary": {"content_type": "multipart/form-data"},
    "long boundary": {"content_type": "multipart/form-data; boundary=" + "x" * 300},
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_form_that_is_none_is_refused_in_words(learner, running, how) -> None:
    here, page = f"/exams/attempts/{running.id}/", browser(learner)
    for language, words in (("en", "This form came damaged"), ("es", "Este formulario llegó dañado")):
        headers = {"Accept-Language": language}
        answer = page.post(f"{here}save/", b"junk", headers=headers, **DAMAGED[how])
        assert answer.status_code == 400 and words in answer.content.decode()


def test_more_fields_than_any_form_has_are_refused_in_words(learner, running) -> None:
    told = {"do": "save"} | {f"item_x{n}": "1" for n in range(1100)}
    answer = browser(learner).post(f"/exams/attempts/{running.id}/save/", told)
    assert answer.status_code == 400 and "This form came damaged" in answer.content.decode()


@pytest.mark.parametrize("number", ["9" * 20, "9" * 5000, "²"])
def test_a_number_that_no_column_holds_is_refused_at_its_question(cast, number) -> None:
    staff, here = browser(cast["staff"]), "/desk/exams/make/CFx/questions/write/"
    staff.post("/desk/exams/make/CFx/", {"do": "draft"})
    seen = re.search(r'name="seen" value="(\w+)"', staff.get(here).content.decode())[1]
    told = {"id": "u1", "group": "a", "kind": "upload", "prompt": "Draw.", "lines": "5 = Drawing", "seen": seen}
    answer = staff.post(here, told | {"file_kinds": "pdf", "most_files": number, "megabytes": "5"})
    assert answer.status_code == 422 and "Draw." in answer.content.decode()


def test_a_result_of_nothing_is_shown_as_any_other(cast, learner, running, monkeypatch) -> None:
    make.hand_in(learner, running, right=False)
    actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=True, reason="", now=LATER)
    after = make.RELEASE + timedelta(hours=1)
    tasks.release_due_results(after)
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: after)
    page = browser(learner).get(f"/exams/attempts/{running.id}/").content.decode()
    assert queries.attempt(learner, running.id).score == 0 and "Score: 0%" in page
