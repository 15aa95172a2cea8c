"""A way without a camera: asked for before and after booking, decided by its staff, told to the learner alone."""

import json

import pytest
from tests.exams import test_watching
from tests.exams.test_watching import SOON, left, state, told
from tests.factories import exams as make
from tests.factories.exams import LATER
from tests.factories.people import NOW, browser, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.models import SessionRow, WayRow
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.waiting import What, Whose, open_waits
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db
served, vendor, service, at = test_watching.served, test_watching.vendor, test_watching.service, test_watching.at


def ask(learner, grounds="I have no camera.", now=NOW):
    made = actions.ask_for_way(actor=learner, code="CFx", grounds=grounds, now=now)
    outbox.drain(now=now)
    return made


def decide(who, way, approve=True, reason="Come to room 5.", now=SOON):
    actions.decide_way(actor=who, way_id=way, approve=approve, reason=reason, now=now)
    outbox.drain(now=now)


def waits(learner):
    whose = Whose(learner=learner.person_id)
    return {one.what for one in open_waits(whose, NOW, ["exams"])}


def test_what_is_asked_before_booking_needs_no_agreement_and_no_service(service, learner, cast) -> None:
    way = ask(learner)
    assert ask(learner, "It is broken.") == way and WayRow.objects.get().grounds == "It is broken."
    assert {cast["proctor"].person_id, cast["staff"].person_id} <= told("way_waits")
    assert learner.person_id not in told("way_waits") and What.DECIDE_WAY in waits(learner)
    assert queries.exam_reasons(learner, learner.person_id, "CFx", NOW) != ()
    for _ in range(2):
        decide(cast["proctor"], way)
    assert told("way_approved") == {learner.person_id} and What.DECIDE_WAY not in waits(learner)
    assert NoticeRow.objects.filter(kind="way_approved").count() == 1
    assert queries.exam_reasons(learner, learner.person_id, "CFx", NOW) == ()
    attempt = actions.create_attempt(actor=learner, sitting_id=make.put_sitting(), now=SOON)
    outbox.drain(now=SOON)
    assert SessionRow.objects.count() == 0 and left() == 0
    other = queries.other_way(learner, attempt.id)
    assert (other.reason, other.given_by) == ("Come to room 5.", cast["proctor"].name)
    actions.confirm_identity(actor=make.at_the_door(), attempt_id=attempt.id, now=SOON)
    assert state(attempt) == "identity_confirmed" and ask(learner) == way


def test_what_is_let_after_check_in_ends_the_session_at_once(service, learner, cast, vendor) -> None:
    actions.agree_to_watching(actor=learner, code="CFx", now=NOW)
    attempt = test_watching.checked_in(learner)
    decide(cast["staff"], ask(learner))
    assert vendor.attempts["wa-1"]["told"] == ["created", "deleted"] and left() == 0
    assert queries.other_way(cast["proctor"], attempt.id).given_by == cast["staff"].name
    assert "I have no camera" not in str(queries.other_way(learner, attempt.id))


def test_a_refusal_stands_beside_the_next_request(service, learner, cast) -> None:
    first = ask(learner)
    with pytest.raises(Unusable):
        decide(cast["staff"], first, approve=False, reason=" ")
    decide(cast["staff"], first, approve=False, reason="Bring a letter.")
    assert told("way_refused") == {learner.person_id} and not told("way_approved")
    with pytest.raises(Refused):
        decide(cast["staff"], first)
    second = ask(learner, "Here it is.", now=LATER)
    (waiting,) = queries.way_queue(cast["staff"])
    assert (waiting.id, [one.reason for one in waiting.refused_before]) == (second, ["Bring a letter."])
    assert queries.exam_reasons(learner, learner.person_id, "CFx", NOW) != ()


def test_who_may_ask_see_and_decide(service, learner, cast) -> None:
    way = ask(learner)
    for who in (learner, person("Elsewhere", ("proctor", "HES")), person("Reader", ("reader", "MITx"))):
        with pytest.raises(NotPermitted):
            decide(who, way)
    assert queries.way_queue(person("Hes Staff", ("program_staff", "HES"))) == ()
    with pytest.raises(NotPermitted):
        queries.way_queue(learner)
    with pytest.raises(NotPermitted):
        queries.ways_of(cast["staff"], learner.person_id)
    with pytest.raises(NotFound):
        decide(cast["staff"], learner.person_id)
    for grounds in ("", "  ", "a" * 2001):
        with pytest.raises(Unusable):
            ask(person("Another"), grounds)
    assert WayRow.objects.count() == 1


def test_an_exam_that_nobody_watches_has_no_other_way(cast, learner) -> None:
    with pytest.raises(Refused):
        ask(learner)
    assert browser(learner).get("/exams/CFx/another-way/").status_code == 404


def test_pages_and_api_ask_and_decide(service, learner, cast, client) -> None:
    page, path = browser(learner), "/exams/CFx/another-way/"
    assert path in page.get("/exams/CFx/watching/").content.decode()
    assert page.post(path, {"grounds": "A <b>reason</b>"}).status_code == 302
    assert "A &lt;b&gt;reason" in page.get(path).content.decode()
    desk = browser(cast["staff"])
    assert "A &lt;b&gt;reason" in desk.get("/desk/exams/").content.decode()
    way = WayRow.objects.get()
    assert desk.post(f"/desk/exam-ways/{way.id}/", {"do": "refuse", "reason": ""}).status_code == 422
    assert desk.post(f"/desk/exam-ways/{way.id}/", {"do": "refuse", "reason": "No."}).status_code == 302
    assert "No." in page.get(path).content.decode()
    base = "/api/v1/exam_ways"

    def post(who, place, body):
        headers = {"Authorization": f"Bearer {token_for(who)}", "Idempotency-Key": place}
        return client.post(base + place, json.dumps(body), "application/json", headers=headers)

    made = post(learner, "/exams/CFx", {"grounds": "Again"}).json()["id"]
    waiting = client.get(f"{base}/queue", headers={"Authorization": f"Bearer {token_for(cast['staff'])}"}).json()
    assert [one["id"] for one in waiting] == [made]
    assert post(cast["staff"], f"/{made}/decision", {"approve": True, "reason": "Yes."}).status_code in (200, 204)
    mine = client.get(f"{base}/mine", headers={"Authorization": f"Bearer {token_for(learner)}"}).json()
    assert [one["state"] for one in mine] == ["approved", "refused"]
    assert "without Watchful" in page.get(path).content.decode()
