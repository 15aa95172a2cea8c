"""Blind reading: who reads what, what readers never see, conflicts, quorum, calibration, notes of the office."""

import json
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admissions.test_actions import AFTER, MIT, admissible, apply, opened
from tests.factories.exams import put_exam
from tests.factories.people import NOW, person
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.queries import reviews
from linkspan.admissions.rules.reviews import HIDDEN, Criterion, Rubric, committee_score, hide, spread
from linkspan.exams.actions import request_accommodations
from linkspan.exams.rules import extra_percent
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.lists import Ask

pytestmark = pytest.mark.django_db
ROWS = [("Proposal", 3), ("Motivation", 1)]


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def office(cast):
    return cast["mit-admissions"]


@pytest.fixture
def readers(cast):
    return [cast["mit-reader-one"], cast["mit-reader-two"], person("Reader Three", ("reader", "MIT"))]


@pytest.fixture
def round_id(cast, office):
    round_id = opened(agreement=MIT)
    actions.set_rubric(actor=office, round_id=round_id, rows=ROWS, scale=5, quorum=2, now=NOW)
    return round_id


def assign(office, round_id, each=2):
    return actions.assign_readers(actor=office, round_id=round_id, each=each, now=NOW)


def hand_in(reader, proposal=5, motivation=1, note="Strong.", which=0):
    review = reviews.reading_list(reader)[which]
    points = {"c1": proposal, "c2": motivation}
    return actions.submit_review(actor=reader, review_id=review.review_id, points=points, note=note, now=NOW)


def test_a_reader_sees_the_application_and_never_the_applicant(cast, office, readers, round_id) -> None:
    put_exam()
    learner = admissible(cast, "Zora Identifiable")
    request_accommodations(
        actor=learner, code="CFx", asked=[extra_percent(25)], document=b"%PDF-1.7 sample dyslexia report", now=NOW
    )
    words = "I am Zora, zora.identifiable@example.org. ZORA IDENTIFIABLE wrote this."
    application = apply(learner, round_id, statement=words)
    assert assign(office, round_id, each=3) == 3
    (found,) = reviews.reading_list(readers[0])
    assert found.statement == f"I am {HIDDEN}, {HIDDEN}. {HIDDEN} {HIDDEN} wrote this."
    told = json.dumps(jsonable(reviews.blind_file(readers[0], found.review_id))).lower()
    hidden = ("zora", "identifiable", "accommodation", "dyslexia", "extra", "waiver", str(learner.person_id))
    assert not [word for word in (*hidden, str(application.id)) if word in told]
    for seeing in (
        lambda: queries.application(readers[0], application.id),
        lambda: reviews.blind_file(readers[1], found.review_id),
        lambda: reviews.blind_file(office, found.review_id),
        lambda: reviews.blind_file(learner, found.review_id),
    ):
        with pytest.raises(NotFound):
            seeing()
    for seeing in (
        lambda: queries.documents(readers[0], learner.person_id, round_id),
        lambda: queries.applications_in(readers[0], round_id, Ask()),
        lambda: reviews.calibration(readers[0], round_id),
    ):
        with pytest.raises(NotPermitted):
            seeing()


def test_notes_stay_with_the_office(cast, office, readers, round_id) -> None:
    learner = admissible(cast, "Ana A")
    application = apply(learner, round_id)
    assign(office, round_id)
    reader = next(r for r in readers if reviews.reading_list(r))
    hand_in(reader, note="Weak on method, see me.")
    assert [r.note for r in reviews.reviews_of(office, application.id) if r.note] == ["Weak on method, see me."]
    with pytest.raises(NotPermitted):
        reviews.reviews_of(learner, application.id)
    for stranger in (cast["hes-admissions"], reader):
        with pytest.raises(NotFound):
            reviews.reviews_of(stranger, application.id)
    assert "Weak on method" not in json.dumps(jsonable(queries.application(learner, application.id)))


def test_the_mean_of_the_quorum_becomes_the_score(cast, office, readers, round_id) -> None:
    first, second = (apply(admissible(cast, name), round_id) for name in ("Ana A", "Bo B"))
    assert assign(office, round_id) == 4
    assert assign(office, round_id) == 0
    loads = sorted(len(reviews.reading_list(reader)) for reader in readers)
    assert loads == [1, 1, 2]
    by_application = {a.id: [r.reader_id for r in reviews.reviews_of(office, a.id)] for a in (first, second)}
    people = {reader.person_id: reader for reader in readers}
    for points, reader_id in zip(((5, 5), (3, 2)), by_application[first.id], strict=True):
        reader = people[reader_id]
        review = next(r for r in reviews.reviews_of(office, first.id) if r.reader_id == reader_id)
        given_points = dict(zip(("c1", "c2"), points, strict=True))
        actions.submit_review(actor=reader, review_id=review.id, points=given_points, note="", now=NOW)
    assert [r.score for r in reviews.reviews_of(office, first.id)] == [1000, 550]
    with pytest.raises(NotPermitted):
        actions.adopt_scores(actor=cast["hes-admissions"], round_id=round_id, now=NOW)
    assert actions.adopt_scores(actor=office, round_id=round_id, now=NOW) == 1
    assert (queries.application(office, first.id).score, queries.application(office, second.id).score) == (775, None)
    rows = {row.reader: row for row in reviews.calibration(office, round_id)}
    high, low = (rows[people[reader_id].name] for reader_id in by_application[first.id])
    assert (high.mean, high.others, high.difference) == (1000, 550, 450)
    assert (low.mean, low.difference) == (550, -450)


def test_a_conflict_is_replaced_and_counts_no_more(cast, office, readers, round_id) -> None:
    application = apply(admissible(cast, "Ana A"), round_id)
    assign(office, round_id)
    reader = next(r for r in readers if reviews.reading_list(r))
    review = hand_in(reader)
    with pytest.raises(Unusable):
        actions.declare_conflict(actor=reader, review_id=review.review_id, reason=" ", now=NOW)
    actions.declare_conflict(actor=reader, review_id=review.review_id, reason="My student", now=NOW)
    with pytest.raises(Refused, match="conflict"):
        hand_in(reader)
    found = {r.reader_id: r for r in reviews.reviews_of(office, application.id)}
    assert (found[reader.person_id].score, found[reader.person_id].note) == (None, "")
    assert assign(office, round_id) == 1
    assert len(reviews.reviews_of(office, application.id)) == 3
    with pytest.raises(Refused, match="more people"):
        assign(office, round_id, each=3)


def test_nobody_reads_their_own_or_for_another(cast, office, readers, round_id) -> None:
    apply(readers[0], round_id)
    assign(office, round_id)
    assert reviews.reading_list(readers[0]) == ()
    review = reviews.reading_list(readers[1])[0]
    for stranger in (readers[0], readers[2], office, cast["hes-admissions"]):
        with pytest.raises(NotPermitted):
            actions.submit_review(
                actor=stranger, review_id=review.review_id, points={"c1": 1, "c2": 1}, note="", now=NOW
            )
        with pytest.raises(NotPermitted):
            actions.declare_conflict(actor=stranger, review_id=review.review_id, reason="x", now=NOW)


def test_rubrics_and_points_have_limits(cast, office, readers, round_id) -> None:
    for rows, scale, quorum in (([], 5, 2), ([("", 1)], 5, 2), ([("A", 0)], 5, 2), (ROWS, 11, 2), (ROWS, 5, 0)):
        with pytest.raises(Unusable):
            actions.set_rubric(actor=office, round_id=round_id, rows=rows, scale=scale, quorum=quorum, now=NOW)
    with pytest.raises(NotPermitted):
        actions.set_rubric(actor=readers[0], round_id=round_id, rows=ROWS, scale=5, quorum=2, now=NOW)
    with pytest.raises(NotPermitted):
        assign(readers[0], round_id)
    apply(admissible(cast, "Ana A"), round_id)
    assign(office, round_id, each=3)
    for points in ({}, {"c1": 1}, {"c1": 6, "c2": 1}, {"c1": -1, "c2": 1}, {"c1": 1, "c2": 1, "c3": 1}):
        review = reviews.reading_list(readers[0])[0]
        with pytest.raises(Unusable):
            actions.submit_review(actor=readers[0], review_id=review.review_id, points=points, note="", now=NOW)
    hand_in(readers[0])
    with pytest.raises(Refused, match="the rubric stands"):
        actions.set_rubric(actor=office, round_id=round_id, rows=ROWS, scale=5, quorum=2, now=NOW)
    actions.certify_list(actor=office, round_id=round_id, now=AFTER)
    with pytest.raises(Refused, match="certified"):
        hand_in(readers[0])


def test_readers_need_a_rubric(cast, office) -> None:
    with pytest.raises(Refused, match="Set the rubric"):
        assign(office, opened(agreement=MIT))


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 5)), min_size=1, max_size=12))
def test_scores_stay_on_the_scale_and_follow_the_points(rows) -> None:
    rubric = Rubric(tuple(Criterion(f"c{n}", "x", weight) for n, (weight, _) in enumerate(rows)), 5, 2)
    points = {f"c{n}": given_points for n, (_, given_points) in enumerate(rows)}
    score = rubric.score(points)
    assert 0 <= score <= 1000
    assert rubric.score({**points, "c0": 5}) >= score
    assert rubric.score(dict.fromkeys(points, 5)) == 1000


@given(st.lists(st.integers(0, 1000).map(Decimal), max_size=9), st.integers(1, 4))
def test_the_committees_score_is_between_its_readers(scores, quorum) -> None:
    mean = committee_score(scores, quorum)
    assert mean is None if len(scores) < quorum else min(scores) <= mean <= max(scores)


@given(st.integers(0, 12), st.integers(1, 6), st.integers(1, 3))
def test_readings_are_spread_evenly(applications, people, each) -> None:
    readers = [UUID(int=n) for n in range(people)]
    wanted = [(UUID(int=1000 + n), UUID(int=5000 + n)) for n in range(applications)]
    if each > people and applications:
        with pytest.raises(Refused):
            spread(wanted, readers, {}, each)
        return
    made = spread(wanted, readers, {}, each)
    assert len(set(made)) == applications * each
    loads = [sum(reader == r for _, reader in made) for r in readers]
    assert max(loads) - min(loads) <= 1


def test_names_are_hidden_wherever_they_stand() -> None:
    assert hide("Ann-Marie O'Neil, ann@x.org", ["Ann-Marie O'Neil"]) == f"{HIDDEN} {HIDDEN}, {HIDDEN}"
    assert hide("Annual report of a man", ["Ann Li"]) == "Annual report of a man"
