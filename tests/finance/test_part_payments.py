"""A charge takes part payments, and is open again once the bank took one back; the ledger balances over all of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.api.test_verbs import call
from tests.enrolment.test_withdrawals import enrolled, staff  # noqa: F401 - a fixture
from tests.factories.acts import done, fields_of
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.finance.stripe_stand_in import SECRET, paid_event, signed
from tests.finance.test_bank import charged, paid_by, take, total
from tests.finance.test_discounts import coupon

from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.rules import Track
from linkspan.enrolment.tasks import cancel_unpaid_upgrades
from linkspan.finance import actions, queries
from linkspan.finance.models import BankEntryRow, ChargeRow, MoneyDocumentRow, PaymentRow
from linkspan.finance.rules import Account
from linkspan.kernel import outbox
from linkspan.kernel.acts import Asked, look
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.money import Money
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db
WHY = "The bank had no funds."


@pytest.fixture
def ana():
    return person("Ana Sample")


@pytest.fixture
def office():
    return person("Olga Office", ("program_staff", "MITx"))


def part(office, charge_id, minor, reference="wire 1", currency="USD"):
    told = {"reference": reference, "amount": Money(minor, currency), "now": NOW}
    return actions.pay(actor=office, charge_id=charge_id, **told)


def test_a_part_over_the_api_is_of_a_currency(ana, office, client) -> None:
    path = f"finance/charges/{charged(ana)}/payment"
    sent = [{"reference": "wire 1", "minor": 100, "currency": code} for code in ("", "usd", "EUR", "USD")]
    assert [call(client, office, path, one, key=one["currency"] or "none").status_code for one in sent] == [
        *(422, 422, 422, 204)
    ]


def told() -> set:
    outbox.drain(now=NOW + timedelta(hours=1))
    assert not OutboxDelivery.objects.filter(state="waiting").exists()
    found = set(NoticeRow.objects.values_list("recipient_id", "kind"))
    NoticeRow.objects.all().delete()
    return found


def documents(charge_id) -> list[tuple[str, int]]:
    return list(MoneyDocumentRow.objects.filter(charge_id=charge_id).order_by("at", "id").values_list("kind", "minor"))


def test_parts_leave_the_rest_due_with_a_receipt_each_and_the_last_one_pays(ana, office) -> None:
    one = charged(ana)
    actions.issue_documents(actor=ana, charge_id=one, now=NOW)
    actions.report_payment(actor=ana, charge_id=one, reference="my wire", now=NOW)
    told()
    part(office, one, 5_000)
    assert told() == {(ana.person_id, "part_received")}
    (charge,) = queries.charges_of(ana, ana.person_id)
    assert (charge.state, charge.part.minor, charge.rest.minor, charge.reported) == ("open", 5_000, 10_000, "")
    assert (total(Account.RECEIVABLE), total(Account.CASH)) == (10_000, 5_000)
    with pytest.raises(Refused, match="confirmed already"):
        part(office, one, 5_000)
    part(office, one, 5_000, "wire 2")
    for wrong in ((5_001, "USD"), (0, "USD"), (-1, "USD"), (100, "EUR")):
        with pytest.raises(Unusable):
            part(office, one, wrong[0], "w", wrong[1])
    part(office, one, 5_000, "wire 3")
    assert told() == {(ana.person_id, "part_received"), (ana.person_id, "payment_received")}
    part(office, one, 5_000, "wire 4")
    assert queries.is_paid(one) and queries.ledger_balanced() and told() == set()
    assert [one.amount.minor for one in queries.received(one)] == [5_000] * 3
    assert documents(one) == [("invoice", 15_000), *[("receipt", 5_000)] * 3]
    verbs = [entry.verb for entry in trail_of(f"finance.charge:{one}")]
    assert (verbs.count("pay_part"), verbs.count("pay")) == (2, 1)
    actions.refund(actor=office, charge_id=one, reason="left", now=NOW)
    assert total(Account.CASH) == 0 and documents(one)[-1] == ("credit_note", 15_000)


def test_what_came_of_a_charge_that_ends_stands_to_be_sent_back(ana, office) -> None:
    one = charged(ana)
    part(office, one, 4_000)
    with pytest.raises(Refused):
        actions.use_coupon(actor=ana, charge_id=one, code=_coupon(office), now=NOW)
    told()
    actions.cancel(actor=ana, charge_id=one, reason="I left", now=NOW)
    assert (total(Account.RECEIVABLE), total(Account.TUITION)) == (0, 0)
    assert (total(Account.CASH), total(Account.REFUNDS_PAYABLE)) == (4_000, -4_000)
    (back,) = queries.charge_file(office, one).refunds
    assert (back.state, back.failure) == ("undelivered", "part_paid")
    assert told() == {(ana.person_id, "charge_cancelled"), (office.person_id, "refund_waits")}
    actions.send_refund_otherwise(actor=office, refund_id=back.id, reference="out", now=NOW)
    assert total(Account.CASH) == 0 and queries.ledger_balanced()


def _coupon(office) -> str:
    actions.make_coupon(actor=office, coupon=coupon("PART10", percent=Decimal(10)), now=NOW)
    return "PART10"


def test_an_entry_below_the_sum_is_a_part_by_a_person_and_the_rest_matches_by_itself(ana, office) -> None:
    one = charged(ana)
    take(office, paid_by(one, "60.00", key="B1"))
    (entry,) = BankEntryRow.objects.all()
    assert (entry.outcome, entry.state, queries.received(one)) == ("underpaid", "waiting", ())
    page = browser(office).post(f"/desk/money/bank/{entry.id}/", {"do": "confirm", "number": str(entry.charge_id)[:3]})
    assert page.status_code == 422
    number = queries.bank_entry(office, entry.id).number
    assert browser(office).post(f"/desk/money/bank/{entry.id}/", {"do": "confirm", "number": number}).status_code == 302
    with pytest.raises(Refused):
        actions.confirm_bank_entry(actor=office, entry_id=entry.id, number=number, now=NOW)
    assert "$60 of it has come. $90 is still to be paid." in browser(ana).get(f"/pay/{one}/").content.decode()
    take(office, paid_by(one, "90.00", key="B2"))
    assert queries.is_paid(one) and sorted(row.amount.minor for row in queries.received(one)) == [6_000, 9_000]
    take(office, paid_by(one, "60.00", key="B1"), paid_by(one, "90.00", key="B2"))
    assert len(queries.received(one)) == 2 and queries.ledger_balanced()


def test_a_payment_that_was_taken_back_is_due_again_seen_first_and_told(ana, office, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    one = charged(ana)
    actions.issue_documents(actor=ana, charge_id=one, now=NOW)
    take(office, paid_by(one, key="B1"))
    take(office, paid_by(one, "-150.00", key="B2", more="yes"))
    reversed_ = BankEntryRow.objects.exclude(state="confirmed").get()
    assert (reversed_.outcome, reversed_.charge_id) == ("reversed", one)
    told()
    client = browser(office)
    page = client.get(f"/desk/money/bank/{reversed_.id}/").content.decode()
    assert "The bank took a payment back" in page
    path, form = f"/desk/money/charges/{one}/reopen/", fields_of(page)
    shown = client.post(path, form)
    assert shown.status_code == 200 and queries.is_paid(one) and "Ana Sample" in shown.content.decode()
    done_ = client.post(path, fields_of(shown.content.decode()) | {"reason": WHY})
    assert done_.status_code == 302, done_.content
    assert not queries.is_paid(one) and told() == {(ana.person_id, "charge_reopened")}
    reversed_.refresh_from_db()
    assert (reversed_.state, reversed_.note) == ("confirmed", WHY)
    assert (total(Account.RECEIVABLE), total(Account.CASH)) == (15_000, 0) and queries.ledger_balanced()
    assert documents(one) == [("invoice", 15_000), ("receipt", 15_000), ("credit_note", 15_000)]
    with pytest.raises(Refused, match="already"):
        actions.reopen_charge(actor=office, charge_id=one, payment_id=queries.received(one)[0].id, reason=WHY, now=NOW)
    actions.pay(actor=office, charge_id=one, reference="again", now=NOW)
    assert documents(one).count(("receipt", 15_000)) == 2 and total(Account.CASH) == 15_000
    assert "Taken back" in browser(ana).get(f"/pay/{one}/").content.decode()


def test_a_part_that_bounces_opens_a_paid_charge_and_what_went_back_is_decided_first(ana, office, client) -> None:
    one = charged(ana)
    part(office, one, 4_000)
    actions.pay(actor=office, charge_id=one, reference="rest", now=NOW)
    first, second = sorted(queries.received(one), key=lambda one: one.amount.minor)
    fields = {"payment": str(first.id), "entry": ""}
    seen = look(actions.REOPEN, Asked(office, str(one), fields, WHY, NOW))
    assert ("paid", "open") in {(one.before, one.after) for one in seen.changes} and len(seen.changes) == 2
    assert seen.told == (ana.person_id,)
    path, body = f"finance/charges/{one}/reopening", {"payment_id": str(first.id), "reason": WHY}
    far = person("Far Away", ("registrar", "HES"))
    assert [call(client, who, path, body, key=who.name).status_code for who in (ana, far)] == [403, 403]
    assert call(client, office, path, body | {"reason": ""}, key="a").status_code == 422
    assert call(client, office, path, body, key="b").status_code == 204
    told_ = call(client, ana, f"finance/charges/{one}/received").json()
    assert [bool(row["bounced_at"]) for row in told_ if row["amount"]["minor"] == 4_000] == [True]
    (charge,) = queries.charges_of(ana, ana.person_id)
    assert (charge.state, charge.part.minor, charge.rest.minor) == ("open", 11_000, 4_000)
    actions.pay(actor=office, charge_id=one, reference="rest again", now=NOW)
    actions.refund(actor=office, charge_id=one, reason="x", amount=Money(100, "USD"), now=NOW)
    again = {"actor": office, "charge_id": one, "payment_id": second.id, "now": NOW}
    with pytest.raises(Refused, match="went back"):
        actions.reopen_charge(**again, reason=WHY)
    other = charged(ana, "exam:Y")
    for who, code in ((ana, NotPermitted), (far, NotPermitted), (office, NotFound)):
        with pytest.raises(code):
            actions.reopen_charge(actor=who, charge_id=other, payment_id=second.id, reason=WHY, now=NOW)
    mine = charged(office, "exam:Z")
    actions.pay(actor=SYSTEM, charge_id=mine, reference="r", now=NOW)
    with pytest.raises(NotPermitted):
        actions.reopen_charge(
            actor=office, charge_id=mine, payment_id=queries.received(mine)[0].id, reason=WHY, now=NOW
        )
    assert queries.ledger_balanced()


def test_an_entry_of_another_amount_school_or_kind_takes_no_payment_back(ana, office) -> None:
    one, two = charged(ana), charged(ana, "exam:Y")
    take(office, paid_by(one, key="B1"), paid_by(two, "10.00", key="B2"), paid_by(one, "-140.00", key="B3", more="yes"))
    payment = queries.received(one)[0].id
    for entry in BankEntryRow.objects.all():
        with pytest.raises(Refused):
            actions.reopen_charge(
                actor=office, charge_id=one, payment_id=payment, reason=WHY, now=NOW, entry_id=entry.id
            )
    BankEntryRow.objects.update(institution="HES", outcome="reversed", state="waiting", minor=-15_000)
    with pytest.raises(NotFound):
        actions.reopen_charge(actor=office, charge_id=one, payment_id=payment, reason=WHY, now=NOW, entry_id=entry.id)
    assert queries.is_paid(one)


@pytest.mark.deliveries_fail
def test_a_card_pays_no_rest_and_its_money_goes_back(ana, office, settings) -> None:
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_x", SECRET
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    one = charged(ana)
    part(office, one, 4_000)
    with pytest.raises(Refused, match="Part of this charge"):
        actions.start_checkout(actor=ana, charge_id=one, title="X", now=NOW)
    body, signature = signed(paid_event(one, 15_000, id="evt_part", intent="pi_part"))
    assert actions.take_provider_event(payload=body, signature=signature, now=NOW) == "sent_back"
    assert not queries.is_paid(one) and queries.ledger_balanced()


def test_what_was_paid_for_waits_again_and_has_days_to_be_paid(staff) -> None:  # noqa: F811
    _who, one = enrolled("Ana A", Track.VERIFIED, paid=True)
    row = EnrolmentRow.objects.get(id=one)
    payment = PaymentRow.objects.get(charge_id=row.charge_id)
    late = NOW + timedelta(days=60)
    actions.reopen_charge(actor=staff, charge_id=row.charge_id, payment_id=payment.id, reason=WHY, now=late)
    row.refresh_from_db()
    assert (row.state, row.track) == ("awaiting_payment", "audit")
    days = queries.payee("MITx").days_to_pay
    cancel_unpaid_upgrades(late + timedelta(days=days - 1))
    assert ChargeRow.objects.get().state == "open", "the deadline of the run is over, the days to pay are not"
    actions.pay(actor=staff, charge_id=row.charge_id, reference="again", now=late)
    row.refresh_from_db()
    assert (row.state, row.track) == ("active", "verified")
    payment = PaymentRow.objects.get(charge_id=row.charge_id, bounced_at=None)
    done(actions.REOPEN, staff, row.charge_id, late, WHY, payment=str(payment.id))
    cancel_unpaid_upgrades(late + timedelta(days=days))
    row.refresh_from_db()
    assert (ChargeRow.objects.get().state, row.state, row.track) == ("cancelled", "active", "audit")
    assert queries.ledger_balanced()
