"""Enrol, pay, and be on the verified track; each refusal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world

from linkspan.catalog.actions import set_price
from linkspan.enrolment import actions, queries, tasks
from linkspan.enrolment.rules import EnrolmentState, Track
from linkspan.finance.actions import ask_for_need, decide_need, pay, refund, set_schedule
from linkspan.finance.queries import charges_of, ledger_balanced
from linkspan.finance.rules import ChargeState
from linkspan.kernel import outbox
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.money import Money
from linkspan.messages.queries import notices_of

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"


@pytest.fixture
def cast():
    return load_world()


def enrol(learner, track=Track.VERIFIED, run=RUN, now=NOW, actor=None):
    return actions.enrol(actor=actor or learner, learner_id=learner.person_id, run_id=run, track=track, now=now)


def test_the_verified_track_counts_once_it_is_paid(cast) -> None:
    learner = cast["learner"]
    enrolment = enrol(learner)
    assert enrol(learner).charge_id == enrolment.charge_id
    assert enrolment.state == EnrolmentState.AWAITING_PAYMENT
    assert not queries.is_verified(learner.person_id, RUN)
    with pytest.raises(Unusable):
        pay(actor=SYSTEM, charge_id=enrolment.charge_id, reference=" ", now=NOW)
    for _ in range(2):
        pay(actor=SYSTEM, charge_id=enrolment.charge_id, reference="receipt 1", now=NOW)
    outbox.drain(now=NOW)
    assert queries.is_verified(learner.person_id, RUN)
    assert ledger_balanced()
    (charge,) = charges_of(learner, learner.person_id)
    assert charge.amount.minor == 15000


def test_audit_is_free(cast) -> None:
    enrol(cast["learner"], Track.AUDIT)
    assert queries.is_enrolled(cast["learner"].person_id, RUN)
    assert charges_of(cast["learner"], cast["learner"].person_id) == ()


def test_the_window(cast) -> None:
    bridge = "course-v1:HES+MGMT-E-1000+2019-spring"
    with pytest.raises(Refused):
        enrol(cast["learner"], run=bridge, now=datetime(2018, 9, 1, tzinfo=UTC))
    with pytest.raises(Refused):
        enrol(cast["learner"], run=bridge, now=datetime(2019, 3, 1, tzinfo=UTC))
    with pytest.raises(NotFound):
        enrol(cast["learner"], run="course-v1:none")


def test_nobody_enrols_or_pays_for_another(cast) -> None:
    other = person("Other Sample")
    with pytest.raises(NotPermitted):
        enrol(cast["learner"], actor=other)
    charge_id = enrol(cast["learner"]).charge_id
    with pytest.raises(NotPermitted):
        pay(actor=other, charge_id=charge_id, reference="x", now=NOW)


def test_a_refund_balances(cast) -> None:
    charge_id = enrol(cast["learner"]).charge_id
    pay(actor=cast["staff"], charge_id=charge_id, reference="r", now=NOW)
    refund(actor=cast["staff"], charge_id=charge_id, reason="Course cancelled.", now=NOW)
    assert ledger_balanced()
    with pytest.raises(Refused):
        pay(actor=cast["staff"], charge_id=charge_id, reference="r", now=NOW)


def test_withdrawing(cast) -> None:
    enrol(cast["learner"], Track.AUDIT)
    actions.withdraw(actor=cast["learner"], learner_id=cast["learner"].person_id, run_id=RUN, now=NOW)
    assert not queries.is_enrolled(cast["learner"].person_id, RUN)


def paid(learner, now=NOW):
    charge_id = enrol(learner, now=now).charge_id
    pay(actor=SYSTEM, charge_id=charge_id, reference="r", now=now)
    outbox.drain(now=now)
    return charge_id


def test_a_refund_closes_the_verified_track(cast) -> None:
    news = News()
    charge_id = paid(cast["learner"])
    assert [kind for _, kind in news(NOW)] == ["enrolled", "payment_received", "verified"]
    assert queries.is_verified(cast["learner"].person_id, RUN)
    refund(actor=cast["staff"], charge_id=charge_id, reason="Course cancelled.", now=NOW)
    assert news(NOW) == [("Amara Sample", "charge_refunded"), ("Amara Sample", "verified_closed")]
    assert any("$150 for Supply Chain Analytics" in notice.body for notice in notices_of(cast["learner"]))
    assert not queries.is_verified(cast["learner"].person_id, RUN)
    assert queries.is_enrolled(cast["learner"].person_id, RUN)
    assert enrol(cast["learner"]).charge_id != charge_id


def test_withdrawing_cancels_what_is_not_paid(cast) -> None:
    learner = cast["learner"]
    enrol(learner)
    for _ in range(2):
        actions.withdraw(actor=learner, learner_id=learner.person_id, run_id=RUN, now=NOW)
    outbox.drain(now=NOW)
    (charge,) = charges_of(learner, learner.person_id)
    assert charge.state == ChargeState.CANCELLED
    assert not queries.is_enrolled(learner.person_id, RUN)


def test_who_paid_and_left_comes_back_without_paying_again(cast) -> None:
    learner = cast["learner"]
    charge_id = paid(learner)
    actions.withdraw(actor=learner, learner_id=learner.person_id, run_id=RUN, now=NOW)
    assert not queries.is_verified(learner.person_id, RUN)
    back = enrol(learner)
    assert (back.track, back.state, back.charge_id) == (Track.VERIFIED, EnrolmentState.ACTIVE, charge_id)


def test_what_is_not_paid_by_the_deadline_is_cancelled(cast) -> None:
    learner = cast["learner"]
    charge_id = enrol(learner).charge_id
    tasks.cancel_unpaid_upgrades(NOW)
    assert enrol(learner).charge_id == charge_id
    after = datetime(2031, 1, 1, tzinfo=UTC)
    tasks.cancel_unpaid_upgrades(after)
    outbox.drain(now=after)
    (enrolment,) = queries.enrolments_of(learner, learner.person_id)
    assert (enrolment.track, enrolment.state, enrolment.charge_id) == (Track.AUDIT, EnrolmentState.ACTIVE, None)
    with pytest.raises(Refused):
        pay(actor=SYSTEM, charge_id=charge_id, reference="late", now=after)
    with pytest.raises(Refused, match="could be chosen until 2030-06-30 00:00 America/New_York"):
        enrol(learner, now=after)


def test_enrolments_are_read_by_the_learner_and_staff(cast) -> None:
    enrol(cast["learner"], Track.AUDIT)
    assert len(queries.enrolments_of(cast["staff"], cast["learner"].person_id)) == 1
    with pytest.raises(NotPermitted):
        queries.enrolments_of(person("Other Sample"), cast["learner"].person_id)
    with pytest.raises(NotPermitted):
        queries.learners_of_run(cast["learner"], RUN)


def test_the_page_shows_the_price_that_is_charged_the_runs_own_and_by_need(cast, client) -> None:
    staff, now = cast["staff"], domain_now()
    day = now.date() - timedelta(days=2)
    for who, percent in ((cast["learner"], None), (person("Other Sample"), Decimal(50))):
        if percent:
            told = {"currency": "USD", "terms": {"tiers": [{"up_to": "1", "percent": "50"}], "default_threshold": 10}}
            set_schedule(actor=staff, institution="MITx", valid_from=day, now=now, **told)
            asked = ask_for_need(
                actor=who, institution="MITx", income=Money(5, "USD"), country="US", document=b"x", now=now
            )
            decide_need(actor=staff, request_id=asked, approve=True, percent=None, reason="", now=now)
        else:
            subject = f"course-run:{RUN}"
            told = {"institution": "MITx", "subject": subject, "price": Money(12_340, "USD"), "valid_from": day}
            set_price(actor=staff, now=now, **told)
        client.force_login(get_user_model().objects.get(id=who.person_id))
        page = client.get(f"/runs/{RUN}/").content.decode()
        enrol(who, now=now)
        (charged,) = charges_of(who, who.person_id)
        assert f"Verified: {charged.amount.in_words()}" in page
        assert charged.amount == (Money(6_170, "USD") if percent else Money(12_340, "USD"))
    client.logout()
    assert "Verified: $123.40" in client.get(f"/runs/{RUN}/").content.decode()
