"""Large tables in parts, on PostgreSQL: made from a table as it stands, continued by the clock, dropped by retention.

No row is copied: the table as it was becomes the first part, to the end of the present month, and later parts are
made ahead of time. What no part is meant for goes to the rest. Where a key of the table does not contain the column by
which it is parted, PostgreSQL cannot hold it over all parts: it then holds in each (ADR 0051). Elsewhere, and as long
as nobody asked for it, a table is one table.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, models, transaction

from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.keeping import PartedBy
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.outbox.letters import may_operate
from linkspan.kernel.parts import Range, bounds_in, first_id, made_at, month_of, months, next_month, stretches
from linkspan.kernel.retention import Kind, kinds
from linkspan.kernel.tables import Table, add_part, become_part, fetch_all, has_within, newest_of, run, take_shape

CLOCK = system_actor("partitions")
FIRST, REST = "first", "rest"
#: Longer than this nobody waits for a table, and nobody has to wait behind who waits: it is tried again.
PATIENCE = "5s"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a table: what it holds, about how many rows that are, and its size in bytes."""

    name: str
    holds: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A table that may be parted, and its parts; none while it is one table."""

    table: str
    column: str
    parts: tuple[Part, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def parted_models() -> tuple[type[models.Model], ...]:
    """Those that may be parted; what others refer to comes before them."""
    found = [model for model in apps.get_models() if "PARTED_BY" in vars(model)]
    return tuple(sorted(found, key=lambda model: (bool(_refers_to(model)), model._meta.db_table)))


def partitions(actor: Actor) -> tuple[Standing, ...]:
    """Each such table with its parts, for operators."""
    permit(may_operate(actor), "see the parts of tables")
    found = []
    for model in parted_models():
        name = model._meta.db_table
        model._default_manager.exists()  # where there are no tables, that is an error
        parts = _parts(Table(name)) if connection.vendor == "postgresql" else ()
        found.append(Standing(name, _parted_by(model).column, parts))
    return tuple(found)


def make_partitions(*, actor: Actor, tables: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """Part these tables, or all that may be, if none is named; returns those that were not parted before.

    Each in a transaction of its own that locks it: whoever writes to it waits meanwhile.
    """
    permit(may_operate(actor), "part tables")
    known = {model._meta.db_table: model for model in parted_models()}
    if unknown := sorted(set(tables) - known.keys()):
        raise Unusable(
            "table_not_parted",
            "{table} is no table that may be parted. Those are {known}.",
            table=unknown[0],
            known=", ".join(known),
        )
    if connection.vendor != "postgresql":
        raise Refused("partitions_need_server", "Tables are parted on PostgreSQL, and this database is a file.")
    chosen = [model for name, model in known.items() if not tables or name in tables]
    return tuple(model._meta.db_table for model in chosen if _part(actor, model, now))


def keep_partitions(now: datetime) -> None:
    """Make the parts of the months to come, and drop those of which everything was kept long enough."""
    if connection.vendor != "postgresql":
        return
    for model in parted_models():
        if Table(model._meta.db_table).is_parted():
            _make_ahead(model, now)
    for kind in kinds():
        if "PARTED_BY" in vars(kind.model) and Table(kind.model._meta.db_table).is_parted():
            _drop_due(kind, now)


def _parted_by(model: type[models.Model]) -> PartedBy:
    parted: PartedBy = vars(model)["PARTED_BY"]
    return parted


def _refers_to(model: type[models.Model]) -> list[type[models.Model]]:
    return [field.related_model for field in model._meta.fields if field.is_relation and field.related_model]


def _parts(table: Table) -> tuple[Part, ...]:
    rows = fetch_all(
        "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), greatest(c.reltuples, 0)::bigint, "
        "pg_total_relation_size(c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname",
        str(table),
    )
    return tuple(Part(*row) for row in rows)


@transaction.atomic
def _part(actor: Actor, model: type[models.Model], now: datetime) -> bool:
    """Make the table the first part of a new one of its name; False if it is parted already."""
    one_at_a_time("partitions")
    table, by = Table(model._meta.db_table), _parted_by(model)
    if table.is_parted():
        return False
    audit.record(
        actor=actor, verb="part_table", subject=f"kernel.table:{table.name}", now=now, institution=audit.PLATFORM
    )
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    try:
        run(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    except OperationalError as error:
        raise Refused("table_busy", "{table} is in use. Try again when less is done.", table=table.name) from error
    newest, shape = _newest(table, by, now), table.shape()
    first = become_part(table, shape, by.column, f"{table.name}_{FIRST}")
    keys, ends = first.own_keys(), _end_of_first(newest, by, now)
    run(f"ALTER TABLE {table} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO ('{ends}')")
    take_shape(table, shape, by.column, newest + 1 if by.numbers else 0)
    local = tuple(key for key in keys if by.column not in key.columns)
    add_part(table, Table(f"{table.name}_{REST}"), "DEFAULT", local)
    _make_parts(table, by, now)
    return True


def _newest(table: Table, by: PartedBy, now: datetime) -> Any:
    """The greatest value by which the table is parted; before there is any, the least that will be."""
    newest = newest_of(table, by.column)
    return newest if newest is not None else (0 if by.numbers else first_id(now))


def _end_of_first(newest: Any, by: PartedBy, now: datetime) -> str:
    if by.numbers:
        return str((newest // by.numbers + 1) * by.numbers)
    return str(first_id(next_month(month_of(max(made_at(newest), now)))))


@transaction.atomic
def _make_ahead(model: type[models.Model], now: datetime) -> None:
    one_at_a_time("partitions")
    run(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    _make_parts(Table(model._meta.db_table), _parted_by(model), now)


def _make_parts(table: Table, by: PartedBy, now: datetime) -> None:
    """Make the parts that are missing; a range of which something lies in the rest stays there."""
    rest = Table(f"{table.name}_{REST}")
    keys = rest.own_keys()
    for wanted in _wanted(table, by, now):
        part = Table(f"{table.name}_{wanted.name}")
        if not part.is_there() and not has_within(rest, by.column, wanted.start, wanted.end):
            add_part(table, part, f"FOR VALUES FROM ('{wanted.start}') TO ('{wanted.end}')", keys)


def _wanted(table: Table, by: PartedBy, now: datetime) -> Iterator[Range]:
    """The ranges of now and of some time ahead, after the first part."""
    first = dict(table.parts()).get(f"{table.name}_{FIRST}")
    if by.numbers:
        least = int(bounds_in(first)[1]) if first else 0
        return (one for one in stretches(_newest(table, by, now), by.numbers) if int(one.start) >= least)
    ends = bounds_in(first)[1] if first else ""
    return (one for one in months(now) if one.start >= ends)


def _drop_due(kind: Kind, now: datetime) -> None:
    """Drop the parts of which every row is due to go, with the parts of those who refer to it."""
    table = Table(kind.model._meta.db_table)
    old = str(first_id(now - timedelta(days=kind.days)))
    for name, holds in table.parts():
        start, end = bounds_in(holds)
        if end and end <= old:
            _drop_if_due(kind, Table(name), holds, {"pk__lt": end, **({"pk__gte": start} if start else {})}, now)


@transaction.atomic
def _drop_if_due(kind: Kind, part: Table, holds: str, within: dict[str, str], now: datetime) -> None:
    one_at_a_time("partitions", f"retention {kind.code}")
    rows = kind.model._default_manager.filter(**within).count()
    if kind.due(now).filter(**within).count() != rows:
        return
    run(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    for model in reversed(parted_models()):
        whole = Table(model._meta.db_table)
        if model is kind.model or kind.model in _refers_to(model):
            for name in [name for name, bound in whole.parts() if bound == holds]:
                run(f"ALTER TABLE {whole} DETACH PARTITION {Table(name)}")
                run(f"DROP TABLE {Table(name)}")
    after: dict[str, Any] = {"removed": rows, "days": kind.days, "part": part.name}
    subject = f"kernel.retention:{kind.code}"
    audit.record(actor=CLOCK, verb="apply_retention", subject=subject, now=now, after=after, institution=audit.PLATFORM)
