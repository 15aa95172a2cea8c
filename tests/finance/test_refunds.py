"""Refunds: what they would do, by a second person, and what becomes of those that did not arrive."""

from datetime import UTC, datetime

import pytest
from tests.factories.news import News, still_open
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.finance.stripe_stand_in import SECRET, StandIn, paid_event, signed

from linkspan.finance import actions, queries
from linkspan.finance.models import RefundAskRow, RefundRow
from linkspan.finance.rules import Account, ChargeState, Payee, RefundOutcome, RefundState, RefundWay, Turn
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.lists import Ask
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db
PRICE = Money(15_000, "USD")
#: When what browsers did is delivered too.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def stripe(settings):
    server = StandIn()
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE = "sk_test_x", SECRET, server.base
    yield server
    server.close()


@pytest.fixture
def ana():
    return person("Ana Sample")


@pytest.fixture
def office():
    return person("Olga Office", ("program_staff", "MITx"))


@pytest.fixture
def second():
    return person("Sven Second", ("registrar", "MITx"))


@pytest.fixture
def far():
    return person("Far Away", ("registrar", "HES"))


def charged(learner):
    return actions.charge(
        actor=SYSTEM, learner_id=learner.person_id, subject="exam:X", amount=PRICE, institution="MITx", now=NOW
    )


@pytest.fixture
def news():
    return News()


@pytest.fixture
def paid(ana, office, news):
    charge_id = charged(ana)
    actions.pay(actor=office, charge_id=charge_id, reference="r", now=NOW)
    news(NOW)
    return charge_id


@pytest.fixture
def four_eyes(second):
    actions.set_payee(actor=second, payee=Payee("MITx", "MITx", second_person=True), now=NOW)


def tell(event):
    body, signature = signed(event)
    return actions.take_provider_event(payload=body, signature=signature, now=NOW)


def came_back(refund: RefundRow, key: str = "", number: int = 9) -> str:
    told = {"id": "re_1", "object": "refund", "status": "failed", "failure_reason": "expired_or_canceled_card"}
    told["metadata"] = {"key": key or f"refund:{refund.id}"}
    return tell({"id": f"evt_{number}", "object": "event", "type": "refund.failed", "data": {"object": told}})


def undelivered(stripe, ana, office, failure="") -> RefundRow:
    """A refund by card that was made, and came back."""
    tell(paid_event(charged(ana), 15_000))
    (charge,) = queries.charges_of(ana, ana.person_id)
    actions.refund(actor=office, charge_id=charge.id, reason="Fell ill", now=NOW)
    outbox.drain(now=NOW)
    refund = RefundRow.objects.get()
    assert came_back(refund) == "refund_failed"
    refund.refresh_from_db()
    return refund


def total(account):
    return queries.account_total(account, "USD").minor


def test_a_dry_run_says_what_the_act_does_and_changes_nothing(ana, office, far, paid, news) -> None:
    found = queries.refund_preview(office, paid, Money(4_000, "USD"))
    assert (found.amount.minor, found.left.minor, found.closes, found.cancels) == (4_000, 11_000, False, False)
    assert found.way is RefundWay.OFFICE and queries.refund_preview(office, paid).closes
    for wrong in (Money(0, "USD"), Money(15_001, "USD"), Money(-1, "USD"), Money(1, "EUR")):
        with pytest.raises(Unusable):
            queries.refund_preview(office, paid, wrong)
    client, here = browser(office), f"/desk/money/charges/{paid}/refund/"
    page = client.get(f"{here}?amount=40&reason=Late+%3Cb%3E").content.decode()
    assert "$40" in page and "$110" in page and "Late &lt;b&gt;" in page
    assert client.get(f"{here}?amount=x").status_code == 422 and client.get(f"{here}?amount=999").status_code == 422
    assert not RefundRow.objects.exists()
    assert client.post(here, {"amount": "40", "reason": ""}).status_code == 422
    assert client.post(here, {"amount": "40", "reason": "Late start"}).status_code == 302
    assert news(LATER) == [("Ana Sample", "refund_partly")]
    assert [one.amount.minor for one in queries.charge_file(office, paid).refunds] == [4_000]
    for stranger in (far, ana):
        assert browser(stranger).get(here).status_code == 404
        with pytest.raises(NotFound):
            queries.refund_preview(stranger, paid)
    with pytest.raises(NotPermitted):
        queries.refunds_at(ana, Ask())
    assert queries.refunds_at(far, Ask()).rows == () and len(queries.refunds_at(office, Ask(text="late")).rows) == 1


def test_nobody_gives_money_back_to_themselves() -> None:
    own = person("Own Staff", ("program_staff", "MITx"))
    charge_id = charged(own)
    with pytest.raises(NotPermitted):
        actions.refund(actor=own, charge_id=charge_id, reason="Mine", now=NOW)


def test_a_second_person_decides_where_the_institution_asks_for_it(
    ana, office, second, far, paid, news, four_eyes
) -> None:
    asked = actions.refund(actor=office, charge_id=paid, reason="Fell ill", now=NOW)
    assert asked is RefundOutcome.WAITS and not RefundRow.objects.exists()
    assert news(LATER) == [("Sven Second", "refund_waits")]
    assert still_open("refund_waits", LATER) == {"Sven Second"}
    assert queries.charge_file(office, paid).turn is Turn.SECOND_PERSON
    (ask,) = queries.asks_of(second)
    assert ask.may_decide and not queries.asks_of(office)[0].may_decide and queries.asks_of(far) == ()
    with pytest.raises(Refused):
        actions.refund(actor=second, charge_id=paid, reason="Again", now=NOW)
    for who, error in ((office, Refused), (far, NotFound), (ana, NotFound)):
        with pytest.raises(error):
            actions.decide_refund(actor=who, ask_id=ask.id, approve=True, now=NOW)
    with pytest.raises(Unusable):
        actions.decide_refund(actor=second, ask_id=ask.id, approve=False, now=NOW)
    here = f"/desk/money/refunds/asked/{ask.id}/"
    assert browser(second).post(here, {"do": "approve"}).status_code == 302
    assert browser(second).post(here, {"do": "approve"}).status_code == 409
    assert news(LATER) == [("Ana Sample", "charge_refunded")] and still_open("refund_waits", LATER) == set()
    assert total(Account.CASH) == total(Account.REFUNDS_PAYABLE) == 0 and queries.ledger_balanced()


def test_a_refused_wish_changes_nothing_and_can_be_asked_again(office, second, paid, four_eyes) -> None:
    actions.refund(actor=office, charge_id=paid, reason="So", amount=Money(1, "USD"), now=NOW)
    actions.decide_refund(actor=second, ask_id=RefundAskRow.objects.get().id, approve=False, reason="No.", now=NOW)
    assert total(Account.CASH) == 15_000 and queries.asks_of(second) == ()
    actions.refund(actor=second, charge_id=paid, reason="So", now=NOW)
    (ask,) = queries.asks_of(office)
    actions.decide_refund(actor=office, ask_id=ask.id, approve=True, now=NOW)
    assert queries.charge_file(office, paid).charge.state == ChargeState.REFUNDED


def test_what_came_back_is_owed_again_told_and_tried_again(stripe, ana, office, second, far) -> None:
    refund = undelivered(stripe, ana, office)
    assert refund.failure == "expired_or_canceled_card"
    assert (total(Account.CASH), total(Account.REFUNDS_PAYABLE)) == (15_000, -15_000)
    told = [("Ana Sample", "refund_undelivered"), ("Olga Office", "refund_waits"), ("Sven Second", "refund_waits")]
    assert [one for one in News()(NOW) if one[1].startswith("refund")] == told
    assert came_back(refund, number=10) == "ignored", "told twice"
    assert queries.charge_file(office, refund.charge_id).turn is Turn.REFUND_UNDELIVERED
    assert queries.undelivered_refunds(office) == 1 and queries.undelivered_refunds(far) == 0
    assert queries.refunds_at(office, Ask(filters={"state": "undelivered"})).rows[0].id == refund.id
    for who in (far, ana):
        with pytest.raises(NotFound):
            actions.retry_refund(actor=who, refund_id=refund.id, now=NOW)
    here = f"/desk/money/refunds/{refund.id}/"
    assert browser(office).post(here, {"do": "retry"}).status_code == 302
    with pytest.raises(Refused):
        actions.retry_refund(actor=office, refund_id=refund.id, now=NOW)
    assert came_back(refund, number=11) == "ignored", "the first try is over"
    outbox.drain(now=LATER)
    assert [request[2] for request in stripe.requests] == [f"refund:{refund.id}", f"refund:{refund.id}:1"]
    assert queries.charge_file(office, refund.charge_id).refunds[0].state is RefundState.MADE
    assert total(Account.CASH) == total(Account.REFUNDS_PAYABLE) == 0 and queries.ledger_balanced()


def test_what_the_provider_will_never_send_is_undelivered_at_once(stripe, ana, office) -> None:
    tell(paid_event(charged(ana), 15_000))
    (charge,) = queries.charges_of(ana, ana.person_id)
    stripe.never = "charge_disputed"
    actions.refund(actor=office, charge_id=charge.id, reason="So", now=NOW)
    outbox.drain(now=NOW)
    (refund,) = queries.charge_file(office, charge.id).refunds
    assert (refund.state, refund.failure) == (RefundState.UNDELIVERED, "charge_disputed")
    assert outbox.backlog() == (0, 0) and total(Account.REFUNDS_PAYABLE) == -15_000


def test_it_is_sent_in_another_way_under_a_reference(stripe, ana, office) -> None:
    refund, news = undelivered(stripe, ana, office), News()
    news(NOW)
    here = f"/desk/money/refunds/{refund.id}/"
    assert browser(office).post(here, {"do": "otherwise", "reference": " "}).status_code == 422
    assert browser(office).post(here, {"do": "otherwise", "reference": "SEPA 9"}).status_code == 302
    assert news(LATER) == [("Ana Sample", "refund_sent_otherwise")]
    (sent,) = queries.charge_file(office, refund.charge_id).refunds
    assert (sent.state, sent.way, sent.reference) == (RefundState.MADE, RefundWay.OFFICE, "SEPA 9")
    assert came_back(refund, number=12) == "ignored"
    assert total(Account.CASH) == total(Account.REFUNDS_PAYABLE) == 0


def test_two_people_write_it_off_and_the_learner_is_told(stripe, ana, office, second) -> None:
    refund, news = undelivered(stripe, ana, office), News()
    news(NOW)
    with pytest.raises(Refused):
        actions.decide_write_off(actor=second, refund_id=refund.id, approve=True, now=NOW)
    with pytest.raises(Unusable):
        actions.ask_write_off(actor=office, refund_id=refund.id, reason=" ", now=NOW)
    actions.ask_write_off(actor=office, refund_id=refund.id, reason="No answer for a year.", now=NOW)
    assert news(LATER) == [("Sven Second", "refund_waits")]
    with pytest.raises(Refused):
        actions.decide_write_off(actor=office, refund_id=refund.id, approve=True, now=NOW)
    page = browser(second).get(f"/desk/money/charges/{refund.charge_id}/").content.decode()
    assert "No answer for a year." in page and "Write it off" in page
    here = f"/desk/money/refunds/{refund.id}/"
    assert browser(second).post(here, {"do": "keep"}).status_code == 302
    assert queries.charge_file(office, refund.charge_id).refunds[0].state is RefundState.UNDELIVERED
    actions.ask_write_off(actor=office, refund_id=refund.id, reason="Account unknown.", now=NOW)
    assert browser(second).post(here, {"do": "write_off"}).status_code == 302
    assert [one for one in news(LATER) if one[0] == "Ana Sample"] == [("Ana Sample", "refund_written_off")]
    assert (total(Account.CASH), total(Account.UNCLAIMED), total(Account.REFUNDS_PAYABLE)) == (15_000, -15_000, 0)
    assert queries.ledger_balanced() and list(queries.obstacles(ana.person_id)) == []
    with pytest.raises(NotFound):
        actions.retry_refund(actor=office, refund_id=new_id(), now=NOW)
