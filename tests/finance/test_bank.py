"""Bank files: read as banks write them, matched by reference and amount, decided by people, once."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.thorough import thorough

from linkspan.finance import actions, queries
from linkspan.finance.engines.bank_files import LARGEST, parsed
from linkspan.finance.models import BankEntryRow, BankFileRow
from linkspan.finance.rules import Account, BankOutcome, ChargeState, EntryState
from linkspan.finance.rules.bank import numbers_in
from linkspan.kernel import audit
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id, number_of
from linkspan.kernel.lists import Ask
from linkspan.kernel.money import Money

LATER = datetime(2100, 1, 1, tzinfo=UTC)
HEAD = "booked_on,amount,currency,reference,payer,bank_reference,reversal\n"
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt><Id>1</Id>
<Acct><Id><IBAN>XX0000000000</IBAN></Id></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"""
NTRY = """<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{more}<Sts>{status}</Sts>
<BookgDt><Dt>2018-10-02</Dt></BookgDt><AcctSvcrRef>{key}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"""
TX = """<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>{amount}<RltdPties><Dbtr>{payer}</Dbtr></RltdPties>
<RmtInf><Ustrd>{reference}</Ustrd></RmtInf></TxDtls>"""


def tx(reference, amount="", payer="<Nm>Ana Sample</Nm>"):
    return TX.format(reference=reference, amount=amount, payer=payer)


def ntry(details, amount="150.00", sign="CRDT", key="B1", **told):
    given_ = {"currency": "USD", "status": "BOOK", "more": ""} | told
    return NTRY.format(amount=amount, sign=sign, key=key, details=details, **given_)


def camt(*entries, version="02") -> bytes:
    return CAMT.format(version=version, entries="".join(entries)).encode()


def rows(*lines) -> bytes:
    return (HEAD + "".join(f"{line}\n" for line in lines)).encode()


def paid_by(charge_id, amount="150.00", currency="USD", key="", more=""):
    return f"2018-10-02,{amount},{currency},Fee {number_of(charge_id).lower()} thanks,Ana,{key},{more}"


@pytest.fixture
def ana():
    return person("Ana Sample")


@pytest.fixture
def office():
    return person("Olga Office", ("program_staff", "MITx"))


def charged(learner, subject="exam:X", amount=15_000, institution="MITx"):
    of = {"subject": subject, "amount": Money(amount, "USD"), "institution": institution}
    return actions.charge(actor=SYSTEM, learner_id=learner.person_id, now=NOW, **of)


def take(office, *lines):
    return actions.take_bank_file(actor=office, institution="MITx", content=rows(*lines), now=NOW)


def total(account):
    return queries.account_total(account, "USD").minor


def test_camt_of_any_version_is_read_with_its_transactions() -> None:
    single = ntry(tx("Fee 7KQF-29XM"))
    pending, debit = ntry(tx("x"), status="<Cd>PDNG</Cd>", key="B2"), ntry(tx("rent"), sign="DBIT", key="B3")
    some = "".join(tx(f"part {n}", f'<Amt Ccy="USD">{n}.50</Amt>', "<Pty><Nm>Bo</Nm></Pty>") for n in (1, 2))
    back = ntry(tx("Fee 7KQF-29XM"), sign="DBIT", more="<RvslInd>true</RvslInd>", key="B5")
    for version in ("02", "08", "13"):
        entries, skipped = parsed(camt(single, pending, debit, ntry(some, key="B4"), back, version=version))
        assert skipped == 1
        assert [(one.amount.minor, one.reference, one.payer, one.reversal) for one in entries] == [
            (15_000, "Fee 7KQF-29XM", "Ana Sample", False),
            (-15_000, "rent", "Ana Sample", False),
            (150, "part 1", "Bo", False),
            (250, "part 2", "Bo", False),
            (-15_000, "Fee 7KQF-29XM", "Ana Sample", True),
        ]
        assert {one.booked_on for one in entries} == {date(2018, 10, 2)} and len({one.key for one in entries}) == 5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<x/>",
        b"<Document>",
        b"\xff\xfe",
        b"a,b\n1,2\n",
        HEAD.encode(),
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        b'<?xml version="1.0" encoding="klingon"?><x/>',
        rows("2018-13-02,1,USD,x,,,"),
        rows("2018-10-02,1.005,USD,x,,,"),
        rows("2018-10-02,1e99,USD,x,,,"),
        rows("2018-10-02,NaN,USD,x,,,"),
        rows("2018-10-02,1,DOLLARS,x,,,"),
        rows("2018-10-02,1,USD,x,,,,more"),
        camt(ntry("", amount="x")),
        b"<" + b" " * LARGEST,
    ],
)
def test_what_cannot_be_read_says_where(content) -> None:
    with pytest.raises(Unusable):
        parsed(content)


@thorough(60)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (HEAD + text).encode()))
def test_no_file_breaks_the_reader(content) -> None:
    with suppress(Unusable):
        parsed(content)


@thorough(60)
@given(st.uuids(), st.sampled_from(["{}", "fee {} thanks", "INV/{}/2018", "x{} {}"]), st.booleans())
def test_a_number_is_found_however_it_is_written(one, words, dashed) -> None:
    number = number_of(one)
    text = words.replace("{}", number if dashed else number.replace("-", ""), 1).replace("{}", number.lower())
    assert number.replace("-", "") in numbers_in(text)


@pytest.mark.django_db
def test_what_matches_is_confirmed_as_staff_do_and_the_same_file_changes_nothing(ana, office) -> None:
    charge_id, news = charged(ana), News()
    content = rows(paid_by(charge_id, key="B1"), "2018-10-02,9.00,USD,who knows,Bo,B2,")
    tried = queries.try_bank_file(office, "MITx", content)
    assert (tried.counts, tried.known) == ({"matched": 1, "unmatched": 1}, 0)
    assert not BankFileRow.objects.exists() and not queries.is_paid(charge_id)
    told = actions.take_bank_file(actor=office, institution="MITx", content=content, now=NOW)
    assert told == tried and queries.is_paid(charge_id)
    assert news(NOW) == [("Ana Sample", "payment_received")]
    assert [entry.actor_name for entry in audit.trail_of(f"finance.charge:{charge_id}") if entry.verb == "pay"] == [
        "Olga Office"
    ]
    before = (BankFileRow.objects.count(), BankEntryRow.objects.count(), total(Account.CASH))
    again = actions.take_bank_file(actor=office, institution="MITx", content=content, now=NOW)
    assert (again.entries, again.known) == ((), 2)
    assert take(office, "2018-10-03,1,USD,z,,B3,", paid_by(charge_id, key="B1")).known == 1
    assert before == (BankFileRow.objects.count() - 1, BankEntryRow.objects.count() - 1, total(Account.CASH))
    assert queries.ledger_balanced()


@pytest.mark.django_db
def test_what_does_not_fit_waits_and_says_what_it_is(ana, office) -> None:
    bo = person("Bo Sample")
    first, other, closed = charged(ana), charged(ana, "exam:Y"), charged(bo, "exam:Z")
    actions.cancel(actor=SYSTEM, charge_id=closed, reason="x", now=NOW)
    reported, own, far = charged(bo, "exam:R"), charged(office, "exam:O"), charged(ana, "exam:F", institution="HES")
    actions.report_payment(actor=bo, charge_id=reported, reference="wire-778-899", now=NOW)
    told = take(
        office,
        paid_by(first, "149.99"),
        paid_by(first, "150.01"),
        paid_by(first, currency="EUR"),
        paid_by(closed),
        f"2018-10-02,150.00,USD,{number_of(first)} and {number_of(other)},,,",
        paid_by(far),
        paid_by(first, "-150.00"),
        paid_by(first, "-150.00", more="yes"),
        paid_by(own),
        "2018-10-02,150.00,USD,payment WIRE 778899,,,",
        paid_by(other),
        paid_by(other),
    )
    assert [one.outcome for one in told.entries] == [
        BankOutcome.UNDERPAID,
        BankOutcome.OVERPAID,
        BankOutcome.OTHER_CURRENCY,
        BankOutcome.CLOSED,
        BankOutcome.AMBIGUOUS,
        BankOutcome.UNKNOWN,
        BankOutcome.OUTGOING,
        BankOutcome.REVERSED,
        BankOutcome.OWN,
        BankOutcome.MATCHED,
        BankOutcome.MATCHED,
        BankOutcome.PAID_ALREADY,
    ]
    assert queries.is_paid(reported) and queries.is_paid(other)
    assert not any(queries.is_paid(one) for one in (first, own, far, closed))
    assert len(queries.bank_entries_at(office, Ask(filters={"state": "waiting"})).rows) == 10


@pytest.mark.django_db
def test_a_person_decides_what_waits(ana, office) -> None:
    first, second = charged(ana), charged(ana, "exam:Y")
    take(office, paid_by(first, "160.00"), paid_by(first, "10.00"), "2018-10-02,150.00,USD,fee,,,")
    over, under, nameless = BankEntryRow.objects.order_by("id")
    client = browser(office)

    def post(entry, **given_):
        return client.post(f"/desk/money/bank/{entry.id}/", given_).status_code

    assert post(over, do="confirm", number="nothing") == 422
    assert post(over, do="confirm", number=number_of(first)) == 302
    assert post(over, do="confirm", number=number_of(first)) == 409
    (back,) = queries.charge_file(office, first).refunds
    assert (back.amount.minor, back.state, back.failure) == (1_000, "undelivered", "overpaid")
    with pytest.raises(Refused):
        actions.retry_refund(actor=office, refund_id=back.id, now=NOW)
    assert (total(Account.CASH), total(Account.REFUNDS_PAYABLE)) == (16_000, -1_000)
    actions.send_refund_otherwise(actor=office, refund_id=back.id, reference="out 1", now=NOW)
    assert (total(Account.CASH), total(Account.REFUNDS_PAYABLE)) == (15_000, 0)
    assert post(under, do="return", number=number_of(first), reason="") == 422
    assert post(under, do="return", number=number_of(first), reason="Too little") == 302
    assert total(Account.REFUNDS_PAYABLE) == -1_000
    assert post(nameless, do="aside", reason="") == 422
    assert post(nameless, do="confirm", number=f" {number_of(second).lower()} ") == 302
    assert queries.is_paid(second) and queries.ledger_balanced()
    states = [row.state for row in BankEntryRow.objects.order_by("id")]
    assert states == [EntryState.CONFIRMED, EntryState.SENT_BACK, EntryState.CONFIRMED]


@pytest.mark.django_db
def test_only_the_office_that_is_paid_takes_files_and_decides(ana, office) -> None:
    take(office, "2018-10-02,150.00,USD,fee,,,")
    (entry,) = BankEntryRow.objects.all()
    content = rows("2018-10-02,150.00,USD,fee,,,")
    for who in (ana, person("Far Away", ("registrar", "HES")), person("Dan Dean", ("dean", "MITx"))):
        with pytest.raises(NotPermitted):
            queries.try_bank_file(who, "MITx", content)
        with pytest.raises(NotPermitted):
            actions.take_bank_file(actor=who, institution="MITx", content=content, now=NOW)
        told = {"actor": who, "entry_id": entry.id, "now": NOW}
        for act in (
            lambda told=told: actions.confirm_bank_entry(number="x", **told),
            lambda told=told: actions.return_bank_entry(number="x", reason="x", **told),
            lambda told=told: actions.set_bank_entry_aside(reason="x", **told),
            lambda who=who: queries.bank_entry(who, entry.id),
        ):
            with pytest.raises(NotFound):
                act()
    with pytest.raises(NotFound):
        actions.set_bank_entry_aside(actor=office, entry_id=new_id(), reason="x", now=NOW)


@pytest.mark.django_db
def test_the_page_tries_a_file_and_keeps_what_was_chosen(ana, office, tmp_path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    charge_id, client, here = charged(ana), browser(office), "/desk/money/bank/"

    def post(content, do):
        return client.post(here, {"do": do, "institution": "MITx", "file": SimpleUploadedFile("s.csv", content)})

    page = post(rows(paid_by(charge_id), "2018-10-02,1,USD,<b>x,,,"), "try").content.decode()
    assert "Pays its charge exactly." in page and "&lt;b&gt;x" in page and not queries.is_paid(charge_id)
    assert post(b"nonsense", "take").status_code == 422 and post(b"", "try").status_code == 422
    assert post(rows(paid_by(charge_id)), "take").status_code == 200 and queries.is_paid(charge_id)
    assert client.post(here, {"do": "take", "institution": "HES"}).status_code in (403, 422)


@pytest.mark.django_db
def test_the_same_amount_from_the_same_payer_twice_is_two_entries() -> None:
    line = "2018-10-02,1.00,USD,fee,Ana,,"
    twice, _ = parsed(rows(line, line))
    once, _ = parsed(rows(line))
    assert len({one.key for one in twice}) == 2 and twice[0] == replace(once[0])


@pytest.mark.django_db
def test_the_command_tries_takes_and_says_what_is_left(ana, office, tmp_path, capsys) -> None:
    from tests.factories.world import load_world

    from linkspan.site.command import main

    load_world()
    charge_id, file = charged(ana), tmp_path / "s.xml"
    file.write_bytes(camt(ntry(tx(f"fee {number_of(charge_id)}"))))
    assert main(["bank", "take", "MITx", str(file), "--try"]) == 0 and not queries.is_paid(charge_id)
    capsys.readouterr()
    assert main(["bank", "take", "MITx", str(file), "--json"]) == 0 and queries.is_paid(charge_id)
    assert json.loads(capsys.readouterr().out)["counts"] == {"matched": 1}
    assert queries.charge_file(office, charge_id).charge.state == ChargeState.PAID
    assert main(["bank", "take", "MITx", str(file)]) == 0
    assert "1 known" in capsys.readouterr().out
    file.write_bytes(rows("2018-10-02,150.00,USD,fee,,,"))
    assert main(["bank", "take", "MITx", str(file)]) == 1
    file.write_bytes(b"x")
    assert main(["bank", "take", "MITx", str(file)]) == 2
