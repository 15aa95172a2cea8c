"""Prices are effective-dated; published requirements stay."""

from datetime import date

import pytest
from tests.factories.people import NOW, SYSTEM, person

from linkspan.catalog import actions, queries
from linkspan.kernel.errors import NotPermitted, Refused
from linkspan.kernel.money import Money

pytestmark = pytest.mark.django_db


def price(minor: int, day: date) -> None:
    actions.set_price(
        actor=SYSTEM, institution="HES", subject="course:HES", price=Money(minor, "USD"), valid_from=day, now=NOW
    )


def test_a_new_price_ends_the_one_before() -> None:
    price(270000, date(2018, 7, 1))
    price(280000, date(2019, 7, 1))
    assert queries.price_in_force("course:HES", date(2019, 6, 30)) == Money(270000, "USD")
    assert queries.price_in_force("course:HES", date(2019, 7, 1)) == Money(280000, "USD")
    assert queries.price_in_force("course:HES", date(2018, 6, 30)) is None


def test_a_published_price_is_not_changed() -> None:
    price(270000, date(2018, 7, 1))
    price(270000, date(2018, 7, 1))
    with pytest.raises(Refused):
        price(1, date(2018, 7, 1))


def test_requirements_of_a_year_stay() -> None:
    actions.add_course(actor=SYSTEM, institution="MITx", code="SC0x", title="SC0x", summary="", credits=None, now=NOW)
    key = actions.add_program(
        actor=SYSTEM, institution="MITx", code="SCM", title="SCM", summary="", kind="micromasters", now=NOW
    )

    def publish(tree):
        actions.publish_requirements(
            actor=SYSTEM,
            program_key=key,
            catalogue_year=2018,
            requirements=tree,
            valid_from=date(2018, 1, 1),
            now=NOW,
        )

    publish({"all": [{"course": "MITx/SC0x"}]})
    with pytest.raises(Refused):
        publish({"course": "MITx/SC0x"})
    assert queries.program(key, date(2018, 5, 1)).requirements == {"all": [{"course": "MITx/SC0x"}]}


def test_staff_of_another_institution_set_no_prices() -> None:
    with pytest.raises(NotPermitted):
        actions.set_price(
            actor=person("Staff", ("registrar", "MITx")),
            institution="HES",
            subject="course:HES",
            price=Money(1, "USD"),
            valid_from=date(2018, 1, 1),
            now=NOW,
        )
