"""Many at once: no place, attempt or payment is given twice. On PostgreSQL; SQLite lets one writer in at a time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import close_old_connections, connection
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, person

from linkspan.exams import actions
from linkspan.exams.models import AttemptRow, ResponseRow
from linkspan.finance import actions as finance
from linkspan.finance import queries
from linkspan.kernel.errors import Refused
from linkspan.kernel.money import Money

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite serialises writers by itself"),
]


def at_once(works) -> None:
    def run(work):
        try:
            with suppress(Refused):
                work()
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, works))


def test_the_last_place_is_given_once(cast) -> None:
    sitting = make.put_sitting(capacity=1)
    learners = [person(f"Learner {n}") for n in range(6)]
    for learner in learners:
        make.authorise(learner, cast)
    at_once([lambda a=a: actions.create_attempt(actor=a, sitting_id=sitting, now=NOW) for a in learners])
    assert AttemptRow.objects.count() == 1


def test_one_attempt_is_not_taken_at_two_sittings(cast, learner) -> None:
    other = {"closes_at": make.CLOSES, "release_at": make.RELEASE}
    sittings = [make.put_sitting(opens_at=NOW - n * (make.CLOSES - NOW) / 100, **other) for n in range(4)]
    at_once([lambda s=s: actions.create_attempt(actor=learner, sitting_id=s, now=NOW) for s in sittings])
    assert AttemptRow.objects.count() == 1


def test_a_charge_is_made_and_paid_once(cast) -> None:
    learner = person("Payer Sample")
    told = {"learner_id": learner.person_id, "subject": "exam:Y", "amount": Money(500, "USD"), "now": NOW}
    at_once([lambda: finance.charge(actor=SYSTEM, **told)] * 8)
    (charge,) = queries.charges_of(learner, learner.person_id)
    at_once([lambda: finance.pay(actor=SYSTEM, charge_id=charge.id, reference="r", now=NOW)] * 8)
    assert queries.account_total(queries.Account.CASH, "USD", learner.person_id) == Money(500, "USD")
    assert queries.ledger_balanced()


def test_no_answer_is_lost_when_many_come_at_once(learner, running) -> None:
    at_once(
        [
            lambda n=n: actions.save_response(
                actor=learner, attempt_id=running.id, item="b1", given=[str(n)], replaces=None, now=make.LATER
            )
            for n in range(8)
        ]
    )
    assert ResponseRow.objects.count() == 8
