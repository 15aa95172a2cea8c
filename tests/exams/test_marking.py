"""Essays: two people mark alone and without a name, a third where they differ, and nothing comes out before."""

import html
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from tests.factories import exams as make
from tests.factories import items
from tests.factories.people import NOW, SYSTEM, browser, person, token_for

from linkspan.exams import actions, queries, tasks
from linkspan.exams.models import AttemptRow, MarkRow
from linkspan.exams.rules import Draw, check_bank, choose_markers, earned, typed_from, written
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.messages.models import NoticeRow

LATER = make.LATER


@pytest.mark.parametrize(
    ("totals", "share"),
    [
        ([], None),
        ([10], None),
        ([10, 8], "9/10"),
        ([10, 7], None),
        ([10, 4, 9], "19/20"),
        ([10, 4, 5], "9/20"),
        ([10, 4, 7], "17/20"),
        ([0, 10, 0], "0"),
    ],
)
def test_what_marks_earn_together(totals, share) -> None:
    assert earned(items.ESSAY, totals) == (None if share is None else Fraction(share))


def test_a_rubric_is_checked_and_written_as_it_was() -> None:
    assert written(typed_from(items.ESSAY)) == check_bank([items.ESSAY])[0]
    for wrong in (
        {"options": (), "answers": ()},
        {"answers": ("6", "101")},
        {"answers": ("6",)},
        {"answers": ("6", "0")},
        {"options": ("a", "a")},
        {"tolerance": "-1"},
        {"tolerance": "much"},
    ):
        with pytest.raises(Unusable):
            check_bank([replace(items.ESSAY, **wrong)])


def test_markers_are_chosen_by_what_they_have() -> None:
    few = list("abc")
    assert set(choose_markers(few, {"a": 2, "b": 0, "c": 1}, 2, "x")) == {"b", "c"}
    drawn = Counter(one for n in range(300) for one in choose_markers(few, {}, 1, str(n)))
    assert min(drawn.values()) > 60


@pytest.fixture
def bank(cast) -> None:
    """A version with an essay and a formula."""
    staff = cast["staff"]
    actions.draft_version(actor=staff, code="CFx", now=NOW)
    for item in (items.ESSAY, items.FORMULA):
        actions.put_item(actor=staff, code="CFx", item=item, now=NOW)
    for old in make.BANK:
        actions.retire_item(actor=staff, code="CFx", item=old.id, retired=True, now=NOW)
    actions.change_terms(actor=staff, code="CFx", terms=replace(make.TERMS, draw=(Draw("a", 2),)), now=NOW)
    actions.publish_version(actor=staff, code="CFx", number=2, now=NOW)


@pytest.fixture
def sat(cast, bank, learner, sitting):
    """An attempt, handed in."""
    attempt = make.begin(cast, learner, sitting)
    told = {"attempt_id": attempt.id, "replaces": None, "now": LATER}
    actions.save_response(actor=learner, item="e1", given=["Since stock hides faults. " * 40], **told)
    actions.save_response(actor=learner, item="f1", given=["m*c^2"], **told)
    actions.submit_attempt(actor=learner, attempt_id=attempt.id, now=LATER)
    return attempt


@pytest.fixture
def markers(cast):
    return [person(f"Marker {n}", ("program_staff", "MITx")) for n in range(3)]


def names(attempt) -> list:
    return list(MarkRow.objects.filter(attempt=attempt.id).order_by("number").values_list("marker_id", flat=True))


@pytest.mark.django_db
def test_two_then_a_third_mark_and_then_the_result_comes_out(cast, markers, sat, learner, monkeypatch) -> None:
    row = AttemptRow.objects.get(id=sat.id)
    assert row.to_mark and str(row.score) == "50.0"
    tasks.name_markers(LATER)
    tasks.name_markers(LATER)
    first, second = names(sat)
    people = {one.person_id: one for one in [*markers, cast["staff"]]}
    assert first != second and {first, second} < set(people)
    actions.review_attempt(actor=cast["proctor"], attempt_id=sat.id, accept=True, reason="", now=LATER)
    assert queries.due_releases(make.RELEASE) == ()
    with pytest.raises(Refused, match="not marked"):
        actions.release_result(attempt_id=sat.id, now=make.RELEASE)

    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    (waits,) = queries.to_mark(people[first])
    page = html.unescape(browser(people[first]).get(f"/desk/exams/marking/{waits.id}/").content.decode())
    assert "stock hides faults" in page and learner.name not in page and str(learner.person_id) not in page
    assert browser(people[second]).get(f"/desk/exams/marking/{waits.id}/").status_code == 404
    here = f"/desk/exams/marking/{waits.id}/"
    wrong = browser(people[first]).post(here, {"points": ["7", "4"], "comment": "Good."})
    assert wrong.status_code == 422 and "Good." in wrong.content.decode()
    assert browser(people[first]).post(here, {"points": ["6", "4"], "comment": "Good."}).status_code == 302
    assert browser(people[first]).get(here).status_code == 404
    actions.put_mark(actor=people[first], mark_id=waits.id, points=[6, 4], comment="Good.", now=LATER)
    with pytest.raises(Refused, match="stays"):
        actions.put_mark(actor=people[first], mark_id=waits.id, points=[5, 4], comment="Good.", now=LATER)
    (other,) = queries.to_mark(people[second])
    actions.put_mark(actor=people[second], mark_id=other.id, points=[3, 1], comment="", now=LATER)
    third = names(sat)[2]
    assert third not in (first, second) and queries.to_mark(people[third])[0].third
    assert queries.marks_of(learner, sat.id) == ()
    waiting = html.unescape(browser(learner).get(f"/exams/attempts/{sat.id}/").content.decode())
    assert "Marked so far: 0" in waiting
    (last,) = queries.to_mark(people[third])
    actions.put_mark(actor=people[third], mark_id=last.id, points=[5, 4], comment="", now=LATER)
    row.refresh_from_db()
    assert not row.to_mark and row.shares == {"e1": "19/20", "f1": "1"} and str(row.score) == "97.5"
    assert queries.due_releases(make.RELEASE) == (sat.id,)
    actions.release_result(attempt_id=sat.id, now=make.RELEASE)
    told = [(one.points, one.marked_by, one.third) for one in queries.marks_of(learner, sat.id)]
    assert told == [
        ((6, 4), people[first].name, False),
        ((3, 1), people[second].name, False),
        ((5, 4), people[third].name, True),
    ]
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: make.RELEASE)
    shown = html.unescape(browser(learner).get(f"/exams/attempts/{sat.id}/").content.decode())
    assert "6 of 6" in shown and "Good." in shown and people[third].name in shown


@pytest.mark.django_db
def test_who_marks_is_no_learner_no_confirmer_and_still_of_the_staff(cast, sat) -> None:
    """There is one of the staff only; a second comes later, and the first leaves before marking."""
    tasks.name_markers(LATER)
    assert names(sat) == [cast["staff"].person_id]
    row = AttemptRow.objects.get(id=sat.id)
    confirmer = person("Confirmer", ("program_staff", "MITx"))
    row.identity_confirmers = [str(confirmer.person_id)]
    row.save()
    new = person("Marker new", ("program_staff", "MITx"))
    person("Marker elsewhere", ("program_staff", "HES"))
    monday = LATER + timedelta(days=3)
    row.identity_confirmers = [str(confirmer.person_id), str(cast["staff"].person_id)]
    row.save()
    assert actions.assign_markers(actor=SYSTEM, attempt_id=sat.id, now=monday) == 1
    assert names(sat) == [new.person_id]
    with pytest.raises(NotPermitted):
        actions.assign_markers(actor=new, attempt_id=sat.id, now=monday)
    with pytest.raises(NotFound):
        actions.put_mark(actor=confirmer, mark_id=MarkRow.objects.get().id, points=[1, 1], comment="", now=monday)
    with pytest.raises(NotPermitted):
        queries.to_mark(cast["proctor"])


@pytest.mark.django_db
def test_it_is_marked_through_the_api(cast, markers, sat, client, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    tasks.name_markers(LATER)
    people = {one.person_id: one for one in [*markers, cast["staff"]]}
    for n, key in enumerate(names(sat)):
        headers = {"Authorization": f"Bearer {token_for(people[key])}", "Idempotency-Key": f"k{n}"}
        (one,) = client.get("/api/v1/exam_marking/waiting", headers=headers).json()
        assert one["rubric"] == [{"words": "Argument", "points": 6}, {"words": "Sources", "points": 4}]
        body = {"points": [6, 3], "comment": "Clear."}
        path = f"/api/v1/exam_marking/waiting/{one['id']}"
        assert client.post(path, {"points": [9]}, content_type="application/json", headers=headers).status_code == 422
        headers["Idempotency-Key"] = f"m{n}"
        assert client.post(path, body, content_type="application/json", headers=headers).status_code == 204
    assert not AttemptRow.objects.get(id=sat.id).to_mark


@pytest.mark.django_db
def test_an_empty_essay_waits_for_nobody(cast, bank, learner, sitting) -> None:
    attempt = make.begin(cast, learner, sitting)
    actions.submit_attempt(actor=learner, attempt_id=attempt.id, now=LATER)
    assert not AttemptRow.objects.get(id=attempt.id).to_mark and queries.attempts_to_assign() == ()


@pytest.mark.django_db
def test_markers_are_told_once_a_day_and_nobody_else(cast, markers, sat, learner, monkeypatch) -> None:
    outbox.drain(now=LATER)
    NoticeRow.objects.all().delete()
    tasks.name_markers(LATER)
    tasks.name_markers(LATER)
    outbox.drain(now=LATER)
    told = [(one.recipient_id, one.kind, one.context["count"]) for one in NoticeRow.objects.all()]
    assert sorted(told) == sorted((one, "marks_wait", "1") for one in names(sat))
    row = AttemptRow.objects.get(id=sat.id)
    MarkRow.objects.filter(number=2).update(told_at=None)
    tasks.name_markers(LATER + timedelta(hours=23))
    outbox.drain(now=LATER + timedelta(hours=23))
    assert NoticeRow.objects.count() == 3, "of whom nothing was told for a day; the other knows"
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    first = next(one for one in [*markers, cast["staff"]] if one.person_id == names(sat)[0])
    page = html.unescape(browser(first).get("/desk/exams/marking/").content.decode())
    assert items.ESSAY.prompt[:30] in page and learner.name not in page and str(row.learner_id) not in page
    assert "/desk/exams/marking/" + str(queries.to_mark(first)[0].id) in page
    assert browser(cast["proctor"]).get("/desk/exams/marking/").status_code == 403
