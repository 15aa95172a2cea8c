"""Events arrive at least once, each subscriber by itself."""

from dataclasses import dataclass

import pytest
from tests.factories.people import NOW

from linkspan.kernel import outbox

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class KettleBoiled:
    kettle: str


@pytest.fixture
def heard():
    found: list[str] = []

    def hear(delivered: outbox.Delivered) -> None:
        found.append(delivered.payload["kettle"])

    def fail(delivered: outbox.Delivered) -> None:
        raise RuntimeError("no tea")

    outbox.subscribe("KettleBoiled", "test.hear", hear)
    outbox.subscribe("KettleBoiled", "test.fail", fail)
    yield found
    outbox._subscribers.pop("KettleBoiled")


def test_one_failing_subscriber_stops_no_other(heard) -> None:
    outbox.publish(KettleBoiled("blue"), now=NOW)
    outbox.drain(now=NOW)
    assert heard == ["blue"]
    assert outbox.backlog() == (0, 1)


def test_nothing_is_delivered_twice_after_success(heard) -> None:
    outbox.publish(KettleBoiled("red"), now=NOW)
    outbox.relay(now=NOW)
    outbox.relay(now=NOW)
    assert heard == ["red"]
