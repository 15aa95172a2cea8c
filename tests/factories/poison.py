"""A row that cannot be written, by a trigger of the database: the fault of one among many."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models


@contextmanager
def poisoned(model: type[models.Model], key: object, name: str = "pk", on: str = "UPDATE") -> Iterator[None]:
    """Until the end, the row with that key refuses every change, or to be made."""
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    value = field.get_db_prep_value(key, connection)
    told = {"table": model._meta.db_table, "column": f"{'NEW' if on == 'INSERT' else 'OLD'}.{field.column}"}
    table = told["table"]
    with connection.cursor() as cursor:
        for statement in POISON[connection.vendor]:
            cursor.execute(statement.format(on=on, value=value, **told))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER poison{'' if connection.vendor == 'sqlite' else f' ON {table}'}")


POISON = {
    "sqlite": (
        "CREATE TRIGGER poison BEFORE {on} ON {table} WHEN {column} = '{value}' "
        "BEGIN SELECT RAISE(ABORT, 'poisoned'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION poison() RETURNS trigger AS $$ BEGIN RAISE 'poisoned'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER poison BEFORE {on} ON {table} FOR EACH ROW WHEN ({column}::text = '{value}') "
        "EXECUTE FUNCTION poison()",
    ),
}
