"""Exam pages and the exam desk: what each person sees, and what each may post."""

import pytest
from django.test import Client
from tests.factories import exams as make
from tests.factories.exams import LATER, hand_in
from tests.factories.people import NOW, person

from linkspan.accounts.models import User
from linkspan.accounts.queries import identity_of
from linkspan.exams import actions, queries, tasks
from linkspan.finance import actions as finance
from linkspan.finance.queries import is_paid
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    settings.DOCUMENT_ROOT = tmp_path


def browser(actor) -> Client:
    client = Client()
    client.force_login(
        User.objects.get(id=actor.person_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_answers_are_saved_as_they_are_given(learner, running) -> None:
    client = browser(learner)
    page = client.get(f"/exams/attempts/{running.id}/").content.decode()
    assert "exam.js" in page and 'data-seconds="3000"' in page
    for _ in range(2):
        answer = client.post(f"/exams/attempts/{running.id}/autosave/", {"item_b1": "0"})
        assert answer.status_code == 204
    assert queries.responses_of(running.id)["b1"] == ("0",)
    assert browser(person("Other Sample")).post(f"/exams/attempts/{running.id}/autosave/").status_code == 404


def test_a_late_autosave_is_refused(learner, running, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: running.deadline)
    answer = browser(learner).post(f"/exams/attempts/{running.id}/autosave/", {"item_b1": "0"})
    assert answer.status_code == 409
    assert queries.responses_of(running.id) == {}


def test_the_proctor_notes_an_incident_and_another_decides_the_appeal(cast, learner, running) -> None:
    proctor, other = browser(cast["proctor"]), browser(make.second_proctor())
    assert "Amara Sample" in proctor.get("/desk/exams/").content.decode()
    proctor.post(f"/desk/exams/{running.id}/incident/", {"kind": "material", "note": "A phone on the desk."})
    hand_in(learner, running)
    assert "A phone on the desk." in other.get("/desk/exams/").content.decode()
    actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=False, reason="Phone", now=LATER)
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
    assert "50 percent" in staff.get("/desk/exams/").content.decode()
    path = f"/desk/accommodations/{asked.id}/"
    assert browser(cast["mit-admissions"]).post(path, {"do": "grant"}).status_code == 403
    assert browser(cast["mit-admissions"]).get("/desk/exams/").status_code == 403
    assert staff.post(path, {"do": "grant"}).status_code == 302
    assert "50 percent" in client.get("/exams/").content.decode()


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
    client.post(f"/pay/{charge_id}/", {"reference": "transfer 9"})
    assert not is_paid(charge_id)
    assert "transfer 9" in client.get(f"/pay/{charge_id}/").content.decode()
    staff = browser(cast["staff"])
    assert "transfer 9" in staff.get("/desk/exams/").content.decode()
    path = f"/desk/payments/{charge_id}/"
    assert client.post(path, {"reference": "x"}).status_code == 403
    assert staff.post(path, {"reference": " "}).status_code == 422
    assert staff.post(path, {"reference": "transfer 9"}).status_code == 302
    assert is_paid(charge_id)


def test_who_checks_a_name_can_open_the_document(cast) -> None:
    learner = cast["learner"]
    make.confirm_name(learner, cast["staff"])
    (check,) = identity_of(learner, learner.person_id)
    path = f"/desk/identity/{check.id}/document/"
    answer = browser(cast["staff"]).get(path)
    assert (answer.content, answer["Content-Type"]) == (b"scan", "application/octet-stream")
    assert answer["Content-Disposition"].startswith("attachment")
    assert browser(cast["mit-admissions"]).get(path).status_code == 403
    assert browser(person("Other Sample")).get(path).status_code == 403
    assert Client().get(path).status_code == 302
