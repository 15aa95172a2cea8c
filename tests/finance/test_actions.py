"""Every sequence of actions balances; each charge is posted, paid and closed once."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.thorough import thorough

from linkspan.finance import actions, queries
from linkspan.finance.rules import Account, ChargeState
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.money import Money

PRICE = Money(15000, "USD")
STAFF = ("program_staff", "MITx")
verbs = st.sampled_from(["charge", "pay", "refund", "cancel", "forgo", "reverse"])
steps = st.lists(
    st.tuples(verbs, st.integers(0, 2), st.integers(0, 10**6), st.sampled_from(["USD", "EUR"])), max_size=15
)


class EverySequence(TestCase):
    """The ledger after any sequence of actions."""

    @thorough(40)
    @given(steps)
    def test_balances(self, sequence) -> None:
        learner = new_id()
        charges: dict[int, object] = {}
        for verb, which, minor, currency in sequence:
            with suppress(Refused):
                do(verb, learner, which, Money(minor, currency), charges)
            assert queries.ledger_balanced()
        of = queries.charges_of(SYSTEM, learner)
        for currency in ("USD", "EUR"):
            open_ = sum(c.amount.minor for c in of if c.state == ChargeState.OPEN and c.amount.currency == currency)
            paid = sum(c.amount.minor for c in of if c.state == ChargeState.PAID and c.amount.currency == currency)
            assert queries.account_total(Account.RECEIVABLE, currency, learner).minor == open_
            assert queries.account_total(Account.CASH, currency, learner).minor == paid
            assert queries.account_total(Account.TUITION, currency, learner).minor == -open_ - paid


def do(verb, learner, which, amount, charges) -> None:
    if verb == "charge":
        charges[which] = actions.charge(actor=SYSTEM, learner_id=learner, subject=f"s{which}", amount=amount, now=NOW)
    elif verb == "forgo":
        actions.post_forgone_tuition(
            actor=SYSTEM, learner_id=learner, agreement_id="a", amount=amount, reference=f"{learner}{which}", now=NOW
        )
    elif verb == "reverse":
        actions.reverse_forgone_tuition(actor=SYSTEM, reference=f"{learner}{which}", now=NOW)
    elif which in charges and verb == "pay":
        actions.pay(actor=SYSTEM, charge_id=charges[which], reference="r", now=NOW)
    elif which in charges:
        close = {"refund": actions.refund, "cancel": actions.cancel}[verb]
        close(actor=SYSTEM, charge_id=charges[which], reason="r", now=NOW)


def charged(learner):
    return actions.charge(
        actor=learner, learner_id=learner.person_id, subject="exam:X", amount=PRICE, institution="MITx", now=NOW
    )


@pytest.mark.django_db
def test_charging_twice_gives_the_charge_there_is() -> None:
    learner = person("Ada Sample")
    assert charged(learner) == charged(learner)
    (charge,) = queries.charges_of(learner, learner.person_id)
    assert (charge.amount, charge.state, charge.institution) == (PRICE, ChargeState.OPEN, "MITx")


@pytest.mark.django_db
def test_only_the_institution_that_was_paid_refunds_and_sees() -> None:
    learner, here, there = person("Ada Sample"), person("Here", STAFF), person("There", ("program_staff", "HES"))
    charge_id = charged(learner)
    actions.pay(actor=here, charge_id=charge_id, reference="r", now=NOW)
    for actor in (there, learner):
        with pytest.raises(NotPermitted):
            actions.refund(actor=actor, charge_id=charge_id, reason="x", now=NOW)
    assert queries.charges_of(there, learner.person_id) == ()
    assert len(queries.charges_of(here, learner.person_id)) == 1
    with pytest.raises(NotPermitted):
        queries.charges_of(person("Other"), learner.person_id)
    with pytest.raises(NotPermitted):
        actions.pay(actor=there, charge_id=charge_id, reference="r", now=NOW)


@pytest.mark.django_db
def test_a_paid_charge_is_not_cancelled_and_a_closed_one_not_paid() -> None:
    learner = person("Ada Sample")
    charge_id = charged(learner)
    actions.pay(actor=SYSTEM, charge_id=charge_id, reference="r", now=NOW)
    assert queries.is_paid(charge_id)
    with pytest.raises(Refused):
        actions.cancel(actor=learner, charge_id=charge_id, reason="x", now=NOW)
    actions.refund(actor=SYSTEM, charge_id=charge_id, reason="x", now=NOW)
    with pytest.raises(Refused):
        actions.pay(actor=SYSTEM, charge_id=charge_id, reference="r", now=NOW)
    assert charged(learner) != charge_id


@pytest.mark.django_db
def test_an_unknown_charge() -> None:
    with pytest.raises(NotFound):
        actions.pay(actor=SYSTEM, charge_id=new_id(), reference="r", now=NOW)


@pytest.mark.django_db
def test_forgone_tuition_is_posted_once_and_by_whom() -> None:
    learner = person("Ada Sample")
    told = {"learner_id": learner.person_id, "agreement_id": "a", "amount": PRICE * 4, "reference": "r1", "now": NOW}
    for _ in range(2):
        actions.post_forgone_tuition(actor=SYSTEM, **told)
    assert queries.tuition_forgone(learner, learner.person_id) == PRICE * 4
    with pytest.raises(NotPermitted):
        actions.post_forgone_tuition(actor=learner, **told)
    for _ in range(2):
        actions.reverse_forgone_tuition(actor=SYSTEM, reference="r1", now=NOW)
    assert queries.tuition_forgone(learner, learner.person_id) == Money.zero("USD")


@pytest.mark.django_db
def test_a_learner_reports_a_payment_and_staff_confirm_it() -> None:
    learner, here, there = person("Ada Sample"), person("Here", STAFF), person("There", ("program_staff", "HES"))
    charge_id = charged(learner)
    with pytest.raises(NotPermitted):
        actions.pay(actor=learner, charge_id=charge_id, reference="trust me", now=NOW)
    with pytest.raises(Unusable):
        actions.report_payment(actor=learner, charge_id=charge_id, reference=" ", now=NOW)
    with pytest.raises(NotPermitted):
        actions.report_payment(actor=here, charge_id=charge_id, reference="r", now=NOW)
    for _ in range(2):
        assert not actions.report_payment(actor=learner, charge_id=charge_id, reference="transfer 7", now=NOW)
    assert not queries.is_paid(charge_id)
    assert News()(NOW) == [("Here", "payment_waits")]
    (waiting,) = queries.payments_to_confirm(here)
    assert (waiting.id, waiting.reported) == (charge_id, "transfer 7")
    assert queries.payments_to_confirm(there) == ()
    with pytest.raises(NotPermitted):
        queries.payments_to_confirm(learner)
    actions.pay(actor=here, charge_id=charge_id, reference=waiting.reported, now=NOW)
    assert queries.payments_to_confirm(here) == ()
    assert actions.report_payment(actor=learner, charge_id=charge_id, reference="transfer 7", now=NOW)


@pytest.mark.django_db
def test_staff_do_not_confirm_their_own_payment() -> None:
    staff = person("Here", STAFF)
    charge_id = charged(staff)
    actions.report_payment(actor=staff, charge_id=charge_id, reference="r", now=NOW)
    assert queries.payments_to_confirm(staff) == ()
    with pytest.raises(NotPermitted):
        actions.pay(actor=staff, charge_id=charge_id, reference="r", now=NOW)


@pytest.mark.django_db
def test_in_a_demo_a_report_is_enough(settings) -> None:
    settings.DEMO = True
    learner = person("Ada Sample")
    assert actions.report_payment(actor=learner, charge_id=charged(learner), reference="r", now=NOW)
    assert queries.ledger_balanced()
