"""The one chain of before is written anew once, in the platform's chain; what was wrong with it is said there."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tests.factories.people import NOW

from linkspan.kernel import audit

pytestmark = pytest.mark.django_db(transaction=True)
migration = import_module("linkspan.kernel.migrations.0007_trail_chains")


def move(*names: tuple[str, str]):
    executor = MigrationExecutor(connection)
    executor.migrate(list(names))
    return MigrationExecutor(connection).loader.project_state(list(names)).apps


@pytest.fixture
def old():
    yield move(("kernel", "0006_lane_of_signing"))
    move(*MigrationExecutor(connection).loader.graph.leaf_nodes())


def fill(old, entries: int) -> None:
    previous = audit.GENESIS
    for number in range(entries):
        row = old.get_model("kernel", "TrailEntry")(
            at=NOW, actor_name="Ada", verb="count", subject="test:1", after={"number": number}, previous_sha256=previous
        )
        row.sha256 = previous = migration.old_digest(row)
        row.save()
    old.get_model("kernel", "TrailHead").objects.create(id=1, sha256=previous)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_chain_of_before_is_rebuilt(old, wrong) -> None:
    fill(old, 1203)
    if wrong:
        first = old.get_model("kernel", "TrailEntry").objects.order_by("position").first()
        old.get_model("kernel", "TrailEntry").objects.filter(position=first.position).update(why="Another.")
    head = old.get_model("kernel", "TrailHead").objects.get().sha256
    move(("kernel", "0007_trail_chains"))
    assert list(audit.broken_links()) == []
    assert [e.after["number"] for e in audit.trail_of("test:1")] == list(range(1203))
    (told,) = audit.newest_entries(1)
    assert told.verb == "rebuild_trail" and told.after == {"entries": 1203}
    assert told.before == {"head": head, "broken": [1] if wrong else [], "cut": False}


def test_nothing_is_rebuilt_where_nothing_was(old) -> None:
    move(("kernel", "0007_trail_chains"))
    assert audit.newest_entries(1) == () and list(audit.broken_links()) == []
