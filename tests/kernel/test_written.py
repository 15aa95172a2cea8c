"""Days, moments, grades, numbers and money are written in one way, in the reader's language."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override

from linkspan.kernel import written
from linkspan.kernel.errors import Refused
from linkspan.kernel.money import Money
from linkspan.kernel.told import told

AT = datetime(2027, 1, 16, 4, 59, tzinfo=UTC)
NEW_YORK = "America/New_York"


def test_a_day_is_that_of_its_school() -> None:
    assert written.day(date(2018, 6, 20)) == written.day("2018-06-20") == "Jun 20, 2018"
    assert (written.day_in(AT, NEW_YORK), written.day_in(AT, "UTC")) == ("Jan 15, 2027", "Jan 16, 2027")
    with pytest.raises(TypeError, match="only in a zone"):
        written.day(AT)


def test_a_moment_names_its_zone_by_the_city() -> None:
    assert written.moment(AT, NEW_YORK) == "Jan 15, 2027, 23:59 New York time"
    assert written.moment(AT, "UTC") == "Jan 16, 2027, 04:59 UTC"


@pytest.mark.parametrize(
    "value, shown",
    [
        ("2026-12-20", "Dec 20, 2026"),
        (written.kept(AT, NEW_YORK), "Jan 15, 2027, 23:59 New York time"),
        (written.kept(AT), "Jan 16, 2027, 04:59 UTC"),
        (str(AT), "Jan 16, 2027, 04:59 UTC"),
        (AT.isoformat(), "Jan 16, 2027, 04:59 UTC"),
        ("2026-02-30", "2026-02-30"),
        ("2026-12-20 23:59 Nowhere/Atall", "2026-12-20 23:59 Nowhere/Atall"),
        ("2026-12-20 23:59 ../../etc/passwd", "2026-12-20 23:59 ../../etc/passwd"),
        ("2026-12-20 23:59 Etc/../x", "2026-12-20 23:59 Etc/../x"),
        ("2026-12-20 25:61 UTC", "2026-12-20 25:61 UTC"),
        ("SC0x 2026-12-20", "SC0x 2026-12-20"),
        ("", ""),
        (7, 7),
        (None, None),
    ],
)
def test_the_days_in_a_sentence_are_written_as_on_every_page(value, shown) -> None:
    assert written.in_sentence(value) == shown


def test_a_refusal_tells_its_day_in_the_one_way_and_keeps_it_for_machines() -> None:
    no = Refused("round_not_open", "Applications open on {day}.", day="2027-01-15")
    assert (told(no), str(no)) == ("Applications open on Jan 15, 2027.", "Applications open on 2027-01-15.")


def test_grades_and_numbers_have_no_empty_decimals() -> None:
    grades = [written.grade(value) for value in (Decimal("91.70"), Decimal("60.00"), 100, "0", "B+", "", "NaN")]
    assert grades == ["91.7%", "60%", "100%", "0%", "B+", "", "NaN"]
    assert [written.number(value) for value in (Decimal("12.50"), Decimal("12.00"), Decimal("1E+3"))] == [
        "12.5",
        "12",
        "1,000",
    ]


def test_money_has_cents_where_there_are_any() -> None:
    whole, cents, yen = Money(1_080_000, "USD"), Money(1_080_050, "USD"), Money(500, "JPY")
    assert [written.amount(one) for one in (whole, cents, yen, -whole)] == ["$10,800", "$10,800.50", "¥500", "-$10,800"]


def test_all_is_written_in_the_language_that_is_set() -> None:
    with override("de"):
        assert written.grade(Decimal("91.7")) == "91,7\xa0%"
        assert written.amount(Money(1_080_000, "EUR")) == "10.800\xa0€"
        assert written.day("2026-12-20") == "20.12.2026"
