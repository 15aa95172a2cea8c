"""Times of a sitting: offered, booked, moved, given back, waited for, come to; each refusal says why."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.factories import exams as make
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, person

from linkspan.accounts import actions as accounts
from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries, rules, tasks
from linkspan.exams.models import AppointmentRow, BookingRow, WaitingRow
from linkspan.exams.rules import BookingState, BookingTerms
from linkspan.kernel.errors import NotFound, NotPermitted, Refused
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=10)
TEN = NOW + DAYS
EASTERN = ZoneInfo("America/New_York")


@pytest.fixture
def sitting(cast):
    return make.put_sitting(opens_at=TEN, closes_at=TEN + timedelta(days=2), release_at=TEN + timedelta(days=20))


@pytest.fixture
def times(sitting):
    return make.put_times(sitting, first=TEN, times=3)


@pytest.fixture
def others(cast):
    """Two more who may take the exam."""
    found = [person("Bea Sample"), person("Cy Sample")]
    for one in found:
        make.authorise(one, cast)
    return found


def book(who, time, now=NOW):
    return actions.book_appointment(actor=who, appointment_id=time, now=now)


def move(who, held, time, now=NOW):
    return actions.move_booking(actor=who, booking_id=held.id, appointment_id=time, now=now)


def cancel(who, held, now=NOW):
    actions.cancel_booking(actor=who, booking_id=held.id, now=now)


def wait(who, time, now=NOW):
    actions.wait_for_seat(actor=who, appointment_id=time, now=now)


def codes(error) -> list[str]:
    return [one.reason.code for one in error.value.reasons]


def live() -> dict:
    """Who holds which time."""
    rows = BookingRow.objects.filter(state=BookingState.BOOKED)
    return dict(rows.values_list("learner_id", "appointment_id"))


def test_a_time_is_booked_moved_and_given_back_and_each_is_told(learner, times) -> None:
    news = News()
    news(NOW)
    first = book(learner, times[0])
    assert (first.state, first.changes, book(learner, times[0])) == (BookingState.BOOKED, 0, first)
    with pytest.raises(Refused) as refused:
        book(learner, times[1])
    assert refused.value.code == "booked_already"
    moved = move(learner, first, times[1])
    assert (moved.id, moved.changes, moved.appointment.starts_at) == (first.id, 1, TEN + timedelta(hours=1))
    assert move(learner, first, times[1]) == moved
    assert news(NOW) == [(learner.name, "appointment_booked"), (learner.name, "appointment_moved")]
    cancel(learner, first)
    cancel(learner, first)
    assert live() == {} and news(NOW) == [(learner.name, "booking_cancelled")]
    assert book(learner, times[0]).id != first.id


def test_a_notice_names_the_time_in_the_readers_zone_and_in_the_institutions(learner, times) -> None:
    accounts.change_preferences(actor=learner, name=learner.name, time_zone="Asia/Tokyo", locale="en")
    book(learner, times[0])
    News()(NOW)
    told = NoticeRow.objects.get(kind="appointment_booked").context
    assert told["when"] == "Oct 13, 2018, 21:00 Tokyo time, Oct 13, 2018, 08:00 New York time"
    assert told["comes_from"] == "Oct 13, 2018, 20:45 Tokyo time"
    assert told["changes_until"] == "Oct 12, 2018, 21:00 Tokyo time"


def test_who_may_not_sit_it_books_nothing_and_reads_every_reason(cast, times) -> None:
    with pytest.raises(Refused) as refused:
        book(person("New Sample"), times[0])
    assert codes(refused)[-2:] == ["name_not_confirmed", "exam_fee_open"]
    assert set(codes(refused)[:-2]) == {"course_not_passed"}


def test_after_the_limit_nothing_is_moved_or_cancelled_but_by_staff_with_a_reason(cast, learner, times) -> None:
    held = book(learner, times[0])
    near = TEN - timedelta(hours=24)
    with pytest.raises(Refused) as refused:
        cancel(learner, held, near)
    assert codes(refused) == ["changes_closed"]
    with pytest.raises(Refused) as refused:
        move(learner, held, times[1], near)
    assert codes(refused) == ["changes_closed"]
    told = {"booking_id": held.id, "now": near}
    with pytest.raises(Invalid):
        actions.drop_booking(actor=cast["staff"], reason=" ", **told)
    for who in (learner, cast["proctor"], person("Other Staff", ("program_staff", "HES"))):
        with pytest.raises(NotPermitted):
            actions.drop_booking(actor=who, reason="Ill.", **told)
    news = News()
    news(near)
    actions.drop_booking(actor=cast["staff"], reason="Ill.", **told)
    assert live() == {} and news(near) == [(learner.name, "booking_dropped")]


def test_nobody_moves_or_cancels_anothers_booking(learner, times, others) -> None:
    held = book(learner, times[0])
    for act in (lambda: move(others[0], held, times[1]), lambda: cancel(others[0], held)):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotFound):
        queries.booking(others[0], held.id)
    assert live() == {learner.person_id: times[0]}


def test_a_freed_seat_goes_to_the_first_who_waits_and_on_from_there(learner, times, others) -> None:
    bea, cy = others
    held = book(learner, times[0])
    with pytest.raises(Refused) as refused:
        book(bea, times[0])
    assert codes(refused) == ["seats_taken"]
    book(bea, times[1])
    wait(bea, times[0])
    wait(bea, times[0], NOW + timedelta(minutes=1))
    wait(cy, times[1], NOW + timedelta(minutes=2))
    assert queries.times_of(cy, "CFx", NOW).who.place == 1
    news = News()
    news(NOW)
    cancel(learner, held)
    assert live() == {bea.person_id: times[0], cy.person_id: times[1]}
    assert not WaitingRow.objects.exists()
    told = [(bea.name, "appointment_seat_freed"), (cy.name, "appointment_seat_freed")]
    assert news(NOW) == [(learner.name, "booking_cancelled"), *told]


def test_nobody_waits_where_a_seat_is_free_or_none_is_given_back(learner, times, others) -> None:
    with pytest.raises(Refused) as refused:
        wait(learner, times[0])
    assert codes(refused) == ["seats_free"]
    book(others[0], times[0])
    with pytest.raises(Refused) as refused:
        wait(learner, times[0], TEN - timedelta(hours=23))
    assert codes(refused) == ["list_closed"]
    wait(learner, times[0])
    book(others[1], times[1])
    with pytest.raises(Refused) as refused:
        wait(learner, times[1])
    assert codes(refused) == ["waits_already"]
    actions.leave_waiting_list(actor=learner, appointment_id=times[0], now=NOW)
    wait(learner, times[1])


def test_who_may_no_longer_sit_it_is_passed_over(cast, learner, times, others) -> None:
    bea, cy = others
    held = book(learner, times[0])
    wait(bea, times[0])
    wait(cy, times[0])
    make.begin(cast, bea, make.put_sitting())
    cancel(learner, held)
    assert live() == {cy.person_id: times[0]}


def test_more_seats_go_to_who_waits_and_there_are_never_fewer_than_are_booked(learner, times, others) -> None:
    book(learner, times[0])
    wait(others[0], times[0])
    wait(others[1], times[0], NOW + timedelta(minutes=1))
    set_seats = lambda seats: actions.set_seats(actor=SYSTEM, appointment_id=times[0], seats=seats, now=NOW)  # noqa: E731
    set_seats(2)
    assert live() == {learner.person_id: times[0], others[0].person_id: times[0]}
    with pytest.raises(Invalid):
        set_seats(1)
    assert sorted(BookingRow.objects.values_list("seat", flat=True)) == [1, 2]


def test_a_cancelled_time_and_sitting_tell_who_booked_and_who_waits(cast, learner, sitting, times, others) -> None:
    bea, cy = others
    book(learner, times[0])
    wait(bea, times[0])
    book(cy, times[1])
    news = News()
    news(NOW)
    cancel_time = lambda: actions.cancel_appointment(  # noqa: E731
        actor=cast["staff"], appointment_id=times[0], reason="No room.", now=NOW
    )
    cancel_time()
    assert news(NOW) == [(learner.name, "booking_dropped"), (bea.name, "wait_dropped")]
    with pytest.raises(Refused):
        cancel_time()
    with pytest.raises(Refused) as refused:
        book(learner, times[0])
    assert codes(refused) == ["time_cancelled"]
    actions.cancel_sitting(actor=cast["staff"], sitting_id=sitting, reason="Strike.", now=NOW)
    assert news(NOW) == [(cy.name, "booking_dropped")]
    assert live() == {} and not WaitingRow.objects.exists()
    assert not AppointmentRow.objects.filter(cancelled_at=None).exists()


def test_one_checks_in_at_the_booked_time_only(learner, sitting, times, others) -> None:
    check_in = lambda who, now: actions.create_attempt(actor=who, sitting_id=sitting, now=now)  # noqa: E731
    with pytest.raises(Refused) as refused:
        check_in(learner, TEN)
    assert codes(refused) == ["not_booked"]
    held = book(learner, times[1])
    starts = TEN + timedelta(hours=1)
    for off in (timedelta(minutes=-16), timedelta(minutes=16)):
        with pytest.raises(Refused) as refused:
            check_in(learner, starts + off)
        assert codes(refused) == ["your_time"]
    attempt = check_in(learner, starts - timedelta(minutes=15))
    assert attempt.state == "created" and queries.booking(learner, held.id).state is BookingState.USED
    with pytest.raises(Refused) as refused:
        book(learner, times[2], starts)
    assert set(codes(refused)) == {"attempts_used", "attempt_under_way", "sitting_tried"}
    book(others[0], times[1], starts - timedelta(minutes=1))


def test_one_is_reminded_once_a_day_and_an_hour_before_and_then_missed(learner, times, others) -> None:
    book(learner, times[0])
    wait(others[1], times[0])
    news = News()
    news(NOW)

    def clock(now):
        for tick in (tasks.remind_of_bookings, tasks.miss_bookings, tasks.end_waits):
            tick(now)
            tick(now)
        return news(now)

    assert clock(TEN - timedelta(hours=25)) == []
    day = clock(TEN - timedelta(hours=24))
    assert day == [(learner.name, "appointment_near"), (others[1].name, "wait_ended")]
    assert clock(TEN - timedelta(minutes=59)) == [(learner.name, "appointment_near")]
    book(others[0], times[1], TEN - timedelta(minutes=30))
    assert clock(TEN - timedelta(minutes=30)) == [(others[0].name, "appointment_booked")]
    assert clock(TEN + timedelta(minutes=15)) == [(others[0].name, "appointment_near")]
    assert clock(TEN + timedelta(minutes=16)) == [(learner.name, "booking_missed")]
    assert clock(TEN + timedelta(hours=2)) == [(others[0].name, "booking_missed")]
    assert queries.exam_reasons(learner, learner.person_id, "CFx", TEN) == ()


def test_times_are_offered_by_staff_within_the_sitting(cast, learner, sitting) -> None:
    offer = {"sitting_id": sitting, "first": TEN, "last": TEN, "every_minutes": 60, "seats": 2, "now": NOW}
    add = lambda **other: actions.add_appointments(actor=cast["staff"], **(offer | other))  # noqa: E731
    for who in (learner, cast["proctor"], person("Other Staff", ("program_staff", "HES"))):
        with pytest.raises(NotPermitted):
            actions.add_appointments(actor=who, **offer)
    unusable = {
        "seats": {"seats": 0},
        "every_minutes": {"every_minutes": 0},
        "first": {"first": TEN - timedelta(minutes=1)},
        "last": {"last": TEN + timedelta(days=2)},
    }
    for field, wrong in unusable.items():
        with pytest.raises(Invalid) as error:
            add(**wrong)
        assert set(error.value.fields) == {field}
    with pytest.raises(Invalid) as error:
        add(last=TEN + timedelta(hours=20), every_minutes=1)
    assert set(error.value.fields) == {"last"}
    assert (add(), add(last=TEN + timedelta(hours=1)), add()) == (1, 1, 0)
    assert [queries.held_sitting(cast["staff"], sitting)[1].by_appointment] == [True]
    with pytest.raises(Invalid) as error:
        make.shift(sitting, timedelta(days=30))
    assert set(error.value.fields) == {"opens_at"}


def test_who_checked_in_without_a_time_keeps_the_sitting_as_it_is(cast, learner) -> None:
    plain = make.put_sitting()
    make.begin(cast, learner, plain)
    with pytest.raises(Refused) as refused:
        make.put_times(plain, first=NOW + timedelta(hours=1))
    assert refused.value.code == "sitting_in_use"


def test_terms_of_booking_hold_for_who_booked_by_them(cast, learner, sitting, times) -> None:
    set_terms = lambda terms: actions.set_booking_terms(  # noqa: E731
        actor=cast["staff"], sitting_id=sitting, terms=terms, now=NOW
    )
    with pytest.raises(Invalid) as error:
        set_terms(BookingTerms(-1, 241, 15))
    assert set(error.value.fields) == {"change_hours", "early_minutes"}
    set_terms(BookingTerms(48, 30, 5))
    found = book(learner, times[0]).appointment
    ends = (TEN - timedelta(hours=48), TEN - timedelta(minutes=30), TEN + timedelta(minutes=5))
    assert (found.changes_until, found.comes_from, found.comes_until) == ends
    set_terms(BookingTerms(48, 30, 5))
    with pytest.raises(Refused) as refused:
        set_terms(BookingTerms(0, 30, 5))
    assert refused.value.code == "booked_by_terms"


def test_staff_read_why_a_learner_cannot_book_and_the_learner_reads_that_they_did(cast, learner, times) -> None:
    explain = lambda who, email: actions.explain_booking(actor=who, code="CFx", email=email, now=NOW)  # noqa: E731
    email = accounts.read_person(actor=learner, person_id=learner.person_id, now=NOW).email
    person_seen, found = explain(cast["staff"], email)
    assert person_seen.id == learner.person_id
    assert found == queries.times_of(learner, "CFx", NOW)
    assert [one.to_book for one in found.offers] == [True] * 3
    for who in (learner, person("Other Staff", ("program_staff", "HES"))):
        with pytest.raises(NotPermitted):
            explain(who, email)
    for unknown in ("nobody@example.org", person("Far Sample").name.lower().replace(" ", ".") + "@example.org"):
        with pytest.raises(NotFound):
            explain(cast["staff"], unknown)


def test_who_booked_keeps_the_account_until_the_seat_is_given_back(learner, times) -> None:
    held = book(learner, times[0])
    assert [one.reason.code for one in queries.obstacles(learner.person_id)] == ["exam_booked"]
    cancel(learner, held)
    assert list(queries.obstacles(learner.person_id)) == []


def test_each_day_has_the_same_hours_by_the_clocks_and_a_lost_hour_has_none() -> None:
    first = datetime(2018, 11, 3, 1, 30, tzinfo=EASTERN)
    last = datetime(2018, 11, 5, 3, 30, tzinfo=EASTERN)
    found = rules.daily_times(first, last, timedelta(hours=1), EASTERN)
    assert [f"{one.astimezone(EASTERN):%d %H:%M}" for one in found] == [
        f"{day:02} {hour:02}:30" for day in (3, 4, 5) for hour in (1, 2, 3)
    ]
    spring = datetime(2018, 3, 11, 1, 30, tzinfo=EASTERN)
    lost = rules.daily_times(spring, spring + timedelta(hours=2), timedelta(hours=1), EASTERN)
    assert [one.astimezone(UTC).hour for one in lost] == [6, 7]
    assert len(rules.daily_times(first, last + timedelta(days=90), timedelta(minutes=1), EASTERN)) == 1001
