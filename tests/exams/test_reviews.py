"""Incidents, appeals, places, no-shows and extra time; each refusal."""

from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER, begin, hand_in
from tests.factories.news import News, still_open
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.exams import actions, queries, tasks
from linkspan.exams.models import AttemptRow, ResponseRow
from linkspan.exams.rules import AccommodationState, AppealState, AttemptState, extra_percent
from linkspan.kernel import storage
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id

pytestmark = pytest.mark.django_db
AFTER = make.RELEASE + timedelta(days=1)


@pytest.fixture(autouse=True)
def documents(tmp_path, settings):
    settings.DOCUMENT_ROOT = tmp_path


@pytest.fixture
def rejected(cast, learner, running):
    hand_in(learner, running)
    make.reject(running, cast["proctor"])
    return running


@pytest.fixture
def appealed(learner, rejected):
    tasks.release_due_results(make.RELEASE)
    return actions.appeal_verdict(actor=learner, attempt_id=rejected.id, statement="It was a timer.", now=AFTER)


def decide(actor, appeal_id, uphold=True, reason="A timer indeed."):
    actions.decide_appeal(actor=actor, appeal_id=appeal_id, uphold=uphold, reason=reason, now=AFTER)


def test_an_upheld_appeal_releases_the_result(cast, learner, rejected, appealed) -> None:
    other, news = make.second_proctor(), News()
    news(AFTER)
    (waiting,) = queries.appeal_queue(other)
    assert (waiting.id, waiting.statement, waiting.verdict_reason) == (appealed, "It was a timer.", "Phone")
    assert other.name in still_open("appeal_waits", AFTER)
    for _ in range(2):
        decide(other, appealed)
    assert still_open("appeal_waits", AFTER) == set()
    assert not queries.attempt(learner, rejected.id).released
    tasks.release_due_results(AFTER)
    assert queries.attempt(learner, rejected.id).outcome == "passed"
    assert news(AFTER) == [
        ("Amara Sample", "appeal_upheld"),
        ("Amara Sample", "credential_issued"),
        ("Amara Sample", "exam_released"),
    ]
    with pytest.raises(Refused):
        decide(other, appealed, uphold=False)


def test_a_dismissed_appeal_leaves_the_rejection(cast, learner, rejected, appealed) -> None:
    decide(cast["staff"], appealed, uphold=False, reason="The video shows a phone.")
    tasks.release_due_results(AFTER)
    assert queries.attempt(learner, rejected.id).outcome == "rejected"
    found = queries.appeal_of(learner, rejected.id)
    assert (found.state, found.reason) == (AppealState.DISMISSED, "The video shows a phone.")
    again = actions.appeal_verdict(actor=learner, attempt_id=rejected.id, statement="Again.", now=AFTER)
    assert again == appealed


def test_who_rejected_does_not_decide_the_appeal(cast, learner, rejected, appealed) -> None:
    assert queries.appeal_queue(cast["proctor"]) == ()
    for actor in (cast["proctor"], learner, person("Elsewhere", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            decide(actor, appealed)
    with pytest.raises(Unusable):
        decide(cast["staff"], appealed, reason=" ")
    with pytest.raises(NotFound):
        decide(cast["staff"], new_id())


def test_only_an_appeal_lifts_a_rejection_that_is_known(cast, learner, rejected) -> None:
    with pytest.raises(Refused, match="no rejection"):
        actions.appeal_verdict(actor=learner, attempt_id=rejected.id, statement="Early.", now=LATER)
    tasks.release_due_results(make.RELEASE)
    with pytest.raises(Refused, match="Only an appeal"):
        actions.review_attempt(actor=cast["proctor"], attempt_id=rejected.id, accept=True, reason="", now=AFTER)
    with pytest.raises(Unusable):
        actions.appeal_verdict(actor=learner, attempt_id=rejected.id, statement=" ", now=AFTER)


def test_incidents_are_noted_once_and_read_by_the_learner_after_release(cast, learner, running) -> None:
    note = {"attempt_id": running.id, "kind": "material", "note": "A phone on the desk.", "now": LATER}
    assert actions.log_incident(actor=cast["proctor"], **note) == actions.log_incident(actor=cast["proctor"], **note)
    assert len(queries.incidents_of(cast["proctor"], running.id)) == 1
    assert queries.incidents_of(learner, running.id) == ()
    hand_in(learner, running)
    make.reject(running, cast["proctor"])
    tasks.release_due_results(make.RELEASE)
    assert queries.incidents_of(learner, running.id)[0].note == "A phone on the desk."
    with pytest.raises(NotPermitted):
        actions.log_incident(actor=learner, **note)
    with pytest.raises(Unusable):
        actions.log_incident(actor=cast["proctor"], **(note | {"kind": "mood"}))
    with pytest.raises(NotFound):
        queries.incidents_of(person("Other Sample"), running.id)


def test_a_full_sitting(cast, learner) -> None:
    sitting = make.put_sitting(capacity=1)
    first = person("First Sample")
    make.authorise(first, cast)
    actions.create_attempt(actor=first, sitting_id=sitting, now=NOW)
    with pytest.raises(Refused) as refusal:
        actions.create_attempt(actor=learner, sitting_id=sitting, now=NOW)
    assert refusal.value.code == "sitting_full"


def test_who_does_not_start_loses_no_attempt(cast, learner, sitting) -> None:
    attempt = actions.create_attempt(actor=learner, sitting_id=sitting, now=NOW)
    tasks.close_no_shows(NOW)
    assert queries.attempt(learner, attempt.id).state == AttemptState.CREATED
    tasks.close_no_shows(make.CLOSES)
    assert queries.attempt(learner, attempt.id).state == AttemptState.NO_SHOW
    with pytest.raises(Refused):
        actions.start_attempt(actor=learner, attempt_id=attempt.id, now=make.CLOSES - timedelta(hours=1))
    second = make.put_sitting(opens_at=NOW + timedelta(days=30))
    assert begin(cast, learner, second, NOW + timedelta(days=30)).started_at is not None


def test_the_same_answer_again_adds_no_row(learner, running) -> None:
    told = {"actor": learner, "attempt_id": running.id, "item": "b1", "now": LATER}
    for given, replaces in ((["0"], None), (["0"], 1), (["1"], 1), (["0"], 2)):
        actions.save_response(given=given, replaces=replaces, **told)
    assert ResponseRow.objects.count() == 3


def test_asking_for_extra_time(cast, learner, sitting) -> None:
    ask = {"code": "CFx", "document": b"%PDF-1.7 a letter", "now": NOW}
    with pytest.raises(Unusable):
        actions.request_accommodations(actor=learner, asked=[extra_percent(0)], **ask)
    (request,) = actions.request_accommodations(actor=learner, asked=[extra_percent(25)], **ask)
    assert actions.request_accommodations(actor=learner, asked=[extra_percent(50)], **ask) == (request,)
    (waiting,) = queries.accommodation_queue(cast["staff"])
    assert (waiting.id, waiting.asked.amount) == (request, 50)
    decision = {"accommodation_id": request, "now": NOW}
    for actor in (learner, cast["proctor"], cast["mit-admissions"], cast["hes-admissions"]):
        with pytest.raises(NotPermitted):
            actions.decide_accommodation(actor=actor, approve=True, reason="", **decision)
    with pytest.raises(Unusable):
        actions.decide_accommodation(actor=cast["staff"], approve=False, reason="", **decision)
    assert begin(cast, learner, sitting).deadline == NOW + timedelta(minutes=60), "not granted yet"
    news = News()
    news(NOW)
    actions.decide_accommodation(actor=cast["staff"], approve=True, reason="", **decision)
    assert news(NOW) == [("Amara Sample", "accommodation_approved")]
    (mine,) = queries.accommodations_of(learner, learner.person_id)
    assert mine.state == AccommodationState.APPROVED
    for actor in (cast["mit-admissions"], cast["proctor"], cast["staff"]):
        with pytest.raises(NotPermitted):
            queries.accommodations_of(actor, learner.person_id)
    with pytest.raises(NotPermitted):
        queries.accommodation_queue(cast["mit-admissions"])


def test_who_has_extra_time_asks_for_more_and_a_refusal_takes_none_away(cast, learner, sitting) -> None:
    ask = {"actor": learner, "code": "CFx", "document": None}
    decide = {"actor": cast["staff"], "reason": "25 percent is what the letter says."}
    (first,) = actions.request_accommodations(asked=[extra_percent(25)], now=NOW, **ask)
    actions.decide_accommodation(accommodation_id=first, approve=True, now=NOW, **decide)
    for percent in (10, 25):
        with pytest.raises(Refused) as refusal:
            actions.request_accommodations(asked=[extra_percent(percent)], now=NOW, **ask)
        assert refusal.value.code == "extra_time_granted"
    (more,) = actions.request_accommodations(asked=[extra_percent(50)], now=NOW, **ask)
    assert [(one.id, one.asked.amount) for one in queries.accommodation_queue(cast["staff"])] == [(more, 50)]
    actions.decide_accommodation(accommodation_id=more, approve=False, now=LATER, **decide)
    assert begin(cast, learner, sitting).deadline == NOW + timedelta(minutes=75)
    actions.decide_accommodation(accommodation_id=more, approve=True, now=LATER, **decide)
    (running,) = AttemptRow.objects.all()
    assert running.deadline == NOW + timedelta(minutes=90)
    actions.decide_accommodation(accommodation_id=more, approve=False, now=LATER, **decide)
    actions.decide_accommodation(accommodation_id=first, approve=False, now=LATER, **decide)
    assert queries.held_by(learner.person_id, "CFx", LATER) == ()


def test_nobody_grants_themselves_extra_time(cast) -> None:
    staff = cast["staff"]
    (request,) = actions.request_accommodations(
        actor=staff, code="CFx", asked=[extra_percent(50)], document=None, now=NOW
    )
    assert queries.accommodation_queue(staff) == ()
    with pytest.raises(NotPermitted):
        actions.decide_accommodation(actor=staff, accommodation_id=request, approve=True, reason="", now=NOW)


def test_the_evidence_of_a_request_is_encrypted(learner, tmp_path) -> None:
    actions.request_accommodations(
        actor=learner, code="CFx", asked=[extra_percent(25)], document=b"%PDF-1.7 a letter", now=NOW
    )
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and not any(b"a letter" in path.read_bytes() for path in kept)
    assert b"%PDF-1.7 a letter" in {storage.read(path.name) for path in kept}


def test_who_is_told_what(cast, learner, sitting) -> None:
    news = News()
    assert news(NOW) == [
        ("Amara Sample", "exam_authorised"),
        ("Amara Sample", "identity_accepted"),
        ("Amara Sample", "payment_received"),
    ]
    running = begin(cast, learner, sitting)
    proctors = ("Door Proctor", "Sam Proctor (sample)", "Toni Proctor (sample)")
    assert news(NOW) == [(name, "check_in_waits") for name in proctors]
    hand_in(learner, running)
    assert news(LATER) == [
        ("Amara Sample", "exam_submitted"),
        ("Sam Proctor (sample)", "attempt_waits"),
        ("Toni Proctor (sample)", "attempt_waits"),
    ]


def test_who_confirmed_the_identity_does_not_review(cast, learner, running) -> None:
    hand_in(learner, running)
    door = make.at_the_door()
    for accept in (True, False):
        with pytest.raises(Refused, match="You confirmed this learner's identity"):
            actions.review_attempt(actor=door, attempt_id=running.id, accept=accept, reason="Phone", now=LATER)
    shown = {one: browser(one).get("/desk/exams/").content.decode() for one in (door, cast["proctor"])}
    assert ['value="verify"' in page for page in shown.values()] == [False, True]
    assert "Another proctor reviews the attempt." in shown[door]
    actions.review_attempt(actor=cast["proctor"], attempt_id=running.id, accept=True, reason="", now=LATER)


def test_a_no_show_is_closed_by_the_clock_alone_and_never_once_handed_in(cast, learner, running) -> None:
    hand_in(learner, running)
    with pytest.raises(NotPermitted):
        actions.close_no_show(actor=learner, attempt_id=running.id, now=make.RELEASE)
    actions.close_no_show(actor=SYSTEM, attempt_id=running.id, now=make.RELEASE)
    assert queries.attempt(learner, running.id).state == AttemptState.SUBMITTED
