"""Rounds from opening to joining: each move, each refusal, seats that are never over-committed, replays."""

import json
from datetime import timedelta

import pytest
from tests.factories.acts import match
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.rules.applications import HOLDING, MOVES, Mode, State
from linkspan.credentials.actions import issue_program_credential
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.lists import Ask
from linkspan.messages.queries import notices_of
from linkspan.pathways.actions import move_agreement
from linkspan.pathways.rules.life.lifecycle import Status
from linkspan.records.actions import check_evidence, declare_fact
from linkspan.records.rules import Kind, NewFact
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
MIT, HES = "mit-scm-blended-from-mitx-scm", "hes-management-from-mitx-scm"
CLOSES = NOW + timedelta(days=30)
AFTER = CLOSES + timedelta(days=1)


@pytest.fixture
def cast():
    return load_world()


def admissible(cast, name: str):
    """A holder of the credential who meets every clause of the sample agreement with MIT."""
    learner = person(name)
    put_grades(learner)
    issue_program_credential(actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)
    prove(cast, learner)
    return learner


def prove(cast, learner) -> None:
    """A degree and a test, each checked."""
    degree = NewFact(Kind.DEGREE, "bachelor", {"level": "bachelor", "institution": "Example University"})
    test = NewFact(Kind.TEST, "TOEFL", {"name": "TOEFL", "score": 110, "taken": "2018-03-01"})
    for fact, findings in ((degree, {"accredited": True}), (test, {})):
        declared = declare_fact(actor=learner, learner_id=learner.person_id, fact=fact, document=b"%PDF-1", now=NOW)
        check_evidence(
            actor=cast["mitx-registrar"], fact_id=declared, accept=True, findings=findings, reason="", now=NOW
        )


def opened(mode=Mode.RANKED, seats=1, agreement=MIT, **fields):
    actor = fields.pop("actor", SYSTEM)
    return actions.open_round(
        actor=actor,
        agreement_id=agreement,
        term=fields.pop("term", "a term"),
        mode=mode,
        seats=seats,
        opens_at=fields.pop("opens_at", NOW),
        closes_at=CLOSES,
        seed=5 if actor.is_system else None,
        now=NOW,
        **fields,
    )


def apply(learner, round_id, now=NOW, statement="I want to learn."):
    return actions.submit_application(actor=learner, round_id=round_id, statement=statement, now=now)


def scored(cast, round_id, name, score):
    learner = admissible(cast, name)
    made = apply(learner, round_id)
    actions.record_score(actor=cast["mit-admissions"], application_id=made.id, score=score, now=NOW)
    return learner, made.id


def state(application_id):
    return queries.application(SYSTEM, application_id).state


def seats_taken(round_id):
    counts = queries.round_counts(SYSTEM, queries.round_by_id(round_id))
    return sum(counts.get(held, 0) for held in HOLDING)


@pytest.fixture
def three(cast):
    """A round of one seat with three scored applicants, decided."""
    round_id = opened()
    people = [scored(cast, round_id, name, score) for name, score in (("Ana A", 900), ("Bo B", 800), ("Cy C", 700))]
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    return round_id, people


def answer(person_and_id, accept, now=AFTER):
    learner, application_id = person_and_id
    return actions.answer_offer(actor=learner, application_id=application_id, accept=accept, now=now)


def test_a_ranked_round_gives_its_seats_by_score_and_says_why(cast, three) -> None:
    round_id, people = three
    assert [state(a) for _, a in people] == [State.OFFERED, State.NO_SEAT, State.NO_SEAT]
    told = queries.application(people[1][0], people[1][1])
    assert told.cutoff == 900
    assert told.reasons == ("Your score 800 is under the cut-off 900.",)
    why = told.reasons[0].reason
    assert (why.code, why.values) == ("under_the_cut_off", {"score": "800", "cutoff": "900"})
    assert told.decided_by == cast["mit-admissions"].name
    again = match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    assert again == {State.OFFERED: 1, State.NO_SEAT: 2}
    assert len(queries.match_runs(round_id)) == 1


def test_a_declined_seat_goes_to_the_next_and_an_accepted_one_stays(cast, three) -> None:
    round_id, people = three
    staff = cast["mit-admissions"]
    assert actions.rerun_round(actor=staff, round_id=round_id, now=AFTER)[State.OFFERED] == 1
    assert len(queries.match_runs(round_id)) == 1, "no seat was free: nothing was matched"
    answer(people[0], accept=False)
    assert actions.rerun_round(actor=staff, round_id=round_id, now=AFTER)[State.OFFERED] == 1
    assert [state(a) for _, a in people] == [State.DECLINED, State.OFFERED, State.NO_SEAT]
    answer(people[1], accept=True)
    actions.rerun_round(actor=staff, round_id=round_id, now=AFTER)
    assert [state(a) for _, a in people] == [State.DECLINED, State.ACCEPTED, State.NO_SEAT]
    assert queries.application(SYSTEM, people[2][1]).reasons == ("Your score 700 is under the cut-off 800.",)
    actions.withdraw_application(actor=people[1][0], application_id=people[1][1], now=AFTER)
    actions.rerun_round(actor=staff, round_id=round_id, now=AFTER)
    assert state(people[2][1]) == State.OFFERED
    assert all(replay.same for replay in queries.replayed_round(staff, round_id))
    assert len(queries.match_runs(round_id)) == 3


def test_each_is_told_once_of_each_decision(cast, three) -> None:
    round_id, people = three
    answer(people[0], accept=False)
    actions.rerun_round(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    outbox.drain(now=AFTER)
    titles = [notice.title for notice in notices_of(people[1][0])]
    assert titles.count("No seat this time") == 1
    assert titles.count("You are offered a place") == 1


def test_replay_by_the_command_line(three, capsys) -> None:
    round_id, _ = three
    capsys.readouterr()
    assert main(["rounds", "replay", str(round_id), "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    found = json.loads(out)
    assert found["same"] is True
    assert found["runs"][0]["output_sha256"] == queries.match_runs(round_id)[0].output_sha256
    assert main(["rounds", "replay", str(new_id())]) == 2
    assert main(["rounds", "replay", "no id"]) == 2


def test_a_changed_input_does_not_replay(three, capsys) -> None:
    from linkspan.admissions.models import MatchRunRow

    round_id, _ = three
    row = MatchRunRow.objects.get(intake_id=round_id)
    row.input["applicants"][0]["scores"] = {MIT: 1000}
    row.save()
    assert main(["rounds", "replay", str(round_id)]) == 1


def test_replays_are_for_staff_and_auditors(cast, three) -> None:
    round_id, people = three
    for stranger in (people[0][0], cast["hes-admissions"]):
        with pytest.raises(NotPermitted):
            queries.replayed_round(stranger, round_id)
    assert queries.replayed_round(cast["auditor"], round_id)


def test_only_staff_of_the_school_decide_and_after_the_window(cast) -> None:
    round_id = opened()
    learner, application_id = scored(cast, round_id, "Ana A", 900)
    for stranger in (learner, cast["hes-admissions"]):
        with pytest.raises(NotPermitted):
            actions.decide_round(actor=stranger, round_id=round_id, now=AFTER)
        with pytest.raises(NotPermitted):
            actions.record_score(actor=stranger, application_id=application_id, score=1, now=NOW)
    staff = cast["mit-admissions"]
    with pytest.raises(Refused, match="open until"):
        actions.decide_round(actor=staff, round_id=round_id, now=NOW)
    with pytest.raises(Refused, match="matching comes first"):
        actions.decide_application(actor=staff, application_id=application_id, admit=True, reason="I say", now=NOW)
    with pytest.raises(Refused, match="decide it first"):
        actions.rerun_round(actor=staff, round_id=round_id, now=AFTER)
    with pytest.raises(NotFound):
        actions.decide_round(actor=staff, round_id=new_id(), now=AFTER)


@pytest.mark.parametrize("score", [-1, 1001])
def test_scores_have_a_scale(cast, score) -> None:
    _, application_id = scored(cast, opened(), "Ana A", 5)
    with pytest.raises(Unusable):
        actions.record_score(actor=cast["mit-admissions"], application_id=application_id, score=score, now=NOW)


def test_scores_stand_once_the_round_is_decided(cast, three) -> None:
    with pytest.raises(Refused):
        actions.record_score(actor=cast["mit-admissions"], application_id=three[1][2][1], score=1000, now=AFTER)


def test_nobody_scores_or_decides_their_own(cast) -> None:
    round_id = opened(Mode.ROLLING, None)
    reader = person("Reader", ("admissions", "MIT"))
    made = apply(reader, round_id)
    with pytest.raises(NotPermitted):
        actions.record_score(actor=reader, application_id=made.id, score=1000, now=NOW)
    with pytest.raises(NotPermitted):
        actions.decide_application(actor=reader, application_id=made.id, admit=True, reason="me", now=NOW)
    with pytest.raises(NotPermitted):
        actions.take_in_applications(
            actor=reader, round_id=round_id, scores={reader.person_id: 5}, source="file", now=NOW
        )


def test_the_audit_is_kept_as_it_was_seen_and_unknown_is_no_refusal(cast) -> None:
    round_id = opened()
    stranger = person("Nobody Known")
    made = apply(stranger, round_id, statement="  Hello.  ")
    assert made.state == State.SUBMITTED
    assert made.eligibility != "met"
    assert made.statement == "Hello."
    assert apply(stranger, round_id, statement="again").id == made.id
    assert len(queries.applications_of(stranger, stranger.person_id)) == 1


def test_the_window(cast) -> None:
    round_id = opened(opens_at=NOW + timedelta(days=1))
    learner = person("Early Bird")
    with pytest.raises(Refused, match="open on"):
        apply(learner, round_id)
    with pytest.raises(Refused, match="closed on"):
        apply(learner, round_id, now=CLOSES)
    with pytest.raises(Refused, match="Sign in"):
        apply(SYSTEM, round_id)
    with pytest.raises(Unusable):
        apply(learner, round_id, now=NOW + timedelta(days=2), statement="x" * 10_001)


def test_evidence_that_came_later_counts_at_the_matching_and_again(cast) -> None:
    round_id, people = opened(seats=5), []
    for name in ("Ana A", "Bo B"):
        learner = person(name)
        put_grades(learner)
        issue_program_credential(actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)
        people.append((learner, apply(learner, round_id).id))
        actions.record_score(actor=cast["mit-admissions"], application_id=people[-1][1], score=800, now=NOW)
    prove(cast, people[0][0])
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    assert [state(a) for _, a in people] == [State.OFFERED, State.INCOMPLETE]
    told = queries.application(people[1][0], people[1][1]).reasons
    assert told[0].startswith("Not proven yet: clause 2") and "(not proven yet)" in told[0]
    prove(cast, people[1][0])
    actions.rerun_round(actor=cast["mit-admissions"], round_id=round_id, now=AFTER + timedelta(days=1))
    assert [state(a) for _, a in people] == [State.OFFERED, State.OFFERED]
    assert all(replay.same for replay in queries.replayed_round(SYSTEM, round_id))


def test_a_suspended_pathway_takes_no_applications(cast) -> None:
    round_id = opened()
    move_agreement(actor=SYSTEM, agreement_id=MIT, version=1, to=Status.SUSPENDED, reason="Under review.", now=NOW)
    learner = person("Ana A")
    with pytest.raises(Refused, match="suspended"):
        apply(learner, round_id)
    assert queries.applications_of(learner, learner.person_id) == ()


def test_a_round_is_opened_once_and_by_its_school(cast) -> None:
    assert opened() == opened()
    with pytest.raises(NotPermitted):
        opened(actor=cast["hes-admissions"], term="other")
    with pytest.raises(Unusable):
        opened(seats=-1, term="other")
    with pytest.raises(Unusable):
        opened(opens_at=AFTER, term="other")


def test_a_rolling_round_never_gives_more_seats_than_it_has(cast) -> None:
    round_id = opened(Mode.ROLLING, 2)
    staff = cast["mit-admissions"]
    people = [(learner := admissible(cast, name), apply(learner, round_id).id) for name in ("Ana A", "Bo B", "Cy C")]

    def admit(number):
        return actions.decide_application(actor=staff, application_id=people[number][1], admit=True, reason="", now=NOW)

    for number in (0, 0, 1):
        assert admit(number).state == State.OFFERED
    assert seats_taken(round_id) == 2
    with pytest.raises(Refused, match="All seats"):
        admit(2)
    assert state(people[2][1]) == State.SUBMITTED
    answer(people[0], accept=False, now=NOW)
    answer(people[0], accept=False, now=NOW)
    assert admit(2).state == State.OFFERED
    with pytest.raises(Refused):
        match(actor=staff, round_id=round_id, now=AFTER)


def test_against_the_proposal_only_with_a_reason(cast) -> None:
    round_id = opened(Mode.ROLLING, None, HES)
    made = apply(person("Nobody Known"), round_id)
    staff = cast["hes-admissions"]
    with pytest.raises(Unusable, match="The rules propose"):
        actions.decide_application(actor=staff, application_id=made.id, admit=True, reason=" ", now=NOW)
    decided = actions.decide_application(
        actor=staff, application_id=made.id, admit=True, reason="Documents seen on paper.", now=NOW
    )
    assert decided.state == State.OFFERED
    assert decided.reasons[-1] == "Documents seen on paper."
    assert any(reason.startswith("Clause 2") for reason in decided.reasons)
    (entry,) = [e for e in audit.trail_of(f"admissions.application:{made.id}") if e.verb == "decide_application"]
    assert entry.after["proposed"] == "refused"


def test_accept_and_join_publish_once(cast, three) -> None:
    _, people = three
    learner, application_id = people[0]
    with pytest.raises(NotPermitted):
        answer((people[1][0], application_id), accept=True)
    with pytest.raises(Refused):
        actions.confirm_joining(actor=cast["mit-admissions"], application_id=application_id, now=AFTER)
    for _ in range(2):
        assert answer(people[0], accept=True).state == State.ACCEPTED
    with pytest.raises(Refused):
        answer(people[0], accept=False)
    with pytest.raises(NotPermitted):
        actions.confirm_joining(actor=learner, application_id=application_id, now=AFTER)
    for _ in range(2):
        joined = actions.confirm_joining(actor=cast["mit-admissions"], application_id=application_id, now=AFTER)
    assert joined.state == State.JOINED
    verbs = [entry.verb for entry in audit.trail_of(f"admissions.application:{application_id}")]
    assert verbs.count("answer_offer") == verbs.count("confirm_joining") == 1


def test_applications_are_seen_by_their_learner_and_school(cast, three) -> None:
    round_id, people = three
    learner, application_id = people[0]
    assert queries.application(learner, application_id)
    assert queries.applications_in(cast["mit-admissions"], round_id, Ask()).rows
    for stranger in (people[1][0], cast["hes-admissions"]):
        with pytest.raises(NotFound):
            queries.application(stranger, application_id)
        with pytest.raises(NotPermitted):
            queries.applications_in(stranger, round_id, Ask())
        with pytest.raises(NotPermitted):
            queries.applications_of(stranger, learner.person_id)


def test_many_come_in_with_their_scores_once(cast) -> None:
    round_id = opened()
    scores = {person(f"Person {number}").person_id: number for number in range(20)}
    staff = cast["mit-admissions"]

    def take_in(scores):
        return actions.take_in_applications(actor=staff, round_id=round_id, scores=scores, source="file", now=NOW)

    with pytest.raises(Unusable):
        take_in(scores | {new_id(): 1001})
    assert (len((first := take_in(scores)).done), first.failed) == (20, ())
    assert (take_in(scores).done, take_in(scores).failed) == ((), ())
    assert match(actor=staff, round_id=round_id, now=AFTER) == {State.REFUSED: 20}


def test_every_state_is_in_the_table_of_moves() -> None:
    assert set(MOVES) == set(State)
    assert not MOVES[State.JOINED] | MOVES[State.WITHDRAWN] | MOVES[State.DECLINED]
