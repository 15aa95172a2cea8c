"""The money desk: every charge is found, its file tells all, and nobody else's is shown."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.accounts.models import User
from linkspan.finance import actions, queries
from linkspan.finance.models import ChargeRow
from linkspan.finance.rules import Payee, Turn
from linkspan.kernel import audit
from linkspan.kernel.errors import NotFound, NotPermitted, Unusable
from linkspan.kernel.ids import number_of
from linkspan.kernel.lists import Ask
from linkspan.kernel.money import Money
from linkspan.kernel.things import About, Thing, address_of

pytestmark = pytest.mark.django_db
LIST, PRICE = "/desk/money/charges/", Money(15000, "USD")


@pytest.fixture
def office():
    return person("Olga Office", ("program_staff", "MITx"), ("registrar", "MITx"))


def charged(learner, subject="exam:X", amount=PRICE, institution="MITx"):
    return actions.charge(
        actor=SYSTEM, learner_id=learner.person_id, subject=subject, amount=amount, institution=institution, now=NOW
    )


def put_charges(count: int) -> None:
    """Charges of invented people, as rows: what the ledger says of them does not matter to a list."""
    people = User.objects.bulk_create(
        User(email=f"many{n}@example.org", name=f"Sample Number{n:04}", password="!") for n in range(count)
    )
    ChargeRow.objects.bulk_create(
        ChargeRow(
            learner_id=one.id, institution="MITx", subject="exam:Y", minor=100 + n, currency="EUR", state="open", at=NOW
        )
        for n, one in enumerate(people)
    )


def shown(client, query: str, page: str = LIST) -> list[str]:
    """The names in the list that the address asks for, from its file."""
    text = client.get(f"{page}?{query}&as=csv").content.decode("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(text))][1:]


def test_charges_are_found_by_person_number_amount_subject_reference_state_currency_and_day(office) -> None:
    ana, bo = person("Ana Sample"), person("Bo Sample")
    first, second = charged(ana), charged(bo, "exam:Other", Money(2500, "JPY"))
    far = charged(person("Cy Sample"), institution="HES")
    actions.report_payment(actor=bo, charge_id=second, reference="transfer 77", now=NOW)
    client = browser(office)
    assert sorted(shown(client, "q=")) == ["Ana Sample", "Bo Sample"]
    for found in ("q=ana", "q=ana.sample@example.org", f"q={number_of(first)}", "q=150.00", "q=150", "state=open"):
        assert shown(client, found) == ["Ana Sample"], found
    for found in ("q=2500", "q=2,500", "q=other", "q=transfer+77", "state=reported", "currency=JPY"):
        assert shown(client, found) == ["Bo Sample"], found
    for nobody in ("q=1.5", "q=15000", "q=25", "q=NaN", "q=1e400", "q=%00x", f"q={number_of(far)}", "since=2018-10-04"):
        assert shown(client, nobody) == [], nobody
    actions.pay(actor=office, charge_id=first, reference="r 1", now=NOW + timedelta(days=2))
    paid = "/desk/money/payments/"
    assert shown(client, "q=&way=invoice", paid) == ["Ana Sample"] == shown(client, "q=r+1", paid)
    assert shown(client, "since=2018-10-05", paid) == ["Ana Sample"] and shown(client, "way=card", paid) == []
    assert queries.charges_at(person("Far Away", ("registrar", "HES")), Ask()).rows[0].id == far
    for stranger in (ana, person("Pia Proctor", ("proctor", "MITx")), person("Dan Dean", ("dean", "MITx"))):
        with pytest.raises(NotPermitted):
            queries.charges_at(stranger, Ask())
        with pytest.raises(NotFound):
            queries.charge_file(stranger, first)
    with pytest.raises(NotFound):
        queries.charge_file(office, far)


def test_thousands_of_charges_ask_no_more_queries_than_one(office) -> None:
    charged(person("Ana Sample"), "exam:Y", Money(15000, "EUR"))
    client = browser(office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    put_charges(3000)
    for address in (LIST, f"{LIST}?q=sample", f"{LIST}?state=open&currency=EUR", f"{LIST}?q=&sort=-amount&page=40"):
        with CaptureQueriesContext(connection) as many:
            answer = client.get(address)
        assert len(answer.content) < 100_000 and len(many) == len(few) <= 22, address
    assert shown(client, "q=30.99") == ["Sample Number2999"]


def test_a_file_says_whose_turn_it_is_and_what_happened(office) -> None:
    ana = person("Ana Sample")
    charge_id = charged(ana)
    file = queries.charge_file(office, charge_id)
    assert (file.turn, file.payment.reference) == (Turn.LEARNER_PAYS, number_of(charge_id))
    assert file.payment.by == (NOW + timedelta(days=14)).date()
    actions.report_payment(actor=ana, charge_id=charge_id, reference="transfer <7>", now=NOW)
    assert queries.charge_file(office, charge_id).turn == Turn.OFFICE_CONFIRMS
    assert News()(NOW) == [("Olga Office", "payment_waits")]
    client, here = browser(office), f"{LIST}{charge_id}/"
    assert address_of(About.of(Thing.CHARGE_FILE, charge_id)) == here
    page = client.get(here).content.decode()
    assert "transfer &lt;7&gt;" in page and "Ana Sample" in page and str(charge_id) not in re.sub('"[^"]*"', "", page)
    answer = client.post(here, {"do": "confirm", "reference": ""})
    assert answer.status_code == 422 and "Enter the reference" in answer.content.decode()
    assert client.post(here, {"do": "confirm", "reference": "stmt 4"}).status_code == 302
    file = queries.charge_file(office, charge_id)
    assert file.turn == Turn.NOBODY and [one.verb for one in file.happened] == ["charge", "report_payment", "pay"]
    assert [(line.account, line.amount.minor) for line in file.lines] == [
        ("receivable", 15000),
        ("tuition", -15000),
        ("cash", 15000),
        ("receivable", -15000),
    ]
    again = client.post(here, {"do": "confirm", "reference": "other"})
    assert again.status_code == 302 and len(queries.charge_file(office, charge_id).happened) == 3
    assert browser(ana).get(here).status_code == 404


def test_who_is_paid_is_said_by_the_registrar_and_read_by_the_learner(office) -> None:
    ana = person("Ana Sample")
    charge_id = charged(ana)
    given = {
        "name": "MITx Bursar",
        "address": "1 Sample Street",
        "account": "XX00 0000",
        "bank": "Sample Bank",
        "instructions": "Fees are yours.",
        "days_to_pay": "30",
        "second_person": "yes",
    }
    client, here = browser(office), "/desk/money/payees/MITx/"
    for wrong in ({"name": " "}, {"days_to_pay": "0"}, {"days_to_pay": "x"}, {"account": "x" * 141}):
        answer = client.post(here, {**given, **wrong})
        assert answer.status_code == 422 and "1 Sample Street" in answer.content.decode(), wrong
    assert client.post(here, given).status_code == 302
    before = len(audit.trail_of("finance.payee:MITx"))
    client.post(here, given)
    assert len(audit.trail_of("finance.payee:MITx")) == before == 1
    page = browser(ana).get(f"/pay/{charge_id}/").content.decode()
    for said in ("MITx Bursar", "XX00 0000", "Fees are yours.", number_of(charge_id), "Nov 2, 2018", "$150"):
        assert said in page, said
    mine = browser(ana).get("/pay/").content.decode()
    assert "MITx Bursar" in mine and number_of(charge_id) in mine
    assert "You owe nothing" in browser(person("Bo Sample")).get("/pay/").content.decode()
    for stranger in (ana, person("Far Away", ("registrar", "HES")), person("Sue Staff", ("program_staff", "MITx"))):
        with pytest.raises(NotPermitted):
            actions.set_payee(actor=stranger, payee=Payee("MITx", "Thief"), now=NOW)
        assert browser(stranger).get(here).status_code == 403
    with pytest.raises(Unusable):
        actions.set_payee(actor=office, payee=Payee("MITx", "a", days_to_pay=366), now=NOW)
