"""Large tables in parts: made from what is there, continued by the clock, dropped by retention, whole for the trail."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from tests.factories.people import NOW, SYSTEM, person

from linkspan.kernel import audit
from linkspan.kernel.audit import broken_links
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import OutboxDelivery, OutboxMessage, TrailEntry
from linkspan.kernel.partitions import keep_partitions, make_partitions, parted_models, partitions
from linkspan.kernel.parts import bounds_in, first_id, made_at, month_of, months, next_month, stretches
from linkspan.kernel.tables import Table
from linkspan.site.command import main

DAY = datetime(2026, 12, 30, 12, tzinfo=UTC)
server = pytest.mark.skipif(connection.vendor != "postgresql", reason="tables are parted on PostgreSQL")


def test_months_follow_one_another_over_the_turn_of_a_year() -> None:
    found = months(DAY)
    assert [one.name for one in found] == ["2026_12", "2027_01", "2027_02"]
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]
    assert next_month(month_of(DAY)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert made_at(first_id(DAY)) == DAY and found[0].start < str(first_id(DAY)) < found[0].end
    assert [(one.start, one.end) for one in stretches(25, 10)] == [("20", "30"), ("30", "40"), ("40", "50")]


@pytest.mark.parametrize(
    "holds, bounds",
    [
        ("FOR VALUES FROM (MINVALUE) TO ('5')", ("", "5")),
        ("FOR VALUES FROM ('5') TO ('10')", ("5", "10")),
        ("DEFAULT", ("", "")),
    ],
)
def test_bounds_are_read_as_the_server_writes_them(holds, bounds) -> None:
    assert bounds_in(holds) == bounds


def test_a_table_that_may_be_parted_has_no_key_that_would_be_lost() -> None:
    """Keys without the column hold in each part alone, so each of them is named here with what holds it beside."""
    without = set()
    for model in parted_models():
        column = model._meta.get_field(vars(model)["PARTED_BY"].column.removesuffix("_id") or "id").name
        rules = [one.fields for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)]
        rules += [[one.name] for one in model._meta.fields if one.unique]
        without |= {(model._meta.db_table, *fields) for fields in map(tuple, rules) if column not in fields}
    # The chain: an entry is written under the lock of its head, and `trail verify` finds what is twice. Ids are random.
    assert without == {
        ("kernel_trail_entry", "institution", "number"),
        ("kernel_trail_entry", "sha256"),
        ("kernel_outbox_delivery", "id"),
    }
    for model in parted_models():
        referring = {one.related_model for one in model._meta.related_objects}
        assert referring <= set(parted_models()), "who refers to a part keeps it from being dropped"


@pytest.mark.django_db
def test_operators_alone_part_tables_and_a_file_is_refused(capsys) -> None:
    for actor in (person("Nobody"), person("Registrar", ("registrar", "MITx"))):
        for act in (partitions, lambda who: make_partitions(actor=who, tables=(), now=NOW)):
            with pytest.raises(NotPermitted):
                act(actor)
    with pytest.raises(Unusable):
        make_partitions(actor=SYSTEM, tables=("accounts_user",), now=NOW)
    if connection.vendor == "sqlite":
        with pytest.raises(Refused):
            make_partitions(actor=SYSTEM, tables=(), now=NOW)
        keep_partitions(NOW)
    assert main(["partitions", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["table"] for one in told["tables"]} == {model._meta.db_table for model in parted_models()}


def entries(number: int) -> None:
    for n in range(number):
        audit.record(actor=SYSTEM, verb="try", subject=f"x:{n}", now=NOW, after={"n": n})


def message(**told) -> OutboxMessage:
    row = OutboxMessage.objects.create(event="x.Y", payload={}, **{"at": NOW, **told})
    done = {"state": "done", "delivered_at": NOW, "due": NOW}
    OutboxDelivery.objects.create(message=row, subscriber="x.on_y", **done)
    return row


@server
@pytest.mark.django_db
def test_every_table_is_parted_with_what_it_holds_and_what_holds_of_it() -> None:
    entries(3)
    old = message()
    made = make_partitions(actor=SYSTEM, tables=(), now=real_now())
    assert made == tuple(model._meta.db_table for model in parted_models())
    assert make_partitions(actor=SYSTEM, tables=(), now=real_now()) == ()
    entries(2)
    new = message()
    assert list(broken_links()) == [] and TrailEntry.objects.filter(verb="try").count() == 5
    assert set(OutboxDelivery.objects.values_list("message_id", flat=True)) >= {old.id, new.id}
    for model in parted_models():
        ends = {part.name.removeprefix(model._meta.db_table) for part in named(model)}
        assert {"_first", "_rest"} < ends and len(ends) in (4, 5)
    again = TrailEntry.objects.latest("position")
    again.pk = None
    for wrong in (
        lambda: again.save(force_insert=True),
        lambda: OutboxMessage.objects.create(id=old.id, event="x.Y", payload={}, at=NOW),
        lambda: OutboxDelivery.objects.create(message=new, subscriber="x.on_y", due=NOW),
        lambda: OutboxDelivery.objects.create(message=new, subscriber="other", due=NOW, state="no such state"),
        lambda: _refer_to_nothing(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
    OutboxMessage.objects.filter(id=old.id).delete()
    assert not OutboxDelivery.objects.filter(message_id=old.id).exists()


def _refer_to_nothing() -> None:
    OutboxDelivery.objects.create(message_id=new_id(), subscriber="x", due=NOW)
    connection.check_constraints()


def named(model: type[models.Model]) -> tuple:
    return next(one.parts for one in partitions(SYSTEM) if one.table == model._meta.db_table)


@server
@pytest.mark.django_db
def test_the_clock_makes_later_parts_and_retention_drops_what_is_due_whole(settings) -> None:
    settings.RETENTION = {"deliveries": 7}
    gone = [message().id for _ in range(3)]
    make_partitions(actor=SYSTEM, tables=(), now=real_now())
    later = next_month(next_month(month_of(real_now())))
    keep_partitions(later + timedelta(days=20))
    names = [part.name for part in named(OutboxMessage)]
    assert f"kernel_outbox_message_{next_month(next_month(later)):%Y_%m}" in names
    assert "kernel_outbox_message_first" not in names and not Table("kernel_outbox_message_first").is_there()
    assert not OutboxMessage.objects.filter(id__in=gone).exists()
    assert not OutboxDelivery.objects.filter(message_id__in=gone).exists()
    kept = TrailEntry.objects.filter(verb="apply_retention").latest("position").after
    assert kept["part"] == "kernel_outbox_message_first" and kept["removed"] >= 3
    assert list(broken_links()) == []


@server
@pytest.mark.deliveries_fail
@pytest.mark.django_db
def test_a_part_with_something_to_do_stays_whole() -> None:
    waits = message()
    OutboxDelivery.objects.filter(message=waits).update(state="dead", delivered_at=None)
    make_partitions(actor=SYSTEM, tables=(), now=real_now())
    keep_partitions(real_now() + timedelta(days=500))
    assert OutboxMessage.objects.filter(id=waits.id).exists()


@server
@pytest.mark.django_db
def test_what_came_while_no_clock_ran_stays_in_the_rest() -> None:
    make_partitions(actor=SYSTEM, tables=("kernel_outbox_message",), now=real_now())
    far = real_now() + timedelta(days=400)
    row = OutboxMessage.objects.create(id=first_id(far + timedelta(seconds=1)), event="x.Y", payload={}, at=NOW)
    keep_partitions(far)
    names = [part.name for part in named(OutboxMessage)]
    assert f"kernel_outbox_message_{far:%Y_%m}" not in names
    assert f"kernel_outbox_message_{next_month(month_of(far)):%Y_%m}" in names
    assert OutboxMessage.objects.get(id=row.id) == row
