"""Read statements of a bank: camt.053 (ISO 20022) of any version, and CSV; in a child, for a file is made by others.

The CSV is documented in docs/formats/bank-csv.md.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from linkspan.finance.rules.bank import BankEntry
from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money

#: Bytes of a file, entries in it, characters of a text, and the most that one entry can be worth.
LARGEST, MOST_ENTRIES, LONGEST, MOST = 10 * 2**20, 20_000, 500, 10**15
COLUMNS = ("booked_on", "amount", "currency", "reference")
MORE = ("payer", "bank_reference", "reversal")


@DOCUMENTS.bounded
def read_bank_file(content: bytes) -> tuple[tuple[BankEntry, ...], int]:
    """The booked entries of a statement, and how many are not booked yet; Unusable says where it cannot be read."""
    return parsed(content)


def parsed(content: bytes) -> tuple[tuple[BankEntry, ...], int]:
    """The same here."""
    if len(content) > LARGEST:
        raise Unusable("bank_file_large", "The file is larger than {most} MB. Export fewer days.", most=LARGEST >> 20)
    found, skipped = _camt(content) if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<" else (_csv(content), 0)
    if len(found) > MOST_ENTRIES:
        raise Unusable("bank_file_long", "The file has more than {most} entries. Export fewer days.", most=MOST_ENTRIES)
    if not found and not skipped:
        raise Unusable("bank_file_empty", "The file holds no entry.")
    return _keyed(found), skipped


def _keyed(entries: list[BankEntry]) -> tuple[BankEntry, ...]:
    """Each with its key: the bank's own reference, or what it says and how often it said so before."""
    seen: Counter[str] = Counter()
    made = []
    for one in entries:
        said = f"{one.key}|{one.booked_on}|{one.amount.minor}{one.amount.currency}|{one.reference}|{one.payer}"
        seen[said] += 1
        digest = sha256(f"{said}|{one.reversal}|{seen[said]}".encode()).hexdigest()
        made.append(replace(one, key=digest))
    return tuple(made)


def _csv(content: bytes) -> list[BankEntry]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable("bank_file_unreadable", "Save the file as UTF-8.") from None
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        missing = [one for one in COLUMNS if one not in names]
        if missing or len(names) != len(set(names)):
            raise Unusable(
                "bank_file_columns", "The first line names the columns {columns}.", columns=", ".join(COLUMNS)
            )
        reader.fieldnames = names
        return [_row(row, number) for number, row in enumerate(reader, start=2) if any(row.values())]
    except csv.Error as error:
        raise Unusable("bank_file_unreadable", "Line {line}: {why}", line=reader.line_num, why=error) from None


def _row(row: Mapping[str, Any], line: int) -> BankEntry:
    where = f"line {line}"
    if None in row:
        raise Unusable("bank_row_unusable", "{where}: there are more values than columns.", where=where)
    return BankEntry(
        _text(row.get("bank_reference")),
        _day(_text(row["booked_on"]), where),
        _money(_text(row["amount"]), _text(row["currency"]).upper(), where),
        _text(row["reference"]),
        _text(row.get("payer")),
        _text(row.get("reversal")).lower() in {"yes", "true", "1"},
    )


def _camt(content: bytes) -> tuple[list[BankEntry], int]:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unusable("bank_file_unreadable", "This is not readable XML: {why}", why=str(error)[:200]) from None
    for one in root.iter():
        one.tag = str(one.tag).rpartition("}")[2]
    statements = root.findall("BkToCstmrStmt/Stmt")
    if not statements:
        raise Unusable("bank_file_kind", "This is no camt.053 statement: it has no BkToCstmrStmt/Stmt.")
    found: list[BankEntry] = []
    skipped = 0
    for statement in statements:
        account = _found(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        for number, entry in enumerate(statement.findall("Ntry"), start=1):
            if _found(entry, "Sts/Cd", "Sts") not in {"BOOK", ""}:
                skipped += 1
                continue
            found.extend(_entries(entry, account, f"entry {number}"))
    return found, skipped


def _entries(entry: Any, account: str, where: str) -> Iterator[BankEntry]:
    """One for each transaction of an entry that has an amount of its own; else one for the entry."""
    details = entry.findall("NtryDtls/TxDtls")
    amounts = [_amount_of(one) for one in details]
    if len(details) > 1 and all(one is not None for one in amounts):
        for one, amount in zip(details, amounts, strict=True):
            yield _entry(entry, one, amount, account, where)
    else:
        yield _entry(entry, details[0] if len(details) == 1 else None, entry.find("Amt"), account, where)


def _amount_of(details: Any) -> Any:
    own = details.find("Amt")
    return own if own is not None else details.find("AmtDtls/TxAmt/Amt")


def _entry(entry: Any, details: Any, amount: Any, account: str, where: str) -> BankEntry:
    if amount is None:
        raise Unusable("bank_row_unusable", "{where}: there is no amount.", where=where)
    money = _money(_text(amount.text), str(amount.get("Ccy", "")), where)
    sign = (_found(details, "CdtDbtInd") if details is not None else "") or _found(entry, "CdtDbtInd")
    booked = _found(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    told: list[str] = []
    key = _found(entry, "AcctSvcrRef")
    payer = ""
    if details is not None:
        told += [_text(one.text) for one in details.findall("RmtInf/Ustrd")]
        told += [_text(one.text) for one in details.findall("RmtInf/Strd/CdtrRefInf/Ref")]
        told.append(_found(details, "Refs/EndToEndId"))
        key += f" {_found(details, 'Refs/AcctSvcrRef', 'Refs/TxId')}"
        payer = _found(details, "RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm")
    told = [one for one in told if one and one != "NOTPROVIDED"] or [_found(entry, "AddtlNtryInf", "NtryRef")]
    return BankEntry(
        f"{account} {key}".strip(),
        _day(booked[:10], where),
        money if sign != "DBIT" else -money,
        _text(" ".join(dict.fromkeys(told))),
        payer,
        _found(entry, "RvslInd").lower() in {"true", "1"},
    )


def _found(parent: Any, *paths: str) -> str:
    for path in paths:
        one = parent.find(path)
        if one is not None and _text(one.text):
            return _text(one.text)
    return ""


def _text(given: object) -> str:
    """A text in one line, without what no database stores."""
    return " ".join(str(given or "").replace("\0", "").split())[:LONGEST]


def _day(given: str, where: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Unusable("bank_row_unusable", "{where}: enter the day as 2026-09-30.", where=where) from None


def _money(given: str, currency: str, where: str) -> Money:
    from babel.numbers import get_currency_precision

    wrong = Unusable("bank_row_unusable", "{where}: enter an amount such as 150.00, and its currency.", where=where)
    if not (len(currency) == 3 and currency.isascii() and currency.isupper() and currency.isalpha()):
        raise wrong
    try:
        value = Decimal(given)
        minor = value.scaleb(get_currency_precision(currency)) if value.is_finite() else Decimal("NaN")
    except (InvalidOperation, ArithmeticError):
        raise wrong from None
    if not minor.is_finite() or abs(minor) > MOST or minor != int(minor):
        raise wrong
    return Money(int(minor), currency)
