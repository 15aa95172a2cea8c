"""How a version is conducted: how soon attempts are reviewed, and whether a rejection touches the grade."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER, RELEASE, hand_in
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.rules import Conduct, IncidentKind
from linkspan.kernel import outbox
from linkspan.kernel.waiting import What, Whose, open_waits
from linkspan.messages.queries import waits_at
from linkspan.records.queries import facts_of
from linkspan.records.rules import Kind

pytestmark = pytest.mark.django_db
AFTER = RELEASE + timedelta(days=1)
FRIDAY = datetime(2026, 11, 27, 15, tzinfo=UTC)


def conducted(cast, **told):
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    actions.put_conduct(actor=SYSTEM, code="CFx", conduct=Conduct(**told), now=NOW)
    actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW)
    learner = cast["learner"]
    make.authorise(learner, cast)
    attempt = make.begin(cast, learner, make.put_sitting())
    hand_in(learner, attempt)
    return learner, attempt


def results(learner):
    rows = [one for one in facts_of(SYSTEM, learner.person_id) if one.kind == Kind.EXAM_RESULT]
    return [(Decimal(one.data["grade"]["value"]), one.data["passed"]) for one in rows]


def released(now=AFTER):
    for attempt_id in queries.due_releases(now):
        actions.release_result(attempt_id=attempt_id, now=now)
    outbox.drain(now=now)


def test_working_days_and_the_day_of_release_at_the_latest() -> None:
    release = FRIDAY + timedelta(days=30)
    assert Conduct().review_due(FRIDAY, release) == release
    assert Conduct(review_days=1).review_due(FRIDAY, release) == FRIDAY + timedelta(days=3)
    assert Conduct(review_days=5).review_due(FRIDAY, release) == FRIDAY + timedelta(days=7)
    assert Conduct(review_days=60).review_due(FRIDAY, release) == release


def test_what_is_kept_is_read_again_and_what_is_wrong_is_refused(cast) -> None:
    told = Conduct(True, True, 3)
    assert Conduct.kept(told.as_kept()) == told and Conduct.kept({}) == Conduct()
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    for days in (0, -1, 61):
        with pytest.raises(Invalid):
            actions.put_conduct(actor=SYSTEM, code="CFx", conduct=Conduct(review_days=days), now=NOW)
    assert queries.versions(SYSTEM, "CFx")[0].exam.conduct == Conduct()


def test_a_review_is_due_by_its_service_level_in_the_queue_and_in_the_wait(cast, monkeypatch) -> None:
    _, attempt = conducted(cast, review_days=2)
    due = Conduct(review_days=2).review_due(LATER, RELEASE)
    (row,) = [one for one in queries.proctor_queue(cast["proctor"]) if one.id == attempt.id]
    assert row.review_due == due < RELEASE
    (wait,) = [one for one in open_waits(Whose(), LATER, ["exams"]) if one.what is What.REVIEW_EXAM]
    assert wait.until == due
    (told,) = [one for one in waits_at(cast["proctor"], LATER) if one.what is What.REVIEW_EXAM]
    assert (told.until, told.late_after) == (due, due)
    late = due + timedelta(hours=1)
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    page = browser(cast["proctor"]).get("/desk/exams/").content.decode()
    assert "Review until" in page and ">Late</span>" not in page
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: late)
    assert ">Late</span>" in browser(cast["proctor"]).get("/desk/exams/").content.decode()


def test_without_a_service_level_it_is_the_day_of_release(cast) -> None:
    _, attempt = conducted(cast)
    (row,) = [one for one in queries.proctor_queue(cast["proctor"]) if one.id == attempt.id]
    assert row.review_due == RELEASE


def test_while_the_learner_may_answer_the_review_is_not_late(cast) -> None:
    _, attempt = conducted(cast, review_days=1)
    told = {"attempt_id": attempt.id, "accept": False, "reason": "Phone"}
    actions.review_attempt(actor=cast["proctor"], ground=IncidentKind.MATERIAL, now=LATER, **told)
    heard = LATER + timedelta(days=7)
    assert not [one for one in open_waits(Whose(), LATER, ["exams"]) if one.what is What.REVIEW_EXAM]
    (wait,) = [one for one in open_waits(Whose(), heard, ["exams"]) if one.what is What.REVIEW_EXAM]
    assert wait.until == Conduct(review_days=1).review_due(heard, RELEASE) > heard


def test_a_rejection_touches_no_grade_unless_the_version_says_so(cast) -> None:
    learner, attempt = conducted(cast)
    make.reject(attempt, cast["proctor"])
    released()
    assert results(learner) == []
    page = browser(learner).get(f"/exams/attempts/{attempt.id}/").content.decode()
    assert "It is no result on record, and changes no grade." in page


def test_where_it_says_so_it_is_a_result_of_nothing_and_a_lift_undoes_it(cast) -> None:
    learner, attempt = conducted(cast, rejection_in_grade=True)
    told = {"attempt_id": attempt.id, "accept": False, "reason": "Phone"}
    actions.review_attempt(actor=cast["proctor"], ground=IncidentKind.MATERIAL, now=LATER, **told)
    mine = browser(learner).get(f"/exams/attempts/{attempt.id}/").content.decode()
    assert "the exam is on record as 0 percent" in mine
    second = person("Deciding Proctor", ("proctor", "MITx"))
    heard = LATER + timedelta(days=7)
    actions.review_attempt(actor=second, now=heard, **told)
    assert results(learner) == []
    released()
    assert results(learner) == [(Decimal(0), False)]
    page = browser(learner).get(f"/exams/attempts/{attempt.id}/").content.decode()
    assert "It is on record as 0 percent." in page
    appeal = actions.appeal_verdict(actor=learner, attempt_id=attempt.id, statement="A timer.", now=AFTER)
    actions.decide_appeal(actor=cast["staff"], appeal_id=appeal, uphold=True, reason="It was a timer.", now=AFTER)
    released(AFTER + timedelta(minutes=1))
    assert results(learner) == [(Decimal(100), True)]


def test_a_rejection_lifted_before_its_release_leaves_no_trace_on_record(cast) -> None:
    learner, attempt = conducted(cast, rejection_in_grade=True)
    make.reject(attempt, cast["proctor"])
    other = person("Third Proctor (sample)", ("proctor", "MITx"))
    told = {"attempt_id": attempt.id, "accept": True, "reason": "Seen again."}
    actions.review_attempt(actor=other, now=LATER + timedelta(days=8), **told)
    released()
    assert results(learner) == [(Decimal(100), True)]


def test_the_page_and_the_api_set_it(cast, client) -> None:
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    staff, here = browser(cast["staff"]), "/desk/exams/make/CFx/conduct/"
    wrong = staff.post(here, {"do": "save", "review_days": "x1", "device_check": "yes"})
    page = wrong.content.decode()
    assert wrong.status_code == 422 and 'value="x1"' in page
    assert 'aria-describedby="device-hint" checked' in page
    assert staff.post(here, {"do": "save", "review_days": "3", "rejection_in_grade": "yes"}).status_code == 302
    assert queries.versions(SYSTEM, "CFx")[0].exam.conduct == Conduct(False, True, 3)
    assert "Within 3 working days" in staff.get("/desk/exams/make/CFx/versions/2/").content.decode()
    auth = {"Authorization": f"Bearer {token_for(cast['staff'])}", "Idempotency-Key": "c"}
    told = client.post(
        "/api/v1/exam_practice/exams/CFx/draft/conduct",
        {"review_days": 4},
        content_type="application/json",
        headers=auth,
    )
    assert told.json() == {"device_check": False, "rejection_in_grade": False, "review_days": 4}
