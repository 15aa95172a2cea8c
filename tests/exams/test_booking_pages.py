"""Booking by pages and API: what a learner and the staff see and do, without scripts."""

import html
import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from tests.api.test_verbs import call
from tests.factories import exams as make
from tests.factories.people import NOW, browser, person
from tests.factories.story import put_grades

from linkspan.accounts.actions import change_preferences
from linkspan.accounts.queries import person_of
from linkspan.exams import actions, queries
from linkspan.exams.models import AppointmentRow, BookingRow, WaitingRow

pytestmark = pytest.mark.django_db
TEN = NOW + timedelta(days=10)
TIMES = "/exams/CFx/times/"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)


@pytest.fixture
def sitting(cast):
    return make.put_sitting(opens_at=TEN, closes_at=TEN + timedelta(days=2), release_at=TEN + timedelta(days=20))


def words(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(answer.content.decode()))


def test_staff_offer_times_and_a_learner_books_moves_and_cancels_one(cast, learner, sitting) -> None:
    change_preferences(actor=learner, name=learner.name, time_zone="UTC", locale="en")
    staff, mine = browser(cast["staff"]), browser(learner)
    desk = f"/desk/sittings/{sitting}/times/"
    assert desk in words(staff.get(f"/desk/sittings/{sitting}/"))
    offered = {"do": "offer", "first": "2018-10-13T09:00", "last": "2018-10-14T10:00", "every_minutes": "60"}
    wrong = staff.post(desk, {**offered, "seats": "many"})
    assert wrong.status_code == 422 and 'value="many"' in words(wrong) and "#f-seats" in words(wrong)
    assert staff.post(desk, {**offered, "seats": "1"}).status_code == 302
    assert (
        staff.post(desk, {"do": "terms", "change_hours": "48", "early_minutes": "20", "late_minutes": "10"}).url == desk
    )
    first, second, *later = AppointmentRow.objects.order_by("starts_at").values_list("id", flat=True)
    assert len(later) == 2

    assert TIMES in words(mine.get("/exams/"))
    page = words(mine.get(TIMES))
    assert "Oct 13, 2018, 13:00 UTC" in page and "Oct 13, 2018, 09:00 New York time" in page
    assert page.count('value="book"') == 2 and "(free: 2)" in page
    assert 'value="book"' in words(mine.get(f"{TIMES}?day=2018-10-14")) and "Oct 14, 2018 (free: 2)" in page
    assert mine.post(TIMES, {"do": "book", "time": first}).url == TIMES
    held = BookingRow.objects.get()
    page = words(mine.get(TIMES))
    assert "Your booking" in page and "Booked by you" in page and 'value="book"' not in page
    assert "Your time: <time" in words(mine.get("/exams/")) and "Check in</button>" not in words(mine.get("/exams/"))
    assert mine.post(TIMES, {"do": "move", "time": second, "booking": held.id}).status_code == 302
    moved = queries.booking(learner, held.id)
    assert (moved.appointment.id, moved.changes) == (second, 1)
    listed = words(staff.get(f"/desk/exam-times/{second}/"))
    assert learner.name in listed
    assert mine.post(TIMES, {"do": "cancel", "time": second, "booking": held.id}).status_code == 302
    assert not BookingRow.objects.filter(state="booked").exists()
    for unusable in ({"do": "book", "time": "x"}, {"do": "eat", "time": first}, {"do": "move", "time": first}):
        assert mine.post(TIMES, unusable).status_code in (404, 422), unusable


def test_a_full_time_is_waited_for_and_staff_cancel_it(cast, learner, sitting) -> None:
    other, staff = person("Bea Sample"), browser(cast["staff"])
    make.authorise(other, cast)
    (time,) = make.put_times(sitting, first=TEN)
    held = actions.book_appointment(actor=other, appointment_id=time, now=NOW)
    mine = browser(learner)
    assert "Wait for a seat" in words(mine.get(TIMES))
    mine.post(TIMES, {"do": "wait", "time": time})
    assert "You are number 1." in words(mine.get(TIMES))
    mine.post(TIMES, {"do": "leave", "time": time})
    assert not WaitingRow.objects.exists()
    mine.post(TIMES, {"do": "wait", "time": time})
    page = f"/desk/exam-times/{time}/"
    assert "Bea Sample" in words(staff.get(page)) and "Waiting, the first first" in words(staff.get(page))
    assert staff.post(page, {"do": "drop", "booking": held.id, "reason": ""}).status_code == 422
    assert staff.post(page, {"do": "drop", "booking": held.id, "reason": "Ill."}).status_code == 302
    assert BookingRow.objects.get(state="booked").learner_id == learner.person_id
    assert staff.post(page, {"do": "seats", "seats": "0"}).status_code == 422
    assert staff.post(page, {"do": "seats", "seats": "3"}).status_code == 302
    assert staff.post(page, {"do": "cancel", "reason": "No room."}).status_code == 302
    assert "Cancelled: No room." in words(staff.get(page))
    assert not BookingRow.objects.filter(state="booked").exists()
    for who in (learner, cast["proctor"], person("Far Staff", ("program_staff", "HES"))):
        assert browser(who).get(page).status_code == 404


def test_the_calendar_file_is_the_same_entry_moved_and_cancelled(learner, sitting) -> None:
    first, second = make.put_times(sitting, first=TEN, times=2)
    held = actions.book_appointment(actor=learner, appointment_id=first, now=NOW)
    mine, address = browser(learner), f"/exams/bookings/{held.id}.ics"

    def entry():
        answer = mine.get(address)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        calendar = Calendar.from_ical(answer.content)
        (event,) = calendar.walk("VEVENT")
        assert len(calendar.walk("VTIMEZONE")) == 1
        return calendar["method"], event

    method, event = entry()
    assert (method, event["status"], event["sequence"], event["dtstart"].dt) == ("PUBLISH", "CONFIRMED", 0, TEN)
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=60)
    uid = event["uid"]
    actions.move_booking(actor=learner, booking_id=held.id, appointment_id=second, now=NOW)
    _method, event = entry()
    assert (event["uid"], event["sequence"], event["dtstart"].dt) == (uid, 1, TEN + timedelta(hours=1))
    actions.cancel_booking(actor=learner, booking_id=held.id, now=NOW)
    method, event = entry()
    assert (method, event["uid"], event["status"], event["sequence"]) == ("CANCEL", uid, "CANCELLED", 2)
    assert browser(person("Other Sample")).get(address).status_code == 404


def test_staff_and_the_learner_read_the_same_reasons_on_one_page(cast, sitting) -> None:
    make.put_times(sitting, first=TEN)
    learner = cast["learner"]
    put_grades(learner, exam=None, now=NOW)
    mine = words(browser(learner).get(TIMES))
    email = person_of(learner.person_id).email
    staff, address = browser(cast["staff"]), "/desk/exams/CFx/booking/"
    assert address in words(staff.get("/desk/exams/"))
    theirs = words(staff.post(address, {"email": email}))
    todo = "Register for the exam and pay the fee. A payment that was reported waits for staff."
    for said in ("MITx/SC0x is passed", "the exam fee is not paid", todo, "your legal name is not confirmed"):
        assert said in mine and said in theirs, said
    assert "Cannot be booked" in theirs and 'value="book"' not in mine
    assert staff.post(address, {"email": "nobody@example.org"}).status_code == 404
    assert staff.post(address, {"email": "no address"}).status_code == 422
    assert browser(learner).post(address, {"email": email}).status_code == 403
    assert cast["staff"].name in words(browser(learner).get("/disclosures/"))


def test_a_sitting_without_times_is_as_it_was(learner) -> None:
    make.put_sitting()
    page = words(browser(learner).get("/exams/"))
    assert "Check in</button>" in page and TIMES not in page


def test_the_api_books_moves_waits_and_explains(client, cast, learner, sitting) -> None:
    staff, base = cast["staff"], "exam_booking"
    times = {"first": TEN.isoformat(), "last": (TEN + timedelta(hours=1)).isoformat(), "every_minutes": 60, "seats": 1}
    assert call(client, staff, f"{base}/sittings/{sitting}/times", times, key="a").json() == {"new": 2}
    terms = {"change_hours": 24, "early_minutes": 10, "late_minutes": 10}
    assert call(client, staff, f"{base}/sittings/{sitting}/booking-terms", terms, key="b").status_code == 204
    first, second = (one["id"] for one in call(client, staff, f"{base}/sittings/{sitting}/times").json())
    booked = call(client, learner, f"{base}/times/{first}/bookings", {}, key="c").json()
    seen = call(client, learner, f"{base}/exams/CFx/times").json()
    assert seen["booking"] == booked and [one["to_book"] for one in seen["offers"]] == [False, True]
    moved = call(client, learner, f"{base}/bookings/{booked['id']}/move", {"time_id": second}, key="d").json()
    assert (moved["time"]["id"], moved["changes"]) == (second, 1)
    other = person("New Sample")
    refused = call(client, other, f"{base}/times/{first}/bookings", {}, key="e")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:linkspan:problem:booking_refused")
    held = call(client, staff, f"{base}/times/{second}").json()
    assert held["bookings"] == [{"booking_id": booked["id"], "learner_id": str(learner.person_id)}]
    email = person_of(learner.person_id).email
    told = call(client, staff, f"{base}/exams/CFx/explanations", {"email": email}, key="f").json()
    assert told["conditions"] == seen["conditions"] and all(one["met"] for one in told["conditions"])
    assert call(client, learner, f"{base}/bookings/{booked['id']}/cancel", {}, key="g").status_code == 204
    assert call(client, learner, f"{base}/bookings/{booked['id']}").json()["state"] == "cancelled"
