"""A running exam in a proctor's hands: the clock stands and goes on exactly; ends that do not count."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories import exams as make
from tests.factories.people import NOW, person
from tests.factories.world import load_world

from linkspan.exams import actions, queries
from linkspan.exams.rules import FINAL, MOVES, Act, AttemptState, after
from linkspan.exams.rules.states import Who
from linkspan.exams.tasks import close_overdue_attempts
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.messages.queries import notices_of
from linkspan.site.command import main


def test_every_act_leads_where_the_table_says_and_nowhere_else() -> None:
    table = {(move.start, move.act): move.end for move in MOVES}
    assert len(table) == len(MOVES)
    for state in AttemptState:
        for act in Act:
            if (state, act) in table:
                assert after(state, act) is table[state, act]
            else:
                with pytest.raises(Refused):
                    after(state, act)


@given(st.lists(st.sampled_from([act for act in Act if act is not Act.LIFT]), max_size=12))
def test_nothing_leaves_a_final_state_but_a_second_person(acts: list[Act]) -> None:
    state = AttemptState.CREATED
    for act in acts:
        try:
            moved = after(state, act)
        except Refused:
            continue
        assert state not in FINAL
        state = moved


def test_each_state_is_reached_and_the_command_prints_the_table(capsys) -> None:
    assert {move.end for move in MOVES} | {AttemptState.CREATED} == set(AttemptState)
    assert main(["exams", "states", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["moves"]) == len(MOVES) and ["started", "pause", "proctor", "paused"] in told["moves"]
    assert told["final"] == ["verified", "rejected", "no_show", "declined", "cancelled"]
    out = [(move.start, move.who, move.end) for move in MOVES if move.start in FINAL]
    assert out == [(AttemptState.REJECTED, Who.SECOND_PERSON, AttemptState.VERIFIED)]


@pytest.fixture
def cast(db):
    cast = load_world()
    make.put_exam()
    return cast


@pytest.fixture
def running(cast):
    """A started attempt, with its learner and its proctor."""
    make.authorise(cast["learner"], cast)
    attempt = make.begin(cast, cast["learner"], make.put_sitting())
    return cast["learner"], cast["proctor"], attempt


def test_a_pause_stops_the_clock_and_what_was_left_is_left(running) -> None:
    learner, proctor, attempt = running
    told = {"actor": proctor, "attempt_id": attempt.id}
    paused = actions.pause_attempt(reason="Fire alarm", now=NOW + timedelta(minutes=5), **told)
    assert paused.state is AttemptState.PAUSED and paused.deadline == attempt.deadline
    assert actions.pause_attempt(reason="again", now=NOW + timedelta(minutes=6), **told) == paused
    close_overdue_attempts(attempt.deadline + timedelta(hours=2))
    assert queries.attempt(learner, attempt.id).state is AttemptState.PAUSED
    went_on = actions.resume_attempt(now=NOW + timedelta(minutes=45), **told)
    assert went_on.deadline == attempt.deadline + timedelta(minutes=40) and went_on.paused_at is None
    assert actions.resume_attempt(now=NOW + timedelta(minutes=50), **told) == went_on


def test_minutes_move_the_end_at_once(running) -> None:
    _, proctor, attempt = running
    told = {"actor": proctor, "attempt_id": attempt.id, "now": NOW}
    longer = actions.add_minutes(minutes=15, reason="Network", **told)
    assert longer.deadline == attempt.deadline + timedelta(minutes=15)
    for minutes in (0, -1, 241):
        with pytest.raises(Unusable):
            actions.add_minutes(minutes=minutes, reason="Network", **told)
    with pytest.raises(Unusable):
        actions.add_minutes(minutes=5, reason=" ", **told)


@pytest.mark.parametrize("verb", ["pause", "resume", "minutes", "cancel"])
def test_who_may_intervene(running, verb) -> None:
    learner, _, attempt = running
    does = {
        "pause": lambda who: actions.pause_attempt(actor=who, attempt_id=attempt.id, reason="x", now=NOW),
        "resume": lambda who: actions.resume_attempt(actor=who, attempt_id=attempt.id, now=NOW),
        "minutes": lambda who: actions.add_minutes(actor=who, attempt_id=attempt.id, minutes=1, reason="x", now=NOW),
        "cancel": lambda who: actions.cancel_attempt(actor=who, attempt_id=attempt.id, reason="x", now=NOW),
    }[verb]
    others = [person("Elsewhere", ("proctor", "HES")), person("Reader", ("reader", "MITx")), learner]
    for who in others:
        with pytest.raises(NotPermitted):
            does(who)


def test_a_cancelled_attempt_counts_against_no_limit_and_its_learner_alone_is_told(running) -> None:
    learner, proctor, attempt = running
    outbox.drain(now=NOW)
    before = len(notices_of(learner))
    for _ in range(2):
        actions.cancel_attempt(actor=proctor, attempt_id=attempt.id, reason="Power cut", now=NOW)
    outbox.drain(now=NOW)
    found = queries.attempt(learner, attempt.id)
    assert (found.state, found.verdict_reason) == (AttemptState.CANCELLED, "Power cut")
    assert len(notices_of(learner)) == before + 1
    assert not any("attempts are used" in one for one in queries.exam_reasons(learner, learner.person_id, "CFx", NOW))
    for act in (actions.submit_attempt, actions.decline_attempt):
        with pytest.raises(Refused):
            act(actor=learner, attempt_id=attempt.id, now=NOW)


def test_a_learner_declines_before_the_start_and_nobody_else_does(cast) -> None:
    learner, proctor = cast["learner"], cast["proctor"]
    make.authorise(learner, cast)
    attempt = actions.create_attempt(actor=learner, sitting_id=make.put_sitting(), now=NOW)
    with pytest.raises(NotFound):
        actions.decline_attempt(actor=proctor, attempt_id=attempt.id, now=NOW)
    assert actions.decline_attempt(actor=learner, attempt_id=attempt.id, now=NOW).state is AttemptState.DECLINED
    with pytest.raises(Refused):
        actions.confirm_identity(actor=proctor, attempt_id=attempt.id, now=NOW)
