"""Breaks: begun and ended by the learner, the clock stands, and goes on by itself; nothing is answered meanwhile."""

from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.exams import LATER
from tests.factories.people import NOW, browser, token_for

from linkspan.exams import actions, queries, tasks
from linkspan.exams.models import AttemptRow, ResponseRow
from linkspan.exams.rules import Accommodation, Change, Standing
from linkspan.exams.rules import AccommodationKind as Kind
from linkspan.exams.rules.accommodations import Break
from linkspan.exams.rules.saving import in_time
from linkspan.exams.rules.states import AttemptState
from linkspan.kernel.errors import NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def at(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)


@pytest.fixture
def allowed(cast, learner, running):
    grant(cast, learner, Accommodation(Kind.BREAKS, 10))
    return queries.attempt(learner, running.id)


def grant(cast, learner, one, now=NOW):
    told = {"learner_id": learner.person_id, "code": "CFx", "accommodation": one, "now": now}
    actions.approve_accommodation(actor=cast["staff"], **told)


def begin(learner, attempt, now=LATER):
    return actions.begin_break(actor=learner, attempt_id=attempt.id, now=now)


def end(learner, attempt, now):
    return actions.end_break(actor=learner, attempt_id=attempt.id, now=now)


def test_a_break_moves_the_end_by_as_long_as_it_was(learner, allowed) -> None:
    on = begin(learner, allowed)
    assert (on.state, on.break_ends_at) == (AttemptState.PAUSED, LATER + 10 * MINUTE)
    off = end(learner, allowed, LATER + timedelta(seconds=181))
    assert (off.state, off.break_ends_at) == (AttemptState.STARTED, None)
    assert off.deadline == allowed.deadline + timedelta(seconds=181)
    assert off.breaks == (Break(LATER, LATER + timedelta(seconds=181)),)
    assert queries.next_break(learner, allowed.id) == timedelta(seconds=600 - 181)
    assert begin(learner, allowed, LATER + 5 * MINUTE).break_ends_at == LATER + 5 * MINUTE + timedelta(seconds=419)


def test_begun_or_ended_twice_it_is_one_break(learner, allowed) -> None:
    first = begin(learner, allowed)
    assert begin(learner, allowed, LATER + MINUTE) == first
    after = end(learner, allowed, LATER + 2 * MINUTE)
    assert end(learner, allowed, LATER + 3 * MINUTE) == after
    assert AttemptRow.objects.get().breaks == [[LATER.isoformat(), (LATER + 2 * MINUTE).isoformat()]]


def test_the_clock_ends_a_break_when_its_time_is_over_not_when_it_looks(learner, allowed) -> None:
    begin(learner, allowed)
    tasks.clock.end_breaks(LATER + 9 * MINUTE)
    assert queries.attempt(learner, allowed.id).state == AttemptState.PAUSED
    tasks.clock.end_breaks(LATER + 30 * MINUTE)
    found = queries.attempt(learner, allowed.id)
    assert (found.state, found.deadline) == (AttemptState.STARTED, allowed.deadline + 10 * MINUTE)
    with pytest.raises(Refused) as refusal:
        begin(learner, allowed, LATER + 31 * MINUTE)
    assert refusal.value.code == "breaks_used"


def test_a_learner_who_comes_back_late_goes_on_from_its_end(learner, allowed) -> None:
    begin(learner, allowed)
    assert end(learner, allowed, LATER + 40 * MINUTE).deadline == allowed.deadline + 10 * MINUTE


def test_no_break_where_none_is_arranged_nor_after_the_end_nor_for_others(cast, learner, running) -> None:
    with pytest.raises(Refused) as refusal:
        begin(learner, running)
    assert refusal.value.code == "no_breaks"
    grant(cast, learner, Accommodation(Kind.BREAKS, 10))
    for actor in (cast["proctor"], cast["staff"]):
        with pytest.raises(NotFound):
            begin(actor, running)
    with pytest.raises(Refused) as refusal:
        begin(learner, running, running.deadline)
    assert refusal.value.code == "time_over"
    make.hand_in(learner, running)
    with pytest.raises(Refused):
        begin(learner, running)
    with pytest.raises(Refused):
        end(learner, running, LATER)


def test_a_break_that_is_over_when_the_time_was_is_handed_in_by_the_clock(learner, allowed) -> None:
    last = allowed.deadline - MINUTE
    begin(learner, allowed, last)
    after = allowed.deadline + 12 * MINUTE
    for tick in tasks.TICKS[:2]:
        tick(after)
    found = queries.attempt(learner, allowed.id)
    assert (found.state, found.submitted_at) == (AttemptState.SUBMITTED, allowed.deadline + 10 * MINUTE)


def test_what_a_proctor_paused_only_a_proctor_resumes(cast, learner, allowed) -> None:
    told = {"actor": cast["proctor"], "attempt_id": allowed.id}
    begin(learner, allowed)
    paused = actions.pause_attempt(reason="Fire alarm", now=LATER + 4 * MINUTE, **told)
    assert (paused.state, paused.break_ends_at, paused.paused_at) == ("paused", None, LATER + 4 * MINUTE)
    for act in (begin, end):
        with pytest.raises(Refused):
            act(learner, allowed, LATER + 5 * MINUTE)
    tasks.clock.end_breaks(LATER + 60 * MINUTE)
    resumed = actions.resume_attempt(now=LATER + 60 * MINUTE, **told)
    assert resumed.deadline == allowed.deadline + 60 * MINUTE
    assert queries.next_break(learner, allowed.id) == 6 * MINUTE


def test_a_proctor_ends_a_break_and_moves_a_learner_who_is_on_one(cast, learner, allowed) -> None:
    told = {"actor": cast["proctor"], "attempt_id": allowed.id}
    begin(learner, allowed)
    assert actions.resume_attempt(now=LATER + MINUTE, **told).deadline == allowed.deadline + MINUTE
    begin(learner, allowed, LATER + 2 * MINUTE)
    failed = actions.fail_attempt(reason="Laptop", now=LATER + 3 * MINUTE, **told)
    assert (failed.state, failed.break_ends_at) == (AttemptState.ERROR, None)
    assert failed.deadline == allowed.deadline + 2 * MINUTE
    assert len(failed.breaks) == 2


def test_more_minutes_granted_in_a_break_make_it_longer_and_a_withdrawal_takes_none(cast, learner, allowed) -> None:
    begin(learner, allowed)
    grant(cast, learner, Accommodation(Kind.BREAKS, 15), LATER)
    assert queries.attempt(learner, allowed.id).break_ends_at == LATER + 15 * MINUTE
    for one in queries.granted_list(cast["staff"], "CFx").rows:
        told = {"accommodation_id": one.id, "approve": False, "reason": "No letter."}
        if one.granted == Accommodation(Kind.BREAKS, 15):
            actions.decide_accommodation(actor=cast["staff"], now=LATER, **told)
    assert queries.attempt(learner, allowed.id).break_ends_at == LATER + 15 * MINUTE


def test_what_is_answered_in_a_break_is_kept_apart(learner, allowed) -> None:
    asked = [one.id for one in queries.questions(learner, allowed.id, now=LATER)]
    begin(learner, allowed)
    for item, seconds in zip(asked, (1, 31), strict=True):
        told = {"attempt_id": allowed.id, "item": item, "given": ["4"], "now": LATER + timedelta(seconds=seconds)}
        actions.save_response(actor=learner, replaces=None, **told)
    saved = [ResponseRow.objects.get(item=item).standing for item in asked]
    assert saved == [Standing.LATE, Standing.LATE]
    with pytest.raises(NotFound):
        queries.questions(learner, allowed.id, now=LATER + MINUTE)


def test_what_a_page_says_was_answered_in_a_break_is_late_also_afterwards() -> None:
    taken = (Break(NOW + 10 * MINUTE, NOW + 20 * MINUTE),)
    told = {"state": AttemptState.STARTED, "started": NOW, "deadline": NOW + 60 * MINUTE, "now": NOW + 21 * MINUTE}
    for minutes, timely in ((9, True), (15, False), (20, True), (21, True)):
        change = Change("a1", 1, None, ("4",), elapsed=minutes * MINUTE)
        assert in_time(change, grace=timedelta(seconds=30), breaks=taken, **told) is timely


def test_what_was_given_before_a_break_may_be_on_its_way_when_it_begins() -> None:
    begun, grace = NOW + 10 * MINUTE, timedelta(seconds=30)
    told = {"state": AttemptState.PAUSED, "started": NOW, "deadline": NOW + 60 * MINUTE, "grace": grace}
    for given, came, timely in ((599, 629, True), (599, 631, False), (601, 602, False), (None, 601, False)):
        elapsed = None if given is None else timedelta(seconds=given)
        change = Change("a1", 1, None, ("4",), elapsed=elapsed)
        at = NOW + timedelta(seconds=came)
        assert in_time(change, now=at, paused=begun, on_break=True, **told) is timely


def test_proctors_see_a_break_in_the_room_and_on_the_timeline(cast, learner, allowed) -> None:
    begin(learner, allowed)
    (room,) = queries.rooms_of(cast["proctor"], allowed.sitting.id)
    assert room.break_ends_at == LATER + 10 * MINUTE
    shown = browser(cast["proctor"]).get(f"/desk/sittings/{allowed.sitting.id}/room/")
    assert b"On a break until" in shown.content and b"Arranged for this learner" in shown.content
    desk = browser(cast["proctor"]).get("/desk/exams/").content
    assert b"On a break until" in desk and b"Arranged for this learner" in desk
    end(learner, allowed, LATER + MINUTE)
    moments = queries.timeline_of(cast["proctor"], allowed.id).moments
    told = [(one.what, one.at) for one in moments if "break" in one.what]
    assert told == [("begin_break_attempt", LATER), ("end_break_attempt", LATER + MINUTE)]


def test_the_pages_and_the_api_begin_and_end_a_break(client, learner, allowed) -> None:
    mine, here = browser(learner), f"/exams/attempts/{allowed.id}/"
    assert b"Begin a break" in mine.get(here).content
    assert mine.post(f"{here}save/", {"do": "break"}).status_code == 302
    page = mine.get(here).content
    assert b"You are on a break" in page and b"End the break" in page and b"question-1" not in page
    assert mine.post(f"{here}break/end/").status_code == 302
    headers = {"Authorization": f"Bearer {token_for(learner)}"}
    for key, (path, state) in enumerate((("break", "paused"), ("break", "paused"), ("break/end", "started"))):
        address = f"/api/v1/accommodations/attempts/{allowed.id}/{path}"
        answer = client.post(address, headers=headers | {"Idempotency-Key": str(key)})
        assert (answer.status_code, answer.json()["state"]) == (200, state)


def test_proctors_of_other_institutions_see_no_room(cast, allowed) -> None:
    with pytest.raises((NotFound, NotPermitted)):
        queries.rooms_of(cast["hes-admissions"], allowed.sitting.id)
