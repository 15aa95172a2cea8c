"""Many decisions, applications, answers and matchings at once: seats are never over-committed, nothing is lost."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, connections, transaction
from tests.admissions.test_actions import AFTER, admissible, apply, opened, scored, seats_taken, state
from tests.factories.acts import match
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.actions.rows import application_row
from linkspan.admissions.models import LetterRow, RoundRow
from linkspan.admissions.rules.applications import HOLDING, Mode, State
from linkspan.admissions.rules.documents import MOST_ASKED_OF_ONE, MOST_LETTERS
from linkspan.kernel.errors import Refused

AT_ONCE = 8
pytestmark = pytest.mark.django_db(transaction=True)
sizes = pytest.mark.parametrize("seats, applicants", [(8, 40), pytest.param(40, 200, marks=pytest.mark.drill)])


@pytest.fixture
def cast():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite writes one at a time, in memory from one thread: this runs on PostgreSQL")
    return load_world()


def at_once(jobs: Sequence[Callable[[], object]], threads: int = AT_ONCE) -> list[str]:
    """Run the jobs in threads with a connection each, started together; what each gave, or the refusal."""
    start = Barrier(min(threads, len(jobs)))

    def run(numbered: tuple[int, Callable[[], object]]) -> str:
        number, job = numbered
        try:
            if number < start.parties:
                start.wait(timeout=60)
            return str(job())
        except Refused as no:
            return no.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, enumerate(jobs)))


@sizes
def test_decisions_at_once_fill_exactly_the_seats(cast, seats, applicants) -> None:
    round_id = opened(Mode.ROLLING, seats)
    made = [apply(person(f"Person {number}"), round_id).id for number in range(applicants)]

    def decide(application_id):
        return actions.decide_application(
            actor=cast["mit-admissions"], application_id=application_id, admit=True, reason="Seen.", now=NOW
        ).state

    answers = at_once([lambda key=key: decide(key) for key in made])
    assert answers.count(State.OFFERED) == seats_taken(round_id) == seats
    assert answers.count("no_seat_left") == applicants - seats


@sizes
def test_applicants_at_once_take_exactly_the_seats_of_an_automatic_round(cast, seats, applicants) -> None:
    round_id = opened(Mode.ROLLING, seats, actor=cast["mit-admissions"], automatic=True)
    people = [admissible(cast, f"Person {number}") for number in range(applicants)]
    answers = Counter(at_once([lambda who=who: apply(who, round_id).state for who in people]))
    assert answers == {State.OFFERED: seats, State.NO_SEAT: applicants - seats}
    assert seats_taken(round_id) == seats
    counted = queries.round_counts(SYSTEM, queries.round_by_id(round_id))
    assert sum(count for found, count in counted.items() if found in HOLDING) == seats


def test_one_applicant_sending_twice_at_once_applies_once(cast) -> None:
    round_id = opened(Mode.ROLLING, 5, actor=cast["mit-admissions"], automatic=True)
    who = admissible(cast, "Twice")
    sent = at_once([lambda: apply(who, round_id).id] * AT_ONCE)
    assert len(set(sent)) == 1 and seats_taken(round_id) == 1


def market(cast, seats: int, people: int):
    round_id = opened(seats=seats)
    return round_id, [scored(cast, round_id, f"Person {n}", 900 - n) for n in range(people)]


def check_seats(round_id, people, seats: int) -> None:
    held = sum(state(key) in HOLDING for _, key in people)
    assert held == seats_taken(round_id) <= seats


def test_two_matchings_at_once_are_one(cast) -> None:
    round_id, people = market(cast, 2, 4)
    decide = lambda: match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)  # noqa: E731
    assert len(set(at_once([decide] * 4))) == 1
    assert len(queries.match_runs(round_id)) == 1
    check_seats(round_id, people, 2)
    assert [state(key) for _, key in people] == [State.OFFERED] * 2 + [State.NO_SEAT] * 2


def rerun(cast, round_id):
    return lambda: actions.rerun_round(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)


def answer(who, key, accept: bool):
    return lambda: actions.answer_offer(actor=who, application_id=key, accept=accept, now=AFTER).state


@pytest.mark.parametrize("accept", [True, False])
def test_answers_racing_a_rerun_lose_nothing(cast, accept) -> None:
    round_id, people = market(cast, 3, 6)
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    actions.answer_offer(actor=people[0][0], application_id=people[0][1], accept=False, now=AFTER)
    jobs = [rerun(cast, round_id), answer(*people[1], accept), answer(*people[2], accept), rerun(cast, round_id)]
    told = at_once(jobs)
    answered = State.ACCEPTED if accept else State.DECLINED
    assert told[1:3] == [answered, answered]
    assert [state(key) for _, key in people[1:3]] == [answered] * 2
    check_seats(round_id, people, 3)
    rerun(cast, round_id)()
    check_seats(round_id, people, 3)
    assert seats_taken(round_id) == 3, "every seat given back goes to who waits"
    assert all(replay.same for replay in queries.replayed_round(cast["mit-admissions"], round_id))


def test_a_matching_racing_withdrawals_offers_nothing_to_who_left(cast) -> None:
    round_id, people = market(cast, 2, 4)
    leave = [
        lambda who=who, key=key: actions.withdraw_application(actor=who, application_id=key, now=AFTER).state
        for who, key in people[:2]
    ]
    decide = lambda: match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)  # noqa: E731
    assert at_once([leave[0], decide, leave[1]])[::2] == [State.WITHDRAWN] * 2
    assert [state(key) for _, key in people[:2]] == [State.WITHDRAWN] * 2
    check_seats(round_id, people, 2)
    rerun(cast, round_id)()
    assert seats_taken(round_id) == 2 and [state(key) for _, key in people[2:]] == [State.OFFERED] * 2


def test_a_matching_that_waits_for_an_answer_does_not_hold_the_round_which_the_answer_needs(cast) -> None:
    round_id, people = market(cast, 2, 4)
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    actions.answer_offer(actor=people[0][0], application_id=people[0][1], accept=False, now=AFTER)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            application_row(people[1][1])
            matching = pool.submit(at_once, [rerun(cast, round_id)])
            wait_until_blocked()
            assert RoundRow.objects.select_for_update(nowait=True).get(id=round_id).seats_taken == 1
        assert "offered" in matching.result(timeout=60)[0]
    check_seats(round_id, people, 2)


def wait_until_blocked() -> None:
    """Until PostgreSQL says that another connection to this database waits for a lock."""
    asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("select pg_stat_clear_snapshot()")
            cursor.execute(asked)
            if cursor.fetchone()[0]:
                return
        Event().wait(0.05)
    raise AssertionError("nothing waits for a lock")


def test_requests_for_letters_at_once_stay_within_the_limits(cast) -> None:
    ask = {"round_id": opened(mode=Mode.ROLLING), "name": "Prof", "now": NOW}
    learners = [person(f"Asker {n}") for n in range(AT_ONCE)]
    told = at_once([lambda a=a: actions.ask_letter(actor=a, email="Prof@example.org", **ask).email for a in learners])
    assert LetterRow.objects.count() == MOST_ASKED_OF_ONE == Counter(told)["prof@example.org"]
    one = person("Asks Many")
    at_once([lambda n=n: actions.ask_letter(actor=one, email=f"p{n}@example.org", **ask).email for n in range(AT_ONCE)])
    assert LetterRow.objects.filter(learner_id=one.person_id).count() == MOST_LETTERS
