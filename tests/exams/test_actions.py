"""From check-in to a released result; each refusal."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER, answer, begin, hand_in
from tests.factories.people import NOW, SYSTEM, person

from linkspan.exams import actions, queries, tasks
from linkspan.exams.rules import AttemptState, extra_percent
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxMessage
from linkspan.records.actions import grade_fact, record_fact
from linkspan.records.queries import learner_record

pytestmark = pytest.mark.django_db


def exams_on_record(learner):
    return learner_record(learner, learner.person_id)["exams"]


def test_the_way_to_a_released_result(cast, learner, running) -> None:
    hand_in(learner, running)
    actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=True, reason="", now=LATER)
    tasks.release_due_results(make.RELEASE - timedelta(seconds=1))
    assert queries.attempt(learner, running.id).score is None
    tasks.release_due_results(make.RELEASE)
    found = queries.attempt(learner, running.id)
    assert (found.outcome, found.score) == ("passed", Decimal("100.0"))
    (fact,) = exams_on_record(learner)
    assert fact["grade"] == {"scale": "percent", "value": "100.0"} and fact["proctored"]


def test_a_form_is_drawn_and_shown_without_answers(learner, running) -> None:
    questions = queries.questions(learner, running.id, now=LATER)
    assert [q.id[0] for q in questions] == ["a", "b"]
    assert not any(hasattr(q, "answers") for q in questions)


def test_nothing_is_known_of_a_result_before_its_release(cast, learner, running) -> None:
    hand_in(learner, running)
    make.reject(running, cast["proctor"])
    for actor in (learner, cast["proctor"]):
        found = queries.attempt(actor, running.id)
        assert (found.score, found.outcome, found.verdict_reason) == (None, None, "")
        assert found.state == AttemptState.SUBMITTED
    assert exams_on_record(learner) == []
    with pytest.raises(Refused):
        actions.release_result(attempt_id=running.id, now=LATER)


def test_no_release_without_a_verdict(learner, running) -> None:
    hand_in(learner, running)
    tasks.release_due_results(make.RELEASE)
    assert not queries.attempt(learner, running.id).released
    with pytest.raises(Refused):
        actions.release_result(attempt_id=running.id, now=make.RELEASE)


def test_a_rejected_attempt_has_no_score_and_no_record(cast, learner, running) -> None:
    hand_in(learner, running)
    make.reject(running, cast["proctor"])
    tasks.release_due_results(make.RELEASE)
    found = queries.attempt(learner, running.id)
    assert (found.outcome, found.score, found.verdict_reason) == ("rejected", None, "Phone")
    assert exams_on_record(learner) == []


def test_every_reason_against_is_told(cast, sitting) -> None:
    with pytest.raises(Refused) as refusal:
        actions.create_attempt(actor=cast["learner"], sitting_id=sitting, now=NOW)
    assert refusal.value.code == "not_authorised"
    assert len(refusal.value.reasons) == 7  # five courses, the name, the fee


def test_a_grade_below_the_programs_minimum_authorises_nobody(cast, learner) -> None:
    low = grade_fact(
        institution="MITx", course="SC4x", scale="percent", value="59", completed="2018-05-15", started=None, run="SC4x"
    )
    record_fact(
        actor=SYSTEM,
        learner_id=learner.person_id,
        institution="MITx",
        fact=low,
        source="test",
        now=NOW,
        reason="Recount",
    )
    reasons = queries.exam_reasons(learner, learner.person_id, "CFx", NOW)
    assert reasons == ("MITx/SC4x is not passed on the verified track",)


@pytest.mark.parametrize("off", [-timedelta(seconds=1), make.CLOSES - make.OPENS])
def test_check_in_only_while_the_sitting_is_open(learner, sitting, off) -> None:
    with pytest.raises(Refused, match="sitting is open from"):
        actions.create_attempt(actor=learner, sitting_id=sitting, now=make.OPENS + off)


def test_no_start_without_an_identity_check(learner, sitting) -> None:
    attempt = actions.create_attempt(actor=learner, sitting_id=sitting, now=NOW)
    with pytest.raises(Refused):
        actions.start_attempt(actor=learner, attempt_id=attempt.id, now=NOW)
    with pytest.raises(NotPermitted):
        actions.confirm_identity(actor=learner, attempt_id=attempt.id, now=NOW)


def test_a_late_answer_is_kept_apart_and_what_was_saved_counts(learner, running) -> None:
    answer(learner, running)
    late = running.deadline
    told = {"actor": learner, "attempt_id": running.id, "item": "b1", "replaces": 1}
    assert actions.save_response(given=["1"], now=late, **told).standing == "late"
    tasks.close_overdue_attempts(late)
    assert queries.attempt(learner, running.id).state == AttemptState.STARTED, "the last saves are on their way"
    tasks.close_overdue_attempts(late + timedelta(seconds=30))
    found = queries.attempt(learner, running.id)
    assert (found.state, found.submitted_at) == (AttemptState.SUBMITTED, late)
    assert actions.save_response(given=["1"], now=late + timedelta(hours=1), **told).standing == "late"
    assert queries.responses_of(running.id)["b1"] == ("0",)


def test_the_newest_answer_counts_and_the_older_stay(cast, learner, running) -> None:
    answer(learner, running, right=False)
    hand_in(learner, running, now=LATER + timedelta(minutes=1))
    actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=True, reason="", now=LATER)
    tasks.release_due_results(make.RELEASE)
    assert queries.attempt(learner, running.id).score == Decimal("100.0")


TOO_MUCH = (["x" * 501], ["x" * 8001], ["x" * 501, "y"], ["1"] * 51)


@pytest.mark.parametrize(("item", "given"), [("zz", ["1"]), *(("b1", given) for given in TOO_MUCH)])
def test_what_is_no_answer_is_unusable(learner, running, item, given) -> None:
    with pytest.raises(Unusable):
        actions.save_response(actor=learner, attempt_id=running.id, item=item, given=given, replaces=None, now=LATER)


def test_handing_in_twice_changes_nothing(learner, running) -> None:
    first = hand_in(learner, running)
    again = actions.submit_attempt(actor=learner, attempt_id=running.id, now=LATER + timedelta(minutes=5))
    assert again == first
    started_again = actions.create_attempt(actor=learner, sitting_id=running.sitting.id, now=LATER)
    assert started_again.id == running.id


def test_what_was_not_started_cannot_be_handed_in(learner, sitting) -> None:
    attempt = actions.create_attempt(actor=learner, sitting_id=sitting, now=NOW)
    with pytest.raises(Refused):
        actions.submit_attempt(actor=learner, attempt_id=attempt.id, now=NOW)


def test_no_attempt_beyond_the_limit(learner, running) -> None:
    hand_in(learner, running)
    second = make.put_sitting(opens_at=NOW + timedelta(days=60))
    with pytest.raises(Refused) as refusal:
        actions.create_attempt(actor=learner, sitting_id=second, now=NOW + timedelta(days=60))
    assert refusal.value.reasons == ("all 1 attempts are used",)


def test_another_persons_attempt_is_not_there(running) -> None:
    other = person("Other Sample")
    for verb in (
        lambda: queries.attempt(other, running.id),
        lambda: queries.questions(other, running.id, now=LATER),
        lambda: actions.start_attempt(actor=other, attempt_id=running.id, now=LATER),
        lambda: actions.save_response(
            actor=other, attempt_id=running.id, item="b1", given=["0"], replaces=None, now=LATER
        ),
        lambda: actions.submit_attempt(actor=other, attempt_id=running.id, now=LATER),
        lambda: actions.appeal_verdict(actor=other, attempt_id=running.id, statement="No.", now=LATER),
    ):
        with pytest.raises(NotFound):
            verb()


def test_nobody_reviews_themselves_or_elsewhere(cast, sitting) -> None:
    learner = person("Proctor And Learner", ("proctor", "MITx"))
    make.authorise(learner, cast)
    attempt = begin(cast, learner, sitting)
    hand_in(learner, attempt)
    for actor in (learner, cast["staff"], person("Elsewhere", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            actions.review_attempt(actor=actor, attempt_id=attempt.id, accept=True, reason="", now=LATER)


def test_a_rejection_says_why(cast, learner, running) -> None:
    hand_in(learner, running)
    with pytest.raises(Unusable):
        actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=False, reason=" ", now=LATER)


def test_no_verdict_on_a_running_attempt(cast, running) -> None:
    with pytest.raises(Refused):
        actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=True, reason="", now=LATER)


def test_the_queue_is_the_proctors(cast, learner, running) -> None:
    hand_in(learner, running)
    assert [found.id for found in queries.proctor_queue(cast["proctor"])] == [running.id]
    with pytest.raises(NotPermitted):
        queries.proctor_queue(learner)


def test_who_stands_at_the_door_comes_first_then_what_most_was_noted_of(cast, learner, running) -> None:
    hand_in(learner, running)
    others = [person("Noted Sample"), person("Waiting Sample")]
    for one in others:
        make.authorise(one, cast)
    noted = begin(cast, others[0], running.sitting.id, LATER)
    actions.submit_attempt(actor=others[0], attempt_id=noted.id, now=LATER)
    note = {"attempt_id": noted.id, "kind": "material", "note": "A phone.", "now": LATER}
    actions.log_incident(actor=cast["proctor"], **note)
    waiting = actions.create_attempt(actor=others[1], sitting_id=running.sitting.id, now=LATER)
    assert [one.id for one in queries.proctor_queue(cast["proctor"])] == [waiting.id, noted.id, running.id]


def test_extra_time(cast, learner, sitting) -> None:
    grant = {"learner_id": learner.person_id, "code": "CFx", "now": NOW}
    with pytest.raises(NotPermitted):
        actions.approve_accommodation(actor=cast["proctor"], accommodation=extra_percent(50), **grant)
    with pytest.raises(Unusable):
        actions.approve_accommodation(actor=cast["staff"], accommodation=extra_percent(201), **grant)
    actions.approve_accommodation(actor=cast["staff"], accommodation=extra_percent(50), **grant)
    attempt = begin(cast, learner, sitting)
    assert attempt.deadline == NOW + timedelta(minutes=90)


def test_a_sitting_out_of_order_is_unusable(cast) -> None:
    with pytest.raises(Unusable):
        make.put_sitting(closes_at=make.OPENS)


def test_the_event_of_a_release_tells_no_score(cast, learner, running) -> None:
    hand_in(learner, running)
    actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=True, reason="", now=LATER)
    tasks.release_due_results(make.RELEASE)
    (message,) = OutboxMessage.objects.filter(event="exams.ExamResultReleased")
    assert message.payload["outcome"] == "passed"
    assert not {"score", "percent"} & set(message.payload)
