"""Cards against a stand-in on loopback: the page, signed events once, money that fits nothing, refunds."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from tests.factories.people import NOW, SYSTEM, person
from tests.finance.stripe_stand_in import SECRET, StandIn, paid_event, signed

from linkspan.finance import actions, queries
from linkspan.finance.actions.providers import card_provider
from linkspan.finance.models import RefundRow
from linkspan.finance.rules import Account, ChargeState
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db
PRICE = Money(15_000, "USD")


@pytest.fixture
def stripe(settings):
    server = StandIn()
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE = "sk_test_x", SECRET, server.base
    yield server
    server.close()


@pytest.fixture
def learner():
    return person("Card Holder")


@pytest.fixture
def staff():
    return person("Robin Staff", ("program_staff", "MITx"))


@pytest.fixture
def charge_id(learner):
    return actions.charge(
        actor=learner, learner_id=learner.person_id, subject="exam:X", amount=PRICE, now=NOW, institution="MITx"
    )


def state(learner):
    (found,) = queries.charges_of(learner, learner.person_id)
    return found.state


def tell(event, **signing):
    body, signature = signed(event, **signing)
    return actions.take_provider_event(payload=body, signature=signature, now=NOW)


def total(account):
    return queries.account_total(account, "USD").minor


def test_the_page_of_the_provider_is_the_same_when_asked_again(stripe, learner, charge_id) -> None:
    first, second = (
        actions.start_checkout(actor=learner, charge_id=charge_id, title="Exam X", now=NOW) for _ in range(2)
    )
    assert first == second
    path, form, key = stripe.requests[0]
    assert (path, form["line_items[0][price_data][unit_amount]"]) == ("/v1/checkout/sessions", "15000")
    assert form["client_reference_id"] == str(charge_id) and key
    assert not any("card" in name and "number" in name for name in form)


def test_a_paid_event_pays_once(stripe, learner, charge_id) -> None:
    assert tell(paid_event(charge_id, 15_000)) == "paid"
    assert tell(paid_event(charge_id, 15_000)) == "seen"
    assert tell(paid_event(charge_id, 15_000, id="evt_2")) == "seen", "the same payment told by another event"
    assert state(learner) == ChargeState.PAID
    assert total(Account.CASH) == 15_000
    assert queries.ledger_balanced()


@pytest.mark.parametrize("signing", [{"secret": "whsec_other"}, {"age": 3600}])
def test_an_event_that_the_provider_did_not_sign_now_is_refused(stripe, learner, charge_id, signing) -> None:
    with pytest.raises(Unusable):
        tell(paid_event(charge_id, 15_000), **signing)
    with pytest.raises(Unusable):
        actions.take_provider_event(payload=b"\xff{", signature="t=1,v1=0", now=NOW)
    assert state(learner) == ChargeState.OPEN


def test_other_events_change_nothing(stripe, learner, charge_id) -> None:
    unpaid = paid_event(charge_id, 15_000)
    unpaid["data"]["object"]["payment_status"] = "unpaid"
    assert tell(unpaid) == "ignored"
    assert tell(paid_event("not a charge", 15_000, id="evt_2")) == "ignored"
    assert tell(paid_event(charge_id, 15_000, id="evt_3", currency="eur")) == "ignored"
    assert tell({"id": "evt_4", "object": "event", "type": "other", "data": {"object": {"id": "x"}}}) == "ignored"
    assert state(learner) == ChargeState.OPEN


@pytest.mark.parametrize("amount", [14_999, 15_001])
def test_another_amount_is_not_applied_and_goes_back(stripe, learner, charge_id, amount) -> None:
    assert tell(paid_event(charge_id, amount)) == "sent_back"
    assert state(learner) == ChargeState.OPEN
    outbox.drain(now=NOW)
    assert [(r[1]["payment_intent"], r[1]["amount"]) for r in stripe.requests] == [("pi_1", str(amount))]
    assert total(Account.CASH) == total(Account.UNAPPLIED) == total(Account.REFUNDS_PAYABLE) == 0
    assert queries.ledger_balanced()


def test_money_for_a_charge_that_was_cancelled_goes_back(stripe, learner, staff, charge_id) -> None:
    actions.refund(actor=staff, charge_id=charge_id, reason="Not needed", now=NOW)
    assert tell(paid_event(charge_id, 15_000)) == "sent_back"
    outbox.drain(now=NOW)
    assert total(Account.CASH) == 0 and queries.ledger_balanced()


def test_refunds_in_parts_through_the_provider_once_each(stripe, learner, staff, charge_id) -> None:
    tell(paid_event(charge_id, 15_000))
    actions.refund(actor=staff, charge_id=charge_id, reason="Half", now=NOW, amount=Money(5_000, "USD"))
    assert total(Account.REFUNDS_PAYABLE) == -5_000, "owed until the provider has sent it"
    assert state(learner) == ChargeState.PAID
    outbox.drain(now=NOW)
    actions.refund(actor=staff, charge_id=charge_id, reason="The rest", now=NOW)
    outbox.drain(now=NOW)
    for row in RefundRow.objects.all():
        actions.make_refund(actor=SYSTEM, refund_id=row.id, now=NOW)
    assert [r[1]["amount"] for r in stripe.requests] == ["5000", "10000"]
    assert state(learner) == ChargeState.REFUNDED
    assert total(Account.CASH) == total(Account.TUITION) == total(Account.REFUNDS_PAYABLE) == 0
    assert queries.ledger_balanced()


def test_a_refund_that_fails_is_tried_again_under_the_same_key(stripe, staff, charge_id) -> None:
    tell(paid_event(charge_id, 15_000))
    stripe.failing = 1
    actions.refund(actor=staff, charge_id=charge_id, reason="Back", now=NOW)
    outbox.drain(now=NOW)
    assert total(Account.REFUNDS_PAYABLE) == -15_000
    outbox.drain(now=NOW + timedelta(seconds=6))
    assert total(Account.REFUNDS_PAYABLE) == 0
    assert len({request[2] for request in stripe.requests}) == 1


def test_a_refund_outlives_a_provider_that_is_away_for_a_day_and_is_sent_once(stripe, staff, charge_id) -> None:
    tell(paid_event(charge_id, 15_000))
    stripe.failing = 10_000
    actions.refund(actor=staff, charge_id=charge_id, reason="Back", now=NOW, amount=Money(5_000, "USD"))
    outbox.drain(now=NOW)  # one round of the worker
    asked = len(stripe.requests)
    outbox.drain(now=NOW)
    assert len(stripe.requests) == asked, "nothing is asked before it is due"
    for minutes in (1, 5, 20, 120, 600):
        outbox.drain(now=NOW + timedelta(minutes=minutes))
    assert total(Account.REFUNDS_PAYABLE) == -5_000
    stripe.failing, stripe.lost_answer = 0, True
    outbox.drain(now=NOW + timedelta(hours=22))  # sent, but the answer is lost
    assert RefundRow.objects.get().made_at is None
    stripe.answers.clear()  # the key is forgotten after a day
    outbox.drain(now=NOW + timedelta(hours=60))
    made = RefundRow.objects.get()
    assert (made.made_at, made.provider_reference) == (NOW + timedelta(hours=60), "re_1")
    assert len(stripe.refunds) == 1 and total(Account.REFUNDS_PAYABLE) == 0
    assert queries.ledger_balanced() and outbox.backlog() == (0, 0)


def test_no_provider_is_asked_inside_a_transaction(stripe, learner, staff, charge_id) -> None:
    tell(paid_event(charge_id, 15_000))
    actions.refund(actor=staff, charge_id=charge_id, reason="Back", now=NOW)
    (row,) = RefundRow.objects.all()
    for call in (
        lambda: actions.make_refund(actor=SYSTEM, refund_id=row.id, now=NOW),
        lambda: card_provider().checkout(charge_id, "X", PRICE, "http://127.0.0.1/"),
    ):
        with pytest.raises(RuntimeError, match="Commit first"), transaction.atomic():
            call()
    assert stripe.requests == []


@pytest.mark.parametrize("amount", [Money(0, "USD"), Money(-1, "USD"), Money(15_001, "USD"), Money(1, "EUR")])
def test_no_more_goes_back_than_was_paid(stripe, staff, charge_id, amount) -> None:
    with pytest.raises(Refused):
        actions.refund(actor=staff, charge_id=charge_id, reason="Not paid yet", now=NOW, amount=Money(1, "USD"))
    tell(paid_event(charge_id, 15_000))
    with pytest.raises(Unusable):
        actions.refund(actor=staff, charge_id=charge_id, reason="Too much", now=NOW, amount=amount)


def test_who_pays_and_who_refunds(stripe, learner, charge_id, settings) -> None:
    for stranger in (person("Nosy One"), person("Far Away", ("program_staff", "HES"))):
        with pytest.raises(NotPermitted):
            actions.start_checkout(actor=stranger, charge_id=charge_id, title="X", now=NOW)
        with pytest.raises(NotPermitted):
            actions.refund(actor=stranger, charge_id=charge_id, reason="X", now=NOW)
    with pytest.raises(NotPermitted):
        actions.refund(actor=learner, charge_id=charge_id, reason="X", now=NOW)
    stripe.failing = 3
    with pytest.raises(Refused, match="does not answer"):
        actions.start_checkout(actor=learner, charge_id=charge_id, title="X", now=NOW)
    settings.STRIPE_KEY = ""
    with pytest.raises(Refused, match="invoice"):
        actions.start_checkout(actor=learner, charge_id=charge_id, title="X", now=NOW)


def test_the_webhook_over_http(stripe, learner, charge_id) -> None:
    body, signature = signed(paid_event(charge_id, 15_000))
    strict = Client(enforce_csrf_checks=True)
    wrong = strict.post("/payments/stripe/", body, content_type="application/json", headers={"Stripe-Signature": "t=1"})
    assert wrong.status_code == 400
    right = strict.post(
        "/payments/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert (right.status_code, right.json()) == (200, {"outcome": "paid"})
    assert strict.get("/payments/stripe/").status_code == 405
    assert state(learner) == ChargeState.PAID
