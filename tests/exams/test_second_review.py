"""A verdict left to another person, and each rejection that is lifted on a list."""

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER, hand_in
from tests.factories.news import News
from tests.factories.people import browser, person, token_for

from linkspan.exams import actions, queries, tasks
from linkspan.exams.rules import AttemptState
from linkspan.kernel.errors import NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    settings.DOCUMENT_ROOT = tmp_path


@pytest.fixture
def told(running, learner):
    hand_in(learner, running)
    return {"attempt_id": running.id, "now": LATER}


def state(actor, attempt):
    return queries.attempt(actor, attempt.id).state


def test_another_person_gives_the_verdict_and_the_learner_is_not_told(cast, learner, running, told) -> None:
    proctor, second = cast["proctor"], make.second_proctor()
    news = News()
    news(LATER)
    for actor in (learner, cast["staff"], person("Far Proctor", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            actions.ask_second_review(actor=actor, reason="A voice.", **told)
    with pytest.raises(Unusable):
        actions.ask_second_review(actor=proctor, reason=" ", **told)
    actions.ask_second_review(actor=proctor, reason="A voice.", **told)
    assert news(LATER) == [("Second Proctor", "attempt_waits"), ("Toni Proctor (sample)", "attempt_waits")]
    assert (state(proctor, running), state(learner, running)) == (AttemptState.SECOND_REVIEW, AttemptState.SUBMITTED)
    assert [row.state for row in queries.attempts_of(learner, learner.person_id)] == [AttemptState.SUBMITTED]
    for again in (actions.review_attempt, actions.ask_second_review):
        with pytest.raises(Refused, match="Another proctor"):
            again(actor=proctor, reason="Alone", **told | ({"accept": True} if again is actions.review_attempt else {}))
    tasks.release_due_results(make.RELEASE)
    assert not queries.attempt(learner, running.id).released
    (waiting,) = queries.proctor_queue(second)
    assert (waiting.second_review.asked_by, waiting.second_review.reason) == (proctor.name, "A voice.")
    actions.review_attempt(actor=second, accept=True, reason="", **told)
    tasks.release_due_results(make.RELEASE)
    assert queries.attempt(learner, running.id).outcome == "passed"
    assert queries.lifts(proctor) == ()


def test_a_lifted_rejection_needs_a_reason_and_is_listed(cast, learner, running, told) -> None:
    proctor, second = cast["proctor"], make.second_proctor()
    decided = make.reject(running, proctor)
    for one in (proctor, decided):
        with pytest.raises(Refused):
            actions.review_attempt(actor=one, accept=True, reason="A timer.", **told)
    with pytest.raises(Unusable):
        actions.review_attempt(actor=second, accept=True, reason=" ", **told)
    actions.review_attempt(actor=second, accept=True, reason="A timer.", **told)
    (lift,) = queries.lifts(cast["staff"])
    assert (lift.learner_id, lift.rejected_by, lift.rejection) == (learner.person_id, decided.name, "Phone")
    assert (lift.lifted_by, lift.reason, lift.at) == ("Second Proctor", "A timer.", LATER)
    assert queries.lifts(person("Far Auditor", ("auditor", "HES"))) == ()
    with pytest.raises(NotPermitted):
        queries.lifts(learner)
    page = browser(cast["staff"]).get("/desk/exams/lifted/").content.decode()
    assert "A timer." in page and "Phone" in page and learner.name in page
    assert browser(learner).get("/desk/exams/lifted/").status_code == 403


def test_the_desk_and_the_api_leave_a_verdict_to_another(cast, running, told, client) -> None:
    desk = browser(cast["proctor"])
    asked = desk.post(f"/desk/attempts/{running.id}/", {"do": "second", "reason": "A voice."})
    assert asked.status_code == 302
    assert b"Another proctor gives the verdict." in desk.get("/desk/exams/").content
    shown = browser(make.second_proctor()).get("/desk/exams/").content
    assert b"asks for a second review: A voice." in shown and b'value="second"' not in shown
    path = f"/api/v1/exams/attempts/{running.id}/second-review"
    headers = {"Authorization": f"Bearer {token_for(cast['proctor'])}", "Idempotency-Key": "second"}
    again = client.post(path, {"reason": "Again."}, content_type="application/json", headers=headers)
    assert (again.status_code, again.json()["type"]) == (409, "urn:linkspan:problem:same_person")
    lifts = client.get("/api/v1/exams/lifts", headers=headers)
    assert (lifts.status_code, lifts.json()) == (200, [])
