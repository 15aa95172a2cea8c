"""Two people at one entry in the same moment: one of them wins whole, nothing is doubled, nobody waits for ever."""

from functools import partial

import pytest
from django.db import connection
from tests.admissions.test_concurrency import at_once
from tests.catalog.test_changes import COURSE, PRICE, put_all
from tests.factories.people import NOW, person

from linkspan.catalog import actions
from linkspan.catalog.models import ChangeRow, CourseRow, PriceRow
from linkspan.catalog.rules import Kind
from linkspan.kernel import audit
from linkspan.kernel.errors import NotFound
from linkspan.kernel.versions import version_of

TIMES = 12
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one at a time: this runs on PostgreSQL"),
]


@pytest.fixture
def two():
    put_all()
    return person("One", ("registrar", "HES")), person("Two", ("program_staff", "HES"))


def prepare(actor, title: str) -> str:
    told = COURSE | {"title": title}
    actions.prepare_change(actor=actor, institution="HES", kind=Kind.COURSE, told=told, now=NOW)
    return title


def publish(actor, change) -> str:
    try:
        return actions.publish_change(
            actor=actor, change_id=change.id, now=NOW, seen=version_of(change.content)
        ).content["title"]
    except NotFound as error:
        return error.code


def test_two_publish_one_change_and_it_is_published_once(two) -> None:
    for number in range(TIMES):
        title = f"Title {number}"
        change = actions.prepare_change(
            actor=two[0], institution="HES", kind=Kind.COURSE, told=COURSE | {"title": title}, now=NOW
        )
        assert sorted(at_once([partial(publish, who, change) for who in two])) == [title, "change_unknown"]
    assert [entry.verb for entry in audit.trail_of("catalog.course:HES/C1")].count("change_entry") == TIMES
    assert not ChangeRow.objects.exists()


def test_one_publishes_what_the_other_changes_and_only_what_was_looked_at_is_public(two) -> None:
    for number in range(TIMES):
        looked, other = f"Looked at {number}", f"Other {number}"
        change = actions.prepare_change(
            actor=two[0], institution="HES", kind=Kind.COURSE, told=COURSE | {"title": looked}, now=NOW
        )
        before = CourseRow.objects.get(key="HES/C1").title
        told = at_once([partial(publish, two[0], change), partial(prepare, two[1], other)])
        assert told[1] == other
        assert CourseRow.objects.get(key="HES/C1").title == (looked if told[0] == looked else before)
        assert ChangeRow.objects.get().content["title"] == other
        ChangeRow.objects.all().delete()


def test_two_prepare_one_entry_and_one_of_them_waits(two) -> None:
    for number in range(TIMES):
        titles = [f"One {number}", f"Two {number}"]
        assert at_once([partial(prepare, who, title) for who, title in zip(two, titles, strict=True)]) == titles
        assert ChangeRow.objects.get().content["title"] in titles
        ChangeRow.objects.all().delete()


def test_prices_of_two_days_published_at_once_never_overlap(two) -> None:
    days = ["2019-01-01", "2019-02-01"]
    waiting = [
        actions.prepare_change(
            actor=who, institution="HES", kind=Kind.PRICE, told=PRICE | {"valid_from": day, "minor": 1}, now=NOW
        )
        for who, day in zip(two, days, strict=True)
    ]
    at_once([partial(actions.publish_change, actor=two[0], change_id=one.id, now=NOW) for one in waiting])
    rows = PriceRow.objects.order_by("valid_from").values_list("valid_from", "valid_to")
    assert [(str(begin), end and str(end)) for begin, end in rows] == [
        ("2018-10-03", days[0]), (days[0], days[1]), (days[1], None),
    ]  # fmt: skip
