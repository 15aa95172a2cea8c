"""Many at once: no place, attempt or payment is given twice. On PostgreSQL; SQLite lets one writer in at a time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, person

from linkspan.exams import actions
from linkspan.exams.actions import Looked
from linkspan.exams.models import AnswerFileRow, AttemptRow, BookingRow, ResponseRow
from linkspan.exams.rules import FileKind
from linkspan.exams.rules.kinds.upload import MOST_HANDED_IN
from linkspan.finance import actions as finance
from linkspan.finance import queries
from linkspan.finance.rules import Account
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
    assert queries.account_total(Account.CASH, "USD", learner.person_id) == Money(500, "USD")
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


def learners_to_book(cast, number: int):
    """Learners who may take the exam, and a sitting that offers times in ten days."""
    learners = [person(f"Learner {n}") for n in range(number)]
    for learner in learners:
        make.authorise(learner, cast)
    opens = NOW + timedelta(days=10)
    return learners, make.put_sitting(opens_at=opens), opens


def booked() -> list:
    rows = BookingRow.objects.filter(state="booked").order_by("appointment_id", "seat")
    return list(rows.values_list("appointment_id", "seat"))


def test_no_seat_is_sold_twice_and_no_learner_books_two(cast) -> None:
    learners, sitting, opens = learners_to_book(cast, 6)
    first, second, *_ = make.put_times(sitting, first=opens, times=2, seats=2)
    told = [(who, time) for who in learners for time in (first, second)]
    at_once([lambda w=w, t=t: actions.book_appointment(actor=w, appointment_id=t, now=NOW) for w, t in told])
    assert booked() == sorted([(first, 1), (first, 2), (second, 1), (second, 2)])
    assert BookingRow.objects.values("learner_id").distinct().count() == 4


def test_a_freed_seat_is_given_once_while_others_book(cast) -> None:
    learners, sitting, opens = learners_to_book(cast, 6)
    (time,) = make.put_times(sitting, first=opens, seats=1)
    held = actions.book_appointment(actor=learners[0], appointment_id=time, now=NOW)
    for n, who in enumerate(learners[1:3]):
        actions.wait_for_seat(actor=who, appointment_id=time, now=NOW + timedelta(minutes=n))
    others = [lambda w=w: actions.book_appointment(actor=w, appointment_id=time, now=NOW) for w in learners[3:]]
    at_once([*others, lambda: actions.cancel_booking(actor=learners[0], booking_id=held.id, now=NOW), *others])
    assert booked() == [(time, 1)]
    assert BookingRow.objects.get(state="booked").learner_id == learners[1].person_id


def test_files_at_once_stay_within_their_bounds(learner, running) -> None:
    files = [Looked("u1", f"{n}.pdf", FileKind.PDF, b"%PDF same", False) for n in range(8)]
    hand_in = actions.hand_in_file
    at_once([lambda: hand_in(actor=learner, attempt_id=running.id, looked=files[0], now=NOW)] * 8)
    assert AnswerFileRow.objects.count() == 1, "the same again is the same file"
    told = {
        "learner_id": learner.person_id,
        "attempt_id": running.id,
        "item": "u1",
        "kind": "pdf",
        "size": 1,
        "at": NOW,
    }
    for n in range(MOST_HANDED_IN - 4):
        AnswerFileRow.objects.create(name=f"old {n}", scanned=False, **told)
    at_once([lambda f=f: hand_in(actor=learner, attempt_id=running.id, looked=f, now=NOW) for f in files])
    assert AnswerFileRow.objects.count() == MOST_HANDED_IN
