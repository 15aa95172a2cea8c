"""A rejection takes two people, and the learner is heard between."""

from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER, hand_in
from tests.factories.news import News, still_open
from tests.factories.people import browser, person

from linkspan.exams import actions, queries
from linkspan.exams.models import RejectionRow
from linkspan.exams.rules import MOVES, AttemptState, IncidentKind
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.messages.queries import waits_at

pytestmark = pytest.mark.django_db
HEARD = LATER + timedelta(days=7)
BEFORE = HEARD - timedelta(seconds=1)


@pytest.fixture
def told(running, learner, monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    settings.DOCUMENT_ROOT = tmp_path
    hand_in(learner, running)
    return {"attempt_id": running.id, "reason": "A phone.", "now": LATER}


def propose(actor, told, ground=IncidentKind.MATERIAL, **more):
    actions.review_attempt(actor=actor, accept=False, ground=ground, **told | more)


def say(learner, running, words="It was a timer.", now=LATER):
    actions.answer_rejection(actor=learner, attempt_id=running.id, statement=words, now=now)


def test_no_move_of_one_person_leads_to_a_rejection() -> None:
    assert {(move.start, move.who) for move in MOVES if move.end == "rejected"} == {
        ("rejection_proposed", "second_person")
    }


def test_one_proposes_the_learner_answers_another_decides(cast, learner, running, told) -> None:
    first, second, news = cast["proctor"], make.second_proctor(), News()
    news(LATER)
    for bad in ({"ground": None}, {"reason": " "}):
        with pytest.raises(Unusable):
            propose(first, told, **bad)
    for _ in range(2):
        propose(first, told)
    assert news(LATER) == [(learner.name, "rejection_proposed")]
    assert still_open("rejection_proposed", LATER) == {learner.name}
    assert queries.attempt(learner, running.id).state == AttemptState.REJECTION_PROPOSED
    with pytest.raises(Refused, match="may answer until"):
        propose(second, told, now=BEFORE)
    for somebody in (person("Other Sample"), first):
        with pytest.raises(NotFound):
            say(somebody, running)
    with pytest.raises(Unusable):
        say(learner, running, " ")
    for _ in range(2):
        say(learner, running)
    assert still_open("rejection_proposed", LATER) == set()
    assert news(LATER) == [("Second Proctor", "attempt_waits"), ("Toni Proctor (sample)", "attempt_waits")]
    with pytest.raises(Refused, match="You answered"):
        say(learner, running, "Something else.")
    with pytest.raises(Refused, match="You proposed"):
        actions.review_attempt(actor=first, accept=True, **told)
    with pytest.raises(Refused, match="You confirmed"):
        propose(make.at_the_door(), told)
    propose(second, told, reason="")
    row = RejectionRow.objects.get()
    assert (row.proposed_by, row.statement) == (first.name, "It was a timer.")
    actions.release_result(attempt_id=running.id, now=make.RELEASE)
    assert queries.attempt(learner, running.id).verdict_reason == "A phone."
    appeal = actions.appeal_verdict(actor=learner, attempt_id=running.id, statement="No.", now=make.RELEASE)
    for one in (first, second):
        assert queries.appeal_queue(one) == ()
        assert "decide_exam_appeal" not in {wait.what for wait in waits_at(one, make.RELEASE)}
        with pytest.raises(NotPermitted):
            actions.decide_appeal(actor=one, appeal_id=appeal, uphold=True, reason="Yes.", now=make.RELEASE)
    assert "decide_exam_appeal" in {wait.what for wait in waits_at(make.at_the_door(), make.RELEASE)}


def test_who_says_nothing_is_decided_on_after_a_week_and_the_second_may_accept(cast, learner, running, told) -> None:
    propose(cast["proctor"], told)
    with pytest.raises(Refused, match="time to answer is over"):
        say(learner, running, now=HEARD)
    actions.review_attempt(actor=make.second_proctor(), accept=True, **told)
    assert queries.due_releases(make.RELEASE) == (running.id,)
    with pytest.raises(Refused):
        say(learner, running)


def test_who_asked_for_a_second_review_may_decide_on_what_the_second_proposes(cast, learner, running, told) -> None:
    first, second = cast["proctor"], make.second_proctor()
    actions.ask_second_review(actor=first, **told)
    propose(second, told)
    with pytest.raises(Refused, match="You proposed"):
        actions.review_attempt(actor=second, accept=True, **told)
    propose(first, told, now=HEARD)
    assert queries.due_releases(make.RELEASE) == (running.id,)


def test_the_pages_of_the_desk_and_the_learner(cast, learner, running, told) -> None:
    first, second, mine = (browser(one) for one in (cast["proctor"], make.second_proctor(), learner))
    path, page = f"/desk/attempts/{running.id}/", f"/exams/attempts/{running.id}/"
    given = {"do": "reject", "reason": "A <b>phone</b>."}
    assert first.post(path, given).status_code == 422
    assert first.post(path, given | {"ground": "mood"}).status_code == 422
    assert first.post(path, given | {"ground": "material"}).status_code == 302
    assert b"Another proctor gives the verdict." in first.get("/desk/exams/").content
    desk = second.get("/desk/exams/").content.decode()
    assert "proposes to reject it" in desk and "A &lt;b&gt;phone&lt;/b&gt;." in desk and 'value="reject"' in desk
    assert second.post(path, {"do": "reject"}).status_code == 409
    shown = mine.get(page).content.decode()
    assert "proposes that this attempt does not count" in shown and "&lt;b&gt;phone" in shown
    assert cast["proctor"].name not in shown
    assert browser(person("Other Sample")).post(f"{page}rejection/", {"statement": "Mine."}).status_code == 404
    assert mine.post(f"{page}rejection/", {"statement": ""}).status_code == 422
    assert mine.post(f"{page}rejection/", {"statement": "It was a timer."}).status_code == 302
    assert "It was a timer." in mine.get(page).content.decode()
    assert "It was a timer." in second.get("/desk/exams/").content.decode()
    assert second.post(path, {"do": "reject"}).status_code == 302
    assert queries.attempt(learner, running.id).state == AttemptState.SUBMITTED, "not told before the release"
