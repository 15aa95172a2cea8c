"""Many decisions at once for few seats."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from tests.admissions.test_actions import apply, opened, seats_taken
from tests.factories.people import NOW, person

from linkspan.admissions import actions
from linkspan.admissions.rules.applications import Mode, State
from linkspan.kernel.errors import Refused
from linkspan.site.sample.load import load_world

SEATS, APPLICANTS = 40, 200


@pytest.mark.django_db(transaction=True)
def test_200_decisions_at_once_fill_exactly_40_seats() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite writes one at a time, in memory from one thread: this runs on PostgreSQL")
    cast = load_world()
    round_id = opened(Mode.ROLLING, SEATS)
    made = [apply(person(f"Person {number}"), round_id).id for number in range(APPLICANTS)]

    def decide(application_id) -> str:
        try:
            return actions.decide_application(
                actor=cast["mit-admissions"], application_id=application_id, admit=True, reason="Seen.", now=NOW
            ).state
        except Refused as no:
            return no.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(decide, made))
    assert answers.count(State.OFFERED) == seats_taken(round_id) == SEATS
    assert answers.count("no_seat_left") == APPLICANTS - SEATS
