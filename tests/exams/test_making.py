"""Exams are made as versions: a draft changes, a published version never, and an attempt keeps its own."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.factories import exams as make
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, person

from linkspan.exams import actions, queries
from linkspan.exams.models import AttemptRow, ExamRow, SittingRow
from linkspan.exams.rules import Draw
from linkspan.kernel import audit
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db
AFTER = make.CLOSES + timedelta(hours=1)


def new_version(actor, now=AFTER, **terms):
    version = actions.draft_version(actor=actor, code="CFx", now=now)
    actions.change_terms(actor=actor, code="CFx", terms=replace(make.TERMS, **terms), now=now)
    return version.exam.version


def test_an_attempt_is_judged_by_the_version_it_was_drawn_from(cast, running) -> None:
    attempt = make.hand_in(cast["learner"], running)
    number = new_version(cast["staff"], pass_percent=Decimal(100), minutes=5, title="Harder")
    actions.publish_version(actor=cast["staff"], code="CFx", number=number, now=AFTER)
    assert queries.exam("CFx").title == "Harder"
    kept = queries.attempt(cast["learner"], attempt.id).sitting.exam
    assert (kept.title, kept.pass_percent, kept.version) == ("Comprehensive exam", Decimal(60), 1)
    assert AttemptRow.objects.get().version.number == 1


def test_no_version_is_published_while_a_sitting_is_open(cast, sitting) -> None:
    number = new_version(cast["staff"], now=NOW, title="Other")
    with pytest.raises(Refused, match="A sitting is open until"):
        actions.publish_version(actor=cast["staff"], code="CFx", number=number, now=NOW)
    assert queries.exam("CFx").title == "Comprehensive exam"
    actions.publish_version(actor=cast["staff"], code="CFx", number=number, now=make.CLOSES)
    assert queries.exam("CFx").title == "Other"


def test_a_published_version_never_changes(cast) -> None:
    for change in (
        lambda: actions.change_terms(actor=cast["staff"], code="CFx", terms=make.TERMS, now=NOW),
        lambda: actions.put_bank(actor=cast["staff"], code="CFx", bank=make.BANK, now=NOW),
        lambda: actions.retire_item(actor=cast["staff"], code="CFx", item="a1", retired=True, now=NOW),
        lambda: actions.discard_draft(actor=cast["staff"], code="CFx", now=NOW),
    ):
        with pytest.raises(Refused, match="never changes"):
            change()


def test_an_exam_is_not_entered_twice(cast) -> None:
    with pytest.raises(Unusable, match="Correct the fields") as refused:
        make.put_exam()
    assert refused.value.reasons == (
        "code: There is an exam CFx already. Make a new version of it, or choose another code.",
    )


def test_where_a_second_person_is_asked_for_no_maker_publishes(cast) -> None:
    actions.set_second_person(actor=cast["mitx-registrar"], institution="MITx", second_person=True, now=NOW)
    other = person("Other Staff", ("program_staff", "MITx"))
    number = new_version(cast["staff"], title="Other")
    with pytest.raises(Refused, match="You made this version"):
        actions.publish_version(actor=cast["staff"], code="CFx", number=number, now=AFTER)
    actions.publish_version(actor=other, code="CFx", number=number, now=AFTER)
    assert queries.exam("CFx").version == number


def test_a_retired_item_is_drawn_no_more(cast) -> None:
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    actions.retire_item(actor=cast["staff"], code="CFx", item="a1", retired=True, now=NOW)
    actions.publish_version(actor=cast["staff"], code="CFx", number=2, now=NOW)
    forms = [[q.id for q in queries.preview(cast["staff"], "CFx", 2, seed)] for seed in range(20)]
    assert forms == [["a2", "b1"]] * 20


def test_a_worn_item_is_drawn_only_where_too_few_others_are_left(cast, learner, sitting) -> None:
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    terms = replace(make.TERMS, most_drawn=1)
    actions.change_terms(actor=cast["staff"], code="CFx", terms=terms, now=NOW)
    make.shift(sitting, timedelta(days=1))
    actions.publish_version(actor=cast["staff"], code="CFx", number=2, now=NOW)
    day = NOW + timedelta(days=1)
    forms = []
    for one in (learner, person("Second Learner"), person("Third Learner")):
        if one is not learner:
            make.authorise(one, cast)
        forms.append(AttemptRow.objects.get(id=actions.create_attempt(actor=one, sitting_id=sitting, now=day).id).form)
    assert {form[0] for form in forms[:2]} == {"a1", "a2"} and {form[1] for form in forms} == {"b1"}
    assert forms[2][0] in {"a1", "a2"}, "who comes when all are worn is examined all the same"


def test_what_cannot_be_drawn_is_neither_saved_nor_published(cast) -> None:
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    terms = replace(make.TERMS, draw=(Draw("a", 3),))
    with pytest.raises(Unusable) as refused:
        actions.change_terms(actor=cast["staff"], code="CFx", terms=terms, now=NOW)
    assert refused.value.reasons == ("draw: a: the bank has too few questions (2 of 3).",)
    actions.put_bank(actor=cast["staff"], code="CFx", bank=(), now=NOW)
    with pytest.raises(Unusable, match="draws no question"):
        actions.publish_version(actor=cast["staff"], code="CFx", number=2, now=NOW)
    actions.change_terms(actor=cast["staff"], code="CFx", terms=terms, now=NOW)
    actions.put_bank(actor=cast["staff"], code="CFx", bank=make.BANK, now=NOW)
    with pytest.raises(Unusable, match=r"^a: the bank has too few questions \(2 of 3\)\.$"):
        actions.publish_version(actor=cast["staff"], code="CFx", number=2, now=NOW)


def test_exams_are_made_by_the_institution_alone(cast) -> None:
    stranger = person("Staff Elsewhere", ("program_staff", "HES"))
    with pytest.raises(NotPermitted):
        actions.draft_version(actor=stranger, code="CFx", now=NOW)
    with pytest.raises(NotFound):
        queries.made_exam(stranger, "CFx")
    author = person("Some Author", ("author", "MITx"))
    actions.draft_version(actor=author, code="CFx", now=NOW)
    with pytest.raises(NotPermitted):
        actions.publish_version(actor=author, code="CFx", number=2, now=NOW)
    assert ExamRow.objects.get().in_force.number == 1


def test_a_cancelled_sitting_ends_what_runs_in_it_and_takes_nobody_in(cast, running, sitting) -> None:
    actions.cancel_sitting(actor=cast["staff"], sitting_id=sitting, reason="No power.", now=make.LATER)
    row = AttemptRow.objects.get()
    assert (row.state, row.verdict_reason) == ("cancelled", "No power.")
    other = person("Other Learner")
    make.authorise(other, cast)
    with pytest.raises(Refused, match="cancelled"):
        actions.create_attempt(actor=other, sitting_id=sitting, now=make.LATER)
    assert len(audit.newest_entries(9, verb="cancel_sitting")) == 1


def test_those_whom_a_sitting_concerns_are_told_and_nobody_else(cast, learner, sitting) -> None:
    other = person("Other Learner")
    make.authorise(other, cast)
    person("Not Entitled")
    news = News()
    news(NOW)
    later = make.CLOSES + timedelta(hours=2)
    moved = {"opens_at": make.OPENS, "closes_at": later, "release_at": make.RELEASE}
    staff = {"actor": cast["staff"], "sitting_id": sitting}
    actions.change_sitting(**staff, **moved, capacity=None, now=NOW)
    both = [(learner.name, "sitting_moved"), (other.name, "sitting_moved")]
    assert news(NOW) == both
    actions.change_sitting(**staff, **moved, capacity=9, now=NOW)
    assert news(NOW) == [], "places are no times"
    make.begin(cast, learner, sitting)
    news(NOW)
    actions.prolong_sitting(**staff, closes_at=later + timedelta(hours=1), now=make.LATER)
    assert news(make.LATER) == both
    actions.cancel_sitting(**staff, reason="No power.", now=make.LATER)
    actions.cancel_sitting(**staff, reason="No power.", now=make.LATER)
    assert news(make.LATER) == [(learner.name, "attempt_cancelled"), (other.name, "sitting_cancelled")]


def test_a_prolonged_sitting_gives_back_what_its_close_cut_off(cast, learner) -> None:
    closes = NOW + timedelta(minutes=20)
    sitting = make.put_sitting(closes_at=closes)
    attempt = make.begin(cast, learner, sitting)
    assert attempt.deadline == closes
    later = closes + timedelta(hours=2)
    actions.prolong_sitting(actor=cast["staff"], sitting_id=sitting, closes_at=later, now=make.LATER)
    assert queries.attempt(learner, attempt.id).deadline == NOW + timedelta(minutes=60)


def test_a_sitting_changes_only_while_nobody_checked_in(cast, running, sitting) -> None:
    wanted = {"opens_at": make.OPENS, "release_at": make.RELEASE, "capacity": 9, "closes_at": make.CLOSES}
    with pytest.raises(Refused, match="Somebody has checked in"):
        actions.change_sitting(actor=cast["staff"], sitting_id=sitting, now=make.LATER, **wanted)
    assert SittingRow.objects.get().capacity is None


def test_exposure_counts_what_was_drawn(cast, running) -> None:
    form = AttemptRow.objects.get(id=running.id).form
    assert queries.exposure(cast["staff"], "CFx") == dict.fromkeys(form, 1)


def test_the_system_publishes_no_draft_of_a_stranger() -> None:
    with pytest.raises(NotFound):
        actions.publish_version(actor=SYSTEM, code="none", number=1, now=NOW)
