"""Answers, matchings, lapses and appeals that come at the same time: no deadlock, no offer lost, no seat given twice.

A deadlock is no refusal: PostgreSQL ends it with an error, which `at_once` does not catch.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import transaction
from tests.admissions.test_actions import AFTER, MIT, admissible, apply, opened, state
from tests.admissions.test_concurrency import AT_ONCE, answer, at_once, market, rerun, wait_until_blocked
from tests.admissions.test_concurrency import cast as cast
from tests.factories.acts import match
from tests.factories.people import NOW, SYSTEM, person

from linkspan.admissions import actions, queries
from linkspan.admissions.actions.rows import application_row
from linkspan.admissions.models import ApplicationRow, ReviewRow, RoundRow
from linkspan.admissions.rules.applications import HOLDING, Mode, State
from linkspan.kernel import audit
from linkspan.pathways.actions import publish_version
from linkspan.site.sample.load import HERE

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "mit-other-program"
LATE = AFTER + timedelta(days=60)


def joint(cast, seats: int, people: int):
    """Two programs in one intake, matched, and everybody with an offer of both, the second by a person."""
    document = json.loads((HERE / "agreements" / f"{MIT}.v1.json").read_text())
    publish_version(actor=SYSTEM, document=document | {"id": OTHER}, now=NOW)
    intake = actions.open_intake(
        actor=SYSTEM, coordinator="MIT", title="Both", term="a term", answer_by=None, now=NOW, seed=3
    )
    rounds = [opened(agreement=name, seats=seats, intake_id=intake) for name in (MIT, OTHER)]
    both = []
    for n in range(people):
        who = admissible(cast, f"Person {n}")
        made = [apply(who, round_id).id for round_id in (rounds if n % 2 else rounds[::-1])]
        for key in made:
            actions.record_score(actor=cast["mit-admissions"], application_id=key, score=900 - n, now=NOW)
        both.append((who, made))
    match(actor=cast["mit-admissions"], round_id=intake, now=AFTER)
    return intake, rounds, both


def offer_both(cast, both) -> None:
    for _, made in both:
        for key in made:
            if state(key) != State.OFFERED:
                actions.decide_application(
                    actor=cast["mit-admissions"], application_id=key, admit=True, reason="Both.", now=AFTER
                )


def check(rounds) -> None:
    """The seats counted are those held, and never more than there are."""
    for round_ in RoundRow.objects.filter(id__in=rounds):
        held = ApplicationRow.objects.filter(round=round_, state__in=HOLDING).count()
        assert held == round_.seats_taken <= round_.seats
    assert list(audit.broken_links()) == []


def test_of_two_offers_accepted_at_once_one_is_taken_and_the_other_given_back(cast) -> None:
    _, rounds, both = joint(cast, AT_ONCE, AT_ONCE)
    offer_both(cast, both)
    at_once([answer(who, key, True) for who, made in both for key in made])
    for _, made in both:
        assert sorted(state(key) for key in made) == [State.ACCEPTED, State.NOT_NEEDED]
    check(rounds)


def test_acceptances_racing_matchings_keep_every_place_that_was_taken(cast) -> None:
    intake, rounds, both = joint(cast, 4, 8)
    held = [(who, next((key for key in made if state(key) == State.OFFERED), None)) for who, made in both]
    held = [(who, key) for who, key in held if key is not None]
    actions.answer_offer(actor=held[0][0], application_id=held[0][1], accept=False, now=AFTER)
    jobs = [rerun(cast, intake)]
    for who, key in held[1:]:
        jobs += [answer(who, key, True), rerun(cast, intake)]
    at_once(jobs)
    assert [state(key) for _, key in held[1:]] == [State.ACCEPTED] * len(held[1:])
    check(rounds)
    assert all(replay.same for replay in queries.replayed_round(cast["mit-admissions"], intake))


def test_an_acceptance_does_not_want_what_a_waiting_matching_holds(cast) -> None:
    """The matching and the acceptance both wait for an application of the learner that somebody holds."""
    intake, rounds, both = joint(cast, 1, 2)
    who, key = next((who, key) for who, made in both for key in made if state(key) == State.OFFERED)
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            application_row(key)
            others = [pool.submit(at_once, [rerun(cast, intake)]), pool.submit(at_once, [answer(who, key, True)])]
            wait_until_blocked()
        assert others[1].result(timeout=60) == [State.ACCEPTED] and others[0].result(timeout=60)
    check(rounds)


def lapse() -> int:
    return actions.lapse_offers(actor=SYSTEM, now=LATE)


def late_answer(who, key, accept):
    return lambda: actions.answer_offer(actor=who, application_id=key, accept=accept, now=LATE).state


def test_lapses_at_once_with_answers_and_matchings(cast) -> None:
    """An offer is answered or lapses, never both; its seat comes back once."""
    intake, rounds, both = joint(cast, 8, 8)
    offer_both(cast, both)
    ApplicationRow.objects.filter(state=State.OFFERED).update(answer_by=LATE)
    jobs = [lapse, lapse, rerun(cast, intake)]
    for number, (who, made) in enumerate(both):
        jobs += [late_answer(who, key, number % 3 != 0) for key in made]
    at_once([*jobs, lapse, rerun(cast, intake)])
    for _, made in both:
        told = [state(key) for key in made]
        assert State.OFFERED not in told and told.count(State.ACCEPTED) <= 1
    check(rounds)


def test_an_appeal_upheld_while_a_matching_runs_takes_no_seat_that_is_given_away(cast) -> None:
    round_id, people = market(cast, 1, 2)
    refused = admissible(cast, "Refused")
    key = ApplicationRow.objects.create(
        learner_id=refused.person_id,
        round_id=round_id,
        state=State.SUBMITTED,
        audit_id=ApplicationRow.objects.first().audit_id,
        eligibility="met",
        submitted_at=NOW,
    ).id
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    assert state(key) == State.REFUSED, "the committee gave no score"
    actions.answer_offer(actor=people[0][0], application_id=people[0][1], accept=False, now=AFTER)

    def admit() -> str:
        staff = cast["mit-admissions"]
        return actions.decide_application(
            actor=staff, application_id=key, admit=True, reason="Overlooked.", now=AFTER
        ).state

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert admit() == State.OFFERED
            matching = pool.submit(at_once, [rerun(cast, round_id)])
            wait_until_blocked()
        matching.result(timeout=60)
    assert state(key) == State.OFFERED and state(people[1][1]) == State.NO_SEAT
    check([round_id])


def test_applications_and_answers_of_an_automatic_round_take_their_locks_in_one_order(cast) -> None:
    round_id = opened(Mode.ROLLING, 40, actor=cast["mit-admissions"], automatic=True)
    held = [(who, apply(who, round_id).id) for who in (admissible(cast, f"First {n}") for n in range(20))]
    fresh = [admissible(cast, f"Person {n}") for n in range(20)]
    jobs = []
    for (who, key), new in zip(held, fresh, strict=True):
        jobs += [answer(who, key, False), lambda new=new: apply(new, round_id).state]
    told = at_once(jobs)
    assert told == [State.DECLINED, State.OFFERED] * 20
    check([round_id])


def test_30_seats_given_back_while_30_apply_go_to_those_who_waited_longest(cast) -> None:
    round_id = opened(Mode.ROLLING, 40, actor=cast["mit-admissions"], automatic=True)
    early = [(who, apply(who, round_id).id) for who in (admissible(cast, f"First {n}") for n in range(200))]
    fresh = [admissible(cast, f"New {n}") for n in range(30)]
    jobs = []
    for (who, key), new in zip(early[:30], fresh, strict=True):
        jobs += [answer(who, key, False), lambda new=new: apply(new, round_id).state]
    assert at_once(jobs) == [State.DECLINED, State.NO_SEAT] * 30
    told = [state(key) for _, key in early]
    assert told == [State.DECLINED] * 30 + [State.OFFERED] * 40 + [State.NO_SEAT] * 130
    check([round_id])


def test_a_score_that_comes_while_the_round_is_decided_is_refused(cast) -> None:
    round_id, people = market(cast, 1, 2)
    score = lambda: actions.record_score(  # noqa: E731
        actor=cast["mit-admissions"], application_id=people[1][1], score=1000, now=AFTER
    )
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
            late = pool.submit(at_once, [score])
            wait_until_blocked()
        assert late.result(timeout=60) == ["round_decided"]
    assert ApplicationRow.objects.get(id=people[1][1]).score == 899


def test_a_score_that_comes_while_the_list_is_certified_is_refused(cast) -> None:
    round_id, people = market(cast, 1, 1)
    score = lambda: actions.record_score(  # noqa: E731
        actor=cast["mit-admissions"], application_id=people[0][1], score=1000, now=AFTER
    )
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            actions.certify_list(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
            late = pool.submit(at_once, [score])
            wait_until_blocked()
        assert late.result(timeout=60) == ["list_certified"]


def test_withdrawals_racing_scores_that_are_adopted(cast) -> None:
    """Every score of a round is adopted in one transaction, application by application in one order."""
    round_id = opened(seats=4)
    people = [(who, apply(who, round_id).id) for who in (admissible(cast, f"Person {n}") for n in range(12))]
    staff, reader = cast["mit-admissions"], person("A reader", ("reader", "MIT"))
    actions.set_rubric(actor=staff, round_id=round_id, rows=[("Reason", 1)], scale=10, quorum=1, now=NOW)
    actions.assign_readers(actor=staff, round_id=round_id, each=1, now=NOW)
    for row in ReviewRow.objects.filter(reader_id=reader.person_id):
        actions.submit_review(actor=reader, review_id=row.id, points={"c1": 7}, note="", now=NOW)
    jobs = [lambda: actions.adopt_scores(actor=staff, round_id=round_id, now=NOW)] * 2
    jobs += [
        lambda who=who, key=key: actions.withdraw_application(actor=who, application_id=key, now=NOW).state
        for who, key in reversed(people)
    ]
    told = at_once(jobs)
    assert all(count.isdigit() for count in told[:2]) and set(told[2:]) == {State.WITHDRAWN}
