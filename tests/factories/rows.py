"""Rows of any table, filled with the plainest values that it takes, where only a few of them matter."""

from datetime import date
from typing import Any

from django.db import models
from tests.factories.people import NOW

from linkspan.kernel.ids import new_id

PLAIN: dict[type[models.Field], Any] = {
    models.CharField: "x",
    models.TextField: "x",
    models.JSONField: {},
    models.DateTimeField: NOW,
    models.DateField: date(2018, 10, 3),
    models.BooleanField: False,
    models.DecimalField: 1,
    models.IntegerField: 1,
}


def put[Row: models.Model](table: type[Row], **given: Any) -> Row:
    """A row with those values; what is asked for and not given is plain, and an id is a new one."""
    told = dict(given)
    for field in table._meta.concrete_fields:
        names = {field.name, field.attname}
        if names & set(told) or field.has_default() or field.null or field.blank or field.auto_created:
            continue
        if isinstance(field, models.UUIDField):
            told[field.name] = new_id()
        elif field.name == "currency":
            told[field.name] = "USD"
        elif not field.is_relation:
            told[field.name] = next(value for kind, value in PLAIN.items() if isinstance(field, kind))
    return table.objects.create(**told)
