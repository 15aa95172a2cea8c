"""The trail is a chain: whatever is changed afterwards shows."""

import pytest
from tests.factories.people import NOW, SYSTEM

from linkspan.kernel import audit
from linkspan.kernel.models import TrailEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_entries() -> None:
    for number in range(3):
        audit.record(actor=SYSTEM, verb="count", subject="test:1", now=NOW, after={"number": number})


def test_an_untouched_chain_holds(three_entries) -> None:
    assert list(audit.broken_links()) == []
    assert [entry.after["number"] for entry in audit.trail_of("test:1")] == [0, 1, 2]


def test_a_changed_entry_shows(three_entries) -> None:
    middle = TrailEntry.objects.order_by("position")[1]
    TrailEntry.objects.filter(position=middle.position).update(after={"number": 9})
    assert middle.position in list(audit.broken_links())


def test_a_removed_last_entry_shows(three_entries) -> None:
    TrailEntry.objects.order_by("-position").first().delete()
    assert list(audit.broken_links()) == [-1]


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        audit.record(actor=SYSTEM, verb="count", subject="test:1", now=NOW, after={"grade": 0.5})
