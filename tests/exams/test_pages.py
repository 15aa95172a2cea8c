"""Exam pages and the exam desk: what each person sees, and what each may post."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.factories import exams as make
from tests.factories.exam_page import Page
from tests.factories.exams import LATER, hand_in
from tests.factories.people import NOW, browser, person

from linkspan.accounts.queries import identity_of
from linkspan.exams import queries, tasks
from linkspan.finance import actions as finance
from linkspan.finance.queries import is_paid
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    settings.DOCUMENT_ROOT = tmp_path


def test_the_page_of_a_running_exam(learner, running) -> None:
    page = browser(learner).get(f"/exams/attempts/{running.id}/").content.decode()
    assert "exam.js" in page and 'data-seconds="3000.000"' in page and "0 of 2 answered" in page
    assert browser(person("Other Sample")).get(f"/exams/attempts/{running.id}/").status_code == 404


def test_a_save_of_two_changes_is_at_most_six_queries(learner, running) -> None:
    item = queries.questions(learner, running.id, now=LATER)[0].id
    client, path = browser(learner), f"/exams/attempts/{running.id}"
    opened = client.post(f"{path}/pages/", {}, content_type="application/json").json()
    assert opened["number"] == 1 and opened["answers"] == []
    page = Page(learner, running)
    body = page.batch(page.change(item, ["4"]), page.change("b1", ["0"]))
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(f"{path}/answers/", body, content_type="application/json")
    assert [one["standing"] for one in answer.json()["taken"]] == ["applied", "applied"]
    assert answer.json()["milliseconds_left"] == 3_000_000
    work = [query["sql"] for query in asked if query["sql"].startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]
    assert len(work) <= 6, work


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 422), (b"[" * 60_000, 422), (b'"' + b"a" * 70_000 + b'"', 422), (b"\xff", 422), (b"null", 422)],
)
def test_what_is_no_save_is_refused(learner, running, content, status) -> None:
    path = f"/exams/attempts/{running.id}/answers/"
    assert browser(learner).post(path, content, content_type="application/json").status_code == status
    assert Client().post(path, content, content_type="application/json").status_code == 401
    assert browser(learner).get(path).status_code == 405


def form(learner, running, **fields):
    return browser(learner).post(f"/exams/attempts/{running.id}/save/", {"do": "save", **fields})


def test_the_plain_form_erases_nothing_and_asks_which_to_keep(learner, running) -> None:
    item = queries.questions(learner, running.id, now=LATER)[0].id
    blank = {f"item_{item}": "", f"shown_{item}": "", "shown_b1": ""}
    form(learner, running, **blank | {f"item_{item}": "4"})
    form(learner, running, **blank | {"item_b1": "0"})
    assert queries.responses_of(running.id) == {item: ("4",), "b1": ("0",)}
    asked = form(learner, running, **blank | {"item_b1": "1"})
    assert asked.status_code == 409
    assert "Keep the saved answer: this" in asked.content.decode()
    assert "Take the answer of this window: that" in asked.content.decode()
    choice = {"shown_b1": "1", "item_b1": "1"}
    form(learner, running, **choice, keep_b1="saved")
    assert queries.responses_of(running.id) == {item: ("4",), "b1": ("0",)}
    form(learner, running, **choice, keep_b1="mine")
    assert queries.responses_of(running.id) == {item: ("4",), "b1": ("1",)}


def test_before_handing_in_the_page_shows_what_is_unanswered(learner, running) -> None:
    path = f"/exams/attempts/{running.id}/"
    client = browser(learner)
    assert client.post(f"{path}save/", {"do": "check", "item_b1": "0", "shown_b1": ""}).url == f"{path}check/"
    page = client.get(f"{path}check/").content.decode()
    assert "1 of 2 answered" in page and f'href="{path}#question-1"' in page and f"{path}#question-2" not in page
    assert client.post(f"{path}save/", {"do": "sumbit"}).status_code == 422
    assert client.post(f"{path}save/", {"do": "submit", "page": "x", "changes": "1"}).status_code == 422
    assert queries.attempt(learner, running.id).state == "started"
    assert client.post(f"{path}save/", {"do": "submit"}).status_code == 302
    assert queries.attempt(learner, running.id).state == "submitted"
    assert client.get(f"{path}check/").url == path


def test_a_form_that_comes_too_late_is_kept_for_the_desk(cast, learner, running, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: running.deadline)
    assert form(learner, running, item_b1="0", shown_b1="").status_code == 302
    page = browser(learner).get(f"/exams/attempts/{running.id}/").content.decode()
    assert "The time is over" in page
    assert queries.responses_of(running.id) == {}
    desk = browser(cast["staff"])
    page = desk.get("/desk/exams/").content.decode()
    assert "nothing proves when it was given" in page
    ((_, (late,)),) = queries.late_answers(cast["staff"]).items()
    path = f"/desk/exams/{running.id}/late/"
    decision = {"shown": [late.id], "accept": [late.id], "reason": "Seen by the proctor."}
    assert browser(learner).post(path, decision).status_code == 403
    assert desk.post(path, {**decision, "reason": ""}).status_code == 422
    assert desk.post(path, {**decision, "accept": ["x"]}).status_code == 422
    assert desk.post(path, decision).status_code == 302
    assert queries.responses_of(running.id) == {"b1": ("0",)}


def test_a_proctor_takes_in_a_file_of_answers(cast, learner, running) -> None:
    page = Page(learner, running)
    file = page.file(page.batch(page.change("b1", ["0"])))
    path, proctor = f"/desk/exams/{running.id}/answers-file/", browser(cast["proctor"])
    assert "Take in a file of answers" in proctor.get("/desk/exams/").content.decode()
    assert proctor.post(path).status_code == 422
    for content, status in ((b"{}", 422), (file, 302)):
        upload = {"answers": SimpleUploadedFile("<script>.json", content)}
        assert proctor.post(path, upload).status_code == status
    assert queries.responses_of(running.id) == {"b1": ("0",)}


def test_the_proctor_notes_an_incident_and_another_decides_the_appeal(cast, learner, running) -> None:
    proctor, other = browser(cast["proctor"]), browser(make.second_proctor())
    assert "Amara Sample" in proctor.get("/desk/exams/").content.decode()
    proctor.post(f"/desk/exams/{running.id}/incident/", {"kind": "material", "note": "A phone on the desk."})
    hand_in(learner, running)
    assert "A phone on the desk." in other.get("/desk/exams/").content.decode()
    make.reject(running, cast["proctor"])
    tasks.release_due_results(make.RELEASE)
    browser(learner).post(f"/exams/attempts/{running.id}/appeal/", {"statement": "It was a timer."})
    assert "It was a timer." in other.get("/desk/exams/").content.decode()
    assert "It was a timer." not in proctor.get("/desk/exams/").content.decode()
    path = f"/desk/appeals/{queries.appeal_of(learner, running.id).id}/"
    assert proctor.post(path, {"do": "uphold", "reason": "Yes."}).status_code == 403
    assert other.post(path, {"do": "perhaps", "reason": "Yes."}).status_code == 422
    assert other.post(path, {"do": "uphold", "reason": "A timer."}).status_code == 302
    assert queries.appeal_of(learner, running.id).state == "upheld"


def test_extra_time_is_asked_for_and_granted(cast, learner, sitting) -> None:
    client, staff = browser(learner), browser(cast["staff"])
    assert client.post("/exams/CFx/extra-time/", {"percent": "many"}).status_code == 422
    assert client.post("/exams/CFx/extra-time/", {"percent": "50"}).status_code == 302
    (asked,) = queries.accommodations_of(learner, learner.person_id)
    assert "50% more time" in staff.get("/desk/exams/").content.decode()
    path = f"/desk/accommodations/{asked.id}/"
    assert browser(cast["mit-admissions"]).post(path, {"do": "grant"}).status_code == 403
    assert browser(cast["mit-admissions"]).get("/desk/exams/").status_code == 403
    assert staff.post(path, {"do": "grant"}).status_code == 302
    assert "50% more time" in client.get("/exams/").content.decode()


def test_a_reported_payment_is_confirmed_at_the_desk(cast) -> None:
    learner = cast["learner"]
    charge_id = finance.charge(
        actor=learner,
        learner_id=learner.person_id,
        subject="exam:CFx",
        amount=Money(60000, "USD"),
        institution="MITx",
        now=NOW,
    )
    client = browser(learner)
    client.post(f"/pay/{charge_id}/", {"do": "report", "reference": "transfer 9"})
    assert not is_paid(charge_id)
    assert "transfer 9" in client.get(f"/pay/{charge_id}/").content.decode()
    staff = browser(cast["staff"])
    assert "1 payment to confirm" in staff.get("/desk/exams/").content.decode()
    assert "transfer 9" in staff.get("/desk/money/charges/?state=reported").content.decode()
    path = f"/desk/money/charges/{charge_id}/"
    assert client.post(path, {"do": "confirm", "reference": "x"}).status_code == 403
    assert staff.post(path, {"do": "confirm", "reference": " "}).status_code == 422
    assert staff.post(path, {"do": "confirm", "reference": "transfer 9"}).status_code == 302
    assert is_paid(charge_id)


def test_who_checks_a_name_can_open_the_document(cast) -> None:
    learner = cast["learner"]
    make.put_grades(learner, exam=None, now=NOW)
    make.confirm_name(learner, cast["staff"])
    (check,) = identity_of(learner, learner.person_id, NOW)
    path = f"/desk/identity/{check.id}/document/"
    answer = browser(cast["staff"]).get(path)
    assert (answer.content, answer["Content-Type"]) == (b"%PDF-1.7 scan", "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert browser(cast["mit-admissions"]).get(path).status_code == 403
    assert browser(person("Other Sample")).get(path).status_code == 403
    assert Client().get(path).status_code == 302
