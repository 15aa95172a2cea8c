"""Invoices, receipts and credit notes: numbered without gaps, as they were issued, for whom they concern."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.finance import actions, queries
from linkspan.finance.models import MoneyDocumentRow
from linkspan.finance.rules import Payee
from linkspan.finance.rules.discounts import Coupon
from linkspan.kernel.errors import NotFound, Refused
from linkspan.kernel.ids import new_id, number_of
from linkspan.kernel.money import Money
from linkspan.web.money_documents import told_of

pytestmark = pytest.mark.django_db
PRICE = Money(15_000, "USD")


@pytest.fixture
def ana():
    return person("Ana Sample")


@pytest.fixture
def office():
    return person("Olga Office", ("program_staff", "MITx"), ("registrar", "MITx"))


def charged(learner, subject="exam:X", institution="MITx", amount=PRICE):
    of = {"subject": subject, "amount": amount, "institution": institution}
    return actions.charge(actor=SYSTEM, learner_id=learner.person_id, now=NOW, **of)


def issue(actor, charge_id):
    return [
        (one.number, one.total.minor, one.corrects)
        for one in actions.issue_documents(actor=actor, charge_id=charge_id, now=NOW)
    ]


def test_an_invoice_then_a_receipt_then_credit_notes_each_once(ana, office) -> None:
    charge_id = charged(ana)
    assert issue(ana, charge_id) == [("MITx-I-000001", 15_000, "")] == issue(office, charge_id)
    actions.pay(actor=office, charge_id=charge_id, reference="r", now=NOW)
    actions.refund(actor=office, charge_id=charge_id, reason="Late start", amount=Money(4_000, "USD"), now=NOW)
    actions.refund(actor=office, charge_id=charge_id, reason="Fell ill", now=NOW)
    expected = [
        ("MITx-I-000001", 15_000, ""),
        ("MITx-R-000001", 15_000, ""),
        ("MITx-C-000001", 4_000, "MITx-R-000001"),
        ("MITx-C-000002", 11_000, "MITx-R-000001"),
    ]
    assert issue(ana, charge_id) == expected
    assert [one.reason for one in queries.documents_of(ana, charge_id)][2:] == ["Late start", "Fell ill"]


def test_what_an_invoice_no_longer_asks_for_is_a_credit_note(ana, office) -> None:
    charge_id = charged(ana)
    issue(ana, charge_id)
    coupon = Coupon(new_id(), "MITx", "TEN", None, Money(1_000, "USD"), "", NOW.date(), None, None, 1, False)
    actions.make_coupon(actor=office, coupon=coupon, now=NOW)
    actions.use_coupon(actor=ana, charge_id=charge_id, code="TEN", now=NOW)
    actions.refund(actor=office, charge_id=charge_id, reason="Not needed", now=NOW)
    assert issue(ana, charge_id)[1:] == [
        ("MITx-C-000001", 1_000, "MITx-I-000001"),
        ("MITx-C-000002", 14_000, "MITx-I-000001"),
    ]


def test_nothing_is_numbered_that_nobody_asked_for_or_that_fails(ana, office) -> None:
    first, second, far = charged(ana), charged(ana, "exam:Y"), charged(ana, "exam:F", "HES")
    actions.pay(actor=office, charge_id=first, reference="r", now=NOW)
    assert not MoneyDocumentRow.objects.exists()
    with pytest.raises(RuntimeError), transaction.atomic():
        issue(ana, first)
        raise RuntimeError
    assert issue(ana, first) == [("MITx-R-000001", 15_000, "")]
    assert issue(ana, second) == [("MITx-I-000001", 15_000, "")] and issue(ana, far)[0][0] == "HES-I-000001"
    actions.cancel(actor=SYSTEM, charge_id=charged(ana, "exam:Z"), reason="x", now=NOW)
    (gone,) = [one for one in queries.charges_of(ana, ana.person_id) if one.subject == "exam:Z"]
    with pytest.raises(Refused):
        issue(ana, gone.id)


def test_a_document_stays_as_it_was_issued(ana, office) -> None:
    actions.set_payee(actor=office, payee=Payee("MITx", "Bursar <1>", "1 Street", "XX00", "Bank"), now=NOW)
    charge_id = charged(ana, amount=Money(2_500, "JPY"))
    (before,) = actions.issue_documents(actor=ana, charge_id=charge_id, now=NOW)
    actions.set_payee(actor=office, payee=Payee("MITx", "Another"), now=NOW)
    (after,) = queries.documents_of(ana, charge_id)
    assert before == after and (after.issuer, after.payer) == ("Bursar <1>", "Ana Sample")
    told = told_of(after)
    assert told["total"] == ["Total", "¥2,500"] and ["Reference", number_of(charge_id)] in told["facts"]


def test_who_issues_and_reads_them(ana, office) -> None:
    charge_id = charged(ana)
    client = browser(ana)
    assert "Make an invoice" in client.get(f"/pay/{charge_id}/").content.decode()
    assert client.post(f"/pay/{charge_id}/documents/").status_code == 302
    (one,) = queries.documents_of(office, charge_id)
    page = client.get(f"/pay/{charge_id}/").content.decode()
    assert one.number in page and "Make an invoice" not in page
    here = f"/pay/documents/{one.id}/"
    answer = client.get(here)
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"] == f'attachment; filename="{one.number}.pdf"'
    assert one.number in browser(office).get(f"/desk/money/charges/{charge_id}/").content.decode()
    for stranger in (person("Bo Sample"), person("Far Away", ("registrar", "HES"))):
        assert browser(stranger).get(here).status_code == 404
        assert browser(stranger).post(f"/pay/{charge_id}/documents/").status_code == 404
        with pytest.raises(NotFound):
            queries.documents_of(stranger, charge_id)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_no_gap(ana) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("writers of SQLite are one at a time")
    ids = [charged(ana, f"exam:{n}") for n in range(8)]

    def one(charge_id) -> None:
        try:
            issue(ana, charge_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, ids))
    assert sorted(MoneyDocumentRow.objects.values_list("number", flat=True)) == list(range(1, 9))
