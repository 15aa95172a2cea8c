"""Provisional admission, deferral, deposit, fee and waiver, applying again, appeals: by the agreement's own terms."""

import json
from datetime import timedelta

import pytest
from tests.admissions.test_actions import HES, admissible, apply, opened, seats_taken, state
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.queries import case_of
from linkspan.admissions.rules.applications import Mode, State
from linkspan.admissions.rules.terms import later_term, terms_of
from linkspan.finance.actions import pay
from linkspan.finance.queries import charges_of, ledger_balanced
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.messages.queries import notices_of
from linkspan.pathways.actions import publish_version
from linkspan.pathways.rules.agreement import Agreement
from linkspan.records.actions import grade_fact, record_fact
from linkspan.site.sample.load import HERE

pytestmark = pytest.mark.django_db
STRICT = "hes-strict"
USD = {"minor": 8500, "currency": "USD"}
DAY = timedelta(days=1)


@pytest.fixture
def cast():
    cast = load_world()
    put_agreement()
    return cast


def put_agreement(name=STRICT, **terms):
    document = json.loads((HERE / "agreements" / f"{HES}.v1.json").read_text())
    document["bridge"] |= {"clause": "3", "within_months": 12}
    more = {"deferral_months": 12, "appeal_days": 30, "applying_again": {"most": 2, "after_months": 6}}
    publish_version(actor=SYSTEM, document=document | more | terms | {"id": name}, now=NOW)


def bridge_grade(learner, value, run, now=NOW):
    fact = grade_fact(
        institution="HES",
        course="MGMT-E-1000",
        scale="letter",
        value=value,
        completed=now.date().isoformat(),
        started=None,
        run=run,
    )
    record_fact(actor=SYSTEM, learner_id=learner.person_id, institution="HES", fact=fact, source="test", now=now)


def applied(cast, name="Ana A", agreement=STRICT, seats=None):
    learner = admissible(cast, name)
    return learner, apply(learner, opened(Mode.ROLLING, seats, agreement)).id


def provisional(cast, application_id, actor="hes-admissions", now=NOW):
    return actions.admit_provisionally(actor=cast[actor], application_id=application_id, now=now)


def decide(cast, application_id, admit, reason="", now=NOW, actor="hes-admissions"):
    return actions.decide_application(
        actor=cast[actor], application_id=application_id, admit=admit, reason=reason, now=now
    )


def standing(cast, application_id, now=NOW):
    return queries.bridge_standing_of(cast["hes-admissions"], application_id, now)


def test_through_the_admission_course_to_formal_admission(cast) -> None:
    learner, application_id = applied(cast, seats=1)
    for stranger in (learner, cast["mit-admissions"], cast["registrar"]):
        with pytest.raises(NotPermitted):
            actions.admit_provisionally(actor=stranger, application_id=application_id, now=NOW)
    for _ in range(2):
        assert provisional(cast, application_id).state == State.PROVISIONAL
    assert seats_taken(queries.application(learner, application_id).round.id) == 1
    assert "in at most 2 attempts" in queries.application(learner, application_id).reasons[0]
    assert standing(cast, application_id).proposed == State.PROVISIONAL
    bridge_grade(learner, "C", "first")
    assert (standing(cast, application_id).attempts, standing(cast, application_id).grades) == (1, ("C",))
    bridge_grade(learner, "B+", "second")
    assert standing(cast, application_id).proposed == State.OFFERED
    assert decide(cast, application_id, admit=True).state == State.OFFERED
    assert seats_taken(queries.application(learner, application_id).round.id) == 1
    assert standing(cast, application_id) is None


def test_attempts_and_the_term_limit_end_it(cast) -> None:
    learner, application_id = applied(cast, seats=1)
    provisional(cast, application_id)
    late = NOW + 361 * DAY
    assert "term limit" in standing(cast, application_id, late).reason
    bridge_grade(learner, "C", "first")
    bridge_grade(learner, "D", "second")
    assert standing(cast, application_id).reason == "All 2 allowed attempts are used."
    assert standing(cast, application_id).proposed == State.REFUSED
    assert decide(cast, application_id, admit=False).state == State.REFUSED
    assert seats_taken(queries.application(learner, application_id).round.id) == 0


def test_provisional_only_if_nothing_else_is_missing(cast) -> None:
    stranger = person("Nobody Known")
    made = apply(stranger, opened(Mode.ROLLING, None, STRICT))
    with pytest.raises(Refused, match="More than the admission course") as no:
        provisional(cast, made.id)
    assert len(no.value.reasons) == 3


def test_a_place_is_deferred_within_the_limit(cast) -> None:
    learner, application_id = applied(cast)
    bridge_grade(learner, "A", "first")
    with pytest.raises(Refused, match="Accept the offer"):
        actions.defer_joining(actor=learner, application_id=application_id, months=12, now=NOW)
    decide(cast, application_id, admit=True)
    actions.answer_offer(actor=learner, application_id=application_id, accept=True, now=NOW)
    with pytest.raises(Unusable, match="whole years"):
        actions.defer_joining(actor=learner, application_id=application_id, months=12, now=NOW)
    assert queries.cohorts(cast["hes-admissions"], "HES") == {"a term": 1}
    with pytest.raises(NotPermitted):
        queries.cohorts(cast["mit-admissions"], "HES")


def test_terms_some_years_later() -> None:
    assert later_term("2019 spring", 12) == "2020 spring"
    assert later_term("2019", 24) == "2021"
    for term, months in (("spring", 12), ("2019 spring", 6), ("2019 spring", 0)):
        with pytest.raises(Unusable):
            later_term(term, months)


def test_deferral_has_a_limit(cast) -> None:
    learner = admissible(cast, "Ana A")
    bridge_grade(learner, "A", "first")
    made = apply(learner, opened(Mode.ROLLING, None, STRICT, term="2019 fall"))
    decide(cast, made.id, admit=True)
    actions.answer_offer(actor=learner, application_id=made.id, accept=True, now=NOW)
    with pytest.raises(NotPermitted):
        actions.defer_joining(actor=person("Other"), application_id=made.id, months=12, now=NOW)
    later = actions.defer_joining(actor=learner, application_id=made.id, months=12, now=NOW)
    assert (later.first_term, later.deferred_months) == ("2020 fall", 12)
    with pytest.raises(Refused, match="12 months in all"):
        actions.defer_joining(actor=learner, application_id=made.id, months=12, now=NOW)


def test_the_deposit_keeps_the_place(cast) -> None:
    put_agreement("hes-deposit", fees=[{"what": "deposit", "price": USD}])
    learner, application_id = applied(cast, agreement="hes-deposit")
    bridge_grade(learner, "A", "first")
    decide(cast, application_id, admit=True)
    accepted = actions.answer_offer(actor=learner, application_id=application_id, accept=True, now=NOW)
    (charge,) = charges_of(learner, learner.person_id)
    assert (charge.id, charge.amount.minor) == (queries.application(learner, accepted.id).deposit_charge_id, 8500)
    with pytest.raises(Refused, match="deposit"):
        actions.confirm_joining(actor=cast["hes-admissions"], application_id=application_id, now=NOW)
    pay(actor=SYSTEM, charge_id=charge.id, reference="transfer", now=NOW)
    joined = actions.confirm_joining(actor=cast["hes-admissions"], application_id=application_id, now=NOW)
    assert joined.state == State.JOINED


def test_the_fee_is_paid_or_waived_before_a_decision(cast) -> None:
    put_agreement("hes-fee", fees=[{"what": "application", "price": USD, "waivable": True}])
    learner, application_id = applied(cast, agreement="hes-fee")
    bridge_grade(learner, "A", "first")
    with pytest.raises(Refused, match="neither paid nor waived"):
        decide(cast, application_id, admit=True)
    with pytest.raises(Unusable):
        actions.ask_waiver(actor=learner, application_id=application_id, reason=" ", now=NOW)
    with pytest.raises(NotPermitted):
        actions.ask_waiver(actor=person("Other"), application_id=application_id, reason="x", now=NOW)
    actions.ask_waiver(actor=learner, application_id=application_id, reason="No income this year.", now=NOW)

    def answer(actor, grant, reason=""):
        return actions.decide_waiver(actor=actor, application_id=application_id, grant=grant, reason=reason, now=NOW)

    for stranger in (learner, cast["mit-admissions"]):
        with pytest.raises(NotPermitted):
            answer(stranger, True)
    with pytest.raises(Unusable):
        answer(cast["hes-admissions"], False)
    answer(cast["hes-admissions"], True)
    with pytest.raises(Refused, match="no open request"):
        answer(cast["hes-admissions"], True)
    assert decide(cast, application_id, admit=True).state == State.OFFERED
    assert ledger_balanced()
    outbox.drain(now=NOW)
    assert "Your application fee is waived" in [notice.title for notice in notices_of(learner)]


def test_a_fee_that_cannot_be_waived_is_paid(cast) -> None:
    put_agreement("hes-fee", fees=[{"what": "application", "price": USD}])
    learner, application_id = applied(cast, agreement="hes-fee")
    with pytest.raises(Refused, match="no open fee"):
        actions.ask_waiver(actor=learner, application_id=application_id, reason="x", now=NOW)
    assert case_of(learner, application_id, NOW).fee_open
    (charge,) = charges_of(learner, learner.person_id)
    pay(actor=SYSTEM, charge_id=charge.id, reference="transfer", now=NOW)
    assert not case_of(learner, application_id, NOW).fee_open


def test_applying_again_keeps_the_limits(cast) -> None:
    learner, application_id = applied(cast)
    second = opened(Mode.ROLLING, None, STRICT, term="second")
    with pytest.raises(Refused, match="apply again from"):
        apply(learner, second)
    actions.withdraw_application(actor=learner, application_id=application_id, now=NOW)
    again = apply(learner, second)
    bridge_grade(learner, "A", "first")
    decide(cast, again.id, admit=True)
    with pytest.raises(Refused, match="hold a place"):
        apply(learner, opened(Mode.ROLLING, None, STRICT, term="third"))


def test_an_appeal_has_a_clock_and_another_judge(cast) -> None:
    learner, application_id = applied(cast)

    def appeal(actor=learner, text="My grade came late.", now=NOW):
        return actions.file_appeal(actor=actor, application_id=application_id, text=text, now=now)

    def answer(actor, found, uphold=True, reason="It did.", now=NOW):
        return actions.decide_appeal(actor=actor, appeal_id=found.id, uphold=uphold, reason=reason, now=now)

    with pytest.raises(Refused, match="no decision"):
        appeal()
    decide(cast, application_id, admit=False)
    with pytest.raises(Refused, match="ended on"):
        appeal(now=NOW + 30 * DAY)
    with pytest.raises(Unusable):
        appeal(text=" ")
    with pytest.raises(NotPermitted):
        appeal(actor=person("Other"))
    found = appeal()
    assert (found.due_at, found.is_late(NOW + 20 * DAY), found.is_late(NOW + 21 * DAY)) == (NOW + 21 * DAY, False, True)
    with pytest.raises(Refused, match="already"):
        appeal()
    second = person("Second Reader", ("admissions", "HES"))
    for stranger in (cast["hes-admissions"], learner, cast["mit-admissions"]):
        with pytest.raises(NotPermitted):
            answer(stranger, found)
    with pytest.raises(Unusable):
        answer(second, found, reason=" ")
    assert answer(second, found).upheld
    assert state(application_id) == State.OFFERED
    with pytest.raises(Refused):
        answer(second, found)
    outbox.drain(now=NOW)
    assert "Your appeal was upheld" in [notice.title for notice in notices_of(learner)]
    assert "An appeal waits for an answer" in [notice.title for notice in notices_of(second)]
    assert queries.open_appeals(second, "HES") == ()


def test_an_agreement_that_is_silent_gives_nothing() -> None:
    terms = terms_of(Agreement.read({}))
    assert (terms.bridge, terms.deposit, terms.application_fee, terms.deferral_months) == (None, None, None, 0)
    assert (terms.appeal_days, terms.most_applications) == (0, None)
