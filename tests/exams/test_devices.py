"""An attempt stays on its device, and goes on on another one once the identity is confirmed again."""

from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER
from tests.factories.people import NOW, browser, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.rules import LONGEST_STILL, AttemptState, may_review
from linkspan.exams.tasks import close_overdue_attempts
from linkspan.kernel.errors import NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(monkeypatch, settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path

    def set_to(now):
        monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: now)

    set_to(NOW)
    return set_to


def stop(actor, attempt, now=LATER, reason="The screen went dark."):
    return actions.fail_attempt(actor=actor, attempt_id=attempt.id, reason=reason, now=now)


def test_a_second_device_waits_for_the_proctor_and_gets_the_seconds_that_remain(cast, learner, sitting, at) -> None:
    ready = actions.create_attempt(actor=learner, sitting_id=sitting, now=NOW)
    door = make.at_the_door()
    actions.confirm_identity(actor=door, attempt_id=ready.id, now=NOW)
    here = f"/exams/attempts/{ready.id}/"
    first, second = browser(learner), browser(learner)
    first.get(here)
    assert first.post(f"{here}start/").status_code == 302
    assert first.post(f"{here}pages/").status_code == 200
    begun = queries.attempt(learner, ready.id)
    for _ in range(2):
        turned_away = second.get(here)
        assert (turned_away.status_code, b"Question 1" in turned_away.content) == (409, False)
    assert second.post(f"{here}pages/").json()["code"] == "other_device"
    kept = second.post(f"{here}save/", {"do": "submit", "item_b1": "0"})
    assert (kept.status_code, b'name="item_b1" value="0"' in kept.content) == (409, True)
    at(LATER)
    desk = browser(cast["proctor"])
    assert desk.post(f"/desk/exams/{ready.id}/intervene/", {"do": "move", "reason": "Dark."}).status_code == 302
    assert b"Compare the learner with the document again." in desk.get("/desk/exams/").content
    for device in (first, second):
        assert b"Stopped by the proctor" in device.get(here).content
    with pytest.raises(Refused):
        actions.resume_attempt(actor=cast["proctor"], attempt_id=ready.id, now=LATER)
    assert desk.post(f"/desk/attempts/{ready.id}/", {"do": "identity"}).status_code == 302
    again = LATER + timedelta(minutes=7, seconds=3)
    went_on = actions.resume_attempt(actor=cast["proctor"], attempt_id=ready.id, now=again)
    assert went_on.deadline == begun.deadline + timedelta(minutes=7, seconds=3)
    at(again)
    assert b"Question 1" in second.get(here).content
    assert second.post(f"{here}pages/").status_code == 200
    assert first.get(here).status_code == 409
    found = queries.attempt(cast["proctor"], ready.id)
    assert found.identity_confirmers == {door.person_id, cast["proctor"].person_id}
    may = [
        may_review(who, found.sitting.exam, learner.person_id, found.identity_confirmers)
        for who in (door, cast["proctor"])
    ]
    assert may == [False, False] and queries.no_reviewers(ready.id) == found.identity_confirmers


def test_who_stops_an_attempt_when_and_why(cast, learner, running) -> None:
    for actor in (learner, cast["staff"], person("Far Proctor", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            stop(actor, running)
    with pytest.raises(Unusable):
        stop(cast["proctor"], running, reason=" ")
    with pytest.raises(Refused, match="over"):
        stop(cast["proctor"], running, now=running.deadline)
    actions.pause_attempt(actor=cast["proctor"], attempt_id=running.id, reason="Alarm", now=LATER)
    stopped = stop(cast["proctor"], running, now=LATER + timedelta(minutes=5))
    assert (stopped.state, stopped.paused_at) == (AttemptState.ERROR, LATER)
    assert stop(cast["proctor"], running, now=LATER + timedelta(minutes=9)) == stopped
    with pytest.raises(Refused):
        actions.submit_attempt(actor=learner, attempt_id=running.id, now=LATER)


def test_what_stands_still_for_a_day_is_handed_in_as_it_stood(cast, learner, running) -> None:
    make.answer(learner, running)
    stop(cast["proctor"], running)
    close_overdue_attempts(LATER + LONGEST_STILL - timedelta(seconds=1))
    assert queries.attempt(learner, running.id).state is AttemptState.ERROR
    close_overdue_attempts(LATER + LONGEST_STILL)
    found = queries.attempt(learner, running.id)
    assert (found.state, found.submitted_at) == (AttemptState.SUBMITTED, LATER)


def test_the_api_stops_an_attempt(cast, running, client, at) -> None:
    at(LATER)
    headers = {"Authorization": f"Bearer {token_for(cast['proctor'])}", "Idempotency-Key": "stop"}
    path = f"/api/v1/exams/attempts/{running.id}/failure"
    stopped = client.post(path, {"reason": "Dark."}, content_type="application/json", headers=headers)
    assert (stopped.status_code, stopped.json()["state"]) == (200, "error")
