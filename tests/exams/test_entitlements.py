"""What a payment gives: by program and day, kept by who registered under it; paid again when it is used."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.api.test_verbs import call
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries, rules
from linkspan.exams.rules import Entitlement, Exam
from linkspan.finance.actions import pay
from linkspan.finance.queries import charges_of
from linkspan.kernel.errors import NotPermitted, Refused

EXAM = Exam("X", "P", "I", "An exam", timedelta(hours=1), Decimal(60), 5, ())
OLD, NEW = Entitlement(date(2018, 1, 1), 2, 0), Entitlement(date(2019, 1, 1), 1, 30)
DAY = date(2018, 10, 3)


def given(days, used=0, last=None):
    return rules.entitled(EXAM, (NEW, OLD), days, used, last)


def test_each_payment_gives_what_the_rule_of_its_day_says() -> None:
    before, under, after = date(2017, 5, 1), date(2018, 5, 1), date(2019, 1, 1)
    assert given([]).attempts == 0 and not given([]).paid
    assert given([before]).attempts == 5, "without a rule one payment is good for all"
    assert (given([under]).attempts, given([after]).attempts, given([under, after]).attempts) == (2, 1, 3)
    assert given([before, after]).attempts == 5, "never more than the exam allows"
    last = datetime(2019, 2, 1, tzinfo=UTC)
    assert given([under], 1, last).next_from is None
    assert given([under, after], 1, last).next_from == last + timedelta(days=30)
    assert [rules.pays_again(EXAM, given([under], used)) for used in (1, 2, 5)] == [False, True, False]
    assert not rules.pays_again(EXAM, given([]))


def fail_once(cast, learner, sitting) -> None:
    attempt = make.begin(cast, learner, sitting)
    make.hand_in(learner, attempt, right=False)


def set_rule(actor, **rule) -> None:
    told = {"valid_from": DAY, "attempts": 1, "cool_off_days": 14} | rule
    actions.set_entitlement(actor=actor, program_key="MITx/SCM", rule=Entitlement(**told), now=NOW)


@pytest.fixture
def cast():
    """The exam allows three attempts."""
    people = load_world()
    make.put_exam(attempts_allowed=3)
    return people


@pytest.mark.django_db
def test_another_attempt_is_paid_again_and_begins_after_the_days_between(cast) -> None:
    learner = cast["learner"]
    set_rule(cast["staff"])
    make.authorise(learner, cast)
    fail_once(cast, learner, make.put_sitting())
    reasons = queries.exam_reasons(learner, learner.person_id, "CFx", make.LATER)
    assert [one.reason.code for one in reasons] == ["paid_attempts_used", "too_soon"]
    first = {one.id for one in charges_of(learner, learner.person_id)}
    again = actions.register_for_exam(actor=learner, code="CFx", now=make.LATER)
    assert again not in first and again == actions.register_for_exam(actor=learner, code="CFx", now=make.LATER)
    pay(actor=SYSTEM, charge_id=again, reference="r", now=make.LATER)
    assert actions.register_for_exam(actor=learner, code="CFx", now=make.LATER) == again
    reasons = queries.exam_reasons(learner, learner.person_id, "CFx", make.LATER)
    assert [one.reason.code for one in reasons] == ["too_soon"]
    soon, later = (make.put_sitting(opens_at=NOW + timedelta(days=days)) for days in (13, 15))
    (early,), (late,) = (
        make.put_times(sitting, first=NOW + timedelta(days=days)) for sitting, days in ((soon, 13), (later, 15))
    )
    with pytest.raises(Refused) as refused:
        actions.book_appointment(actor=learner, appointment_id=early, now=make.LATER)
    assert [one.reason.code for one in refused.value.reasons] == ["too_soon"]
    actions.book_appointment(actor=learner, appointment_id=late, now=make.LATER)
    plain = make.put_sitting(opens_at=NOW + timedelta(minutes=1))
    with pytest.raises(Refused) as refused:
        actions.create_attempt(actor=learner, sitting_id=plain, now=make.LATER)
    assert [one.reason.code for one in refused.value.reasons] == ["too_soon"]


@pytest.mark.django_db
def test_who_registered_before_a_rule_keeps_the_rule_of_that_day(cast) -> None:
    learner = cast["learner"]
    make.authorise(learner, cast)
    set_rule(cast["staff"], valid_from=DAY + timedelta(days=1))
    fail_once(cast, learner, make.put_sitting())
    assert queries.exam_reasons(learner, learner.person_id, "CFx", make.LATER) == ()
    newer = person("Newer Sample")
    make.authorise(newer, cast, NOW + timedelta(days=1))
    assert queries.entitled_to(newer.person_id, queries.exam("CFx"))[0].attempts == 1
    assert queries.entitled_to(learner.person_id, queries.exam("CFx"))[0].attempts == 3


@pytest.mark.django_db
def test_program_staff_set_rules_to_come_by_page_and_api_and_nobody_else_does(client, cast, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)
    staff, address = cast["staff"], "/desk/exams/make/at/MITx/payments/"
    typed = {"program": "MITx/SCM", "valid_from": "2019-01-01", "attempts_paid": "2", "cool_off_days": "30"}
    mine = browser(staff)
    unusable = {"valid_from": "2018-10-01", "attempts_paid": "0", "cool_off_days": "x", "program": "HES/X"}
    for name, wrong in unusable.items():
        answer = mine.post(address, typed | {name: wrong})
        assert answer.status_code == 422 and f'href="#f-{name}"' in answer.content.decode(), name
    assert mine.post(address, typed).status_code == 302
    assert mine.post(address, typed | {"attempts_paid": ""}).status_code == 302
    rule = {"program": "MITx/SCM", "valid_from": "2020-01-01", "attempts": 1, "cool_off_days": 0}
    assert call(client, staff, "exam_booking/entitlements", rule, key="a").status_code == 204
    first = {"program": "MITx/SCM", "valid_from": "2019-01-01", "attempts": None, "cool_off_days": 30}
    assert call(client, staff, "exam_booking/institutions/MITx/entitlements").json() == [first, rule]
    assert "30" in mine.get(address).content.decode()
    for who in (cast["learner"], cast["proctor"], person("Far Staff", ("program_staff", "HES"))):
        assert browser(who).get(address).status_code == 403
        with pytest.raises(NotPermitted):
            set_rule(who)
    with pytest.raises(Invalid):
        set_rule(staff, valid_from=DAY - timedelta(days=1))
