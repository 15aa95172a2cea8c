"""What is held about a person, found from the tables themselves: a new table cannot be forgotten.

A row is about a person where a field of `PERSON` names them, or where it belongs to such a row by a foreign key. Its
model says what is kept back: `WITHHELD` maps a field to the field that is set when it may be told, or to "" for never
(content of an exam, words of a reader, a letter written in confidence). `FILE` names the field of a person's own file.
`AT_DELETION` says what becomes of its rows when the account is deleted; rows of libraries go with it. `AT_MERGE` says
what becomes of them when the account is joined with another one of the same person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Q

from linkspan.kernel.aliases import old_ids
from linkspan.kernel.fates import GONE, AtDeletion
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.merges import BY_HAND, AtMerge

PERSON = ("learner_id", "recipient_id", "applicant_id", "actor_id")
OF_LIBRARIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "account.EmailAddress": ("An e-mail address, and whether it is confirmed.", ("email", "verified", "primary")),
    "account.EmailConfirmation": ("A mail that asked to confirm an address.", ("created", "sent")),
    "mfa.Authenticator": ("A second factor or passkey.", ("type", "created_at", "last_used_at")),
    "socialaccount.SocialAccount": (
        "A sign-in by an institution, with what it said of the person.",
        ("provider", "uid", "last_login", "date_joined", "extra_data"),
    ),
    "socialaccount.SocialToken": ("Access that an institution gave at sign-in.", ("expires_at",)),
}
"""What rows of the tables of libraries are, and the fields that are told: the others are keys of theirs."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with rows about people: domain, name, what a row is, the way to its person, what becomes of it.

    That is, when the account is deleted, and when it is joined with another one.
    """

    domain: str
    name: str
    about: str
    way: str
    model: type[models.Model]
    at_deletion: AtDeletion
    at_merge: AtMerge


@dataclass(frozen=True, slots=True)
class Row:
    """One row about a person as JSON, without what is kept back, and the hash of the file that they gave with it."""

    values: Mapping[str, Any]
    withheld: tuple[str, ...]
    file_sha256: str


@cache
def tables() -> tuple[Table, ...]:
    """Every table with rows about people, by domain and name."""
    ways: dict[type[models.Model], str] = {}
    known = [model for model in apps.get_models() if _ours(model) or model._meta.label in OF_LIBRARIES]
    while found := {model: way for model in known if model not in ways and (way := _way(model, ways))}:
        ways |= found
    rows = (
        Table(
            model._meta.app_label,
            model._meta.db_table,
            _about(model),
            way,
            model,
            _at_deletion(model),
            _at_merge(model),
        )
        for model, way in ways.items()
    )
    return tuple(sorted(rows, key=lambda table: (table.domain, table.name)))


def counts_of(person_id: UUID) -> dict[str, int]:
    """How many rows each domain holds about a person; domains with none are left out."""
    found: dict[str, int] = {}
    for table, number in counted(person_id):
        found[table.domain] = found.get(table.domain, 0) + number
    return found


def counted(person_id: UUID) -> tuple[tuple[Table, int], ...]:
    """How many rows each table holds about a person; tables with none are left out."""
    numbers = ((table, rows_about(table, person_id).count()) for table in tables())
    return tuple((table, number) for table, number in numbers if number)


def rows_of(table: Table, person_id: UUID) -> Iterator[Row]:
    """The rows of a table about a person, oldest first where ids follow time."""
    for row in rows_about(table, person_id).order_by("pk").iterator(1000):
        yield _told(row)


def _ours(model: type[models.Model]) -> bool:
    return model.__module__.startswith("linkspan.")


def _about(model: type[models.Model]) -> str:
    of_library = OF_LIBRARIES.get(model._meta.label)
    return of_library[0] if of_library else (model.__doc__ or "").splitlines()[0]


def _at_deletion(model: type[models.Model]) -> AtDeletion:
    """What the table says; KeyError if it says nothing."""
    found: AtDeletion = GONE if model._meta.label in OF_LIBRARIES else vars(model)["AT_DELETION"]
    return found


def _at_merge(model: type[models.Model]) -> AtMerge:
    """What the table says; KeyError if it says nothing."""
    found: AtMerge = BY_HAND if model._meta.label in OF_LIBRARIES else vars(model)["AT_MERGE"]
    return found


def _way(model: type[models.Model], ways: Mapping[type[models.Model], str]) -> str:
    """The path from a row to the id of its person; empty if the table is about nobody, as far as `ways` tell."""
    if model._meta.label == "accounts.User":
        return "pk"
    fields = {field.name: field for field in model._meta.concrete_fields}
    if named := next((name for name in PERSON if name in fields), None):
        return named
    owners = ((name, ways.get(owner)) for name, field in fields.items() if (owner := _owner(field)))
    return next((f"{name}__{way}" for name, way in owners if way), "")


def _owner(field: "models.Field[Any, Any]") -> type[models.Model] | None:
    return field.related_model if isinstance(field, models.ForeignKey) else None


def rows_about(table: Table, person_id: UUID) -> "models.QuerySet[models.Model]":
    """The rows of a table about a person, with those under old ids of theirs."""
    theirs = Q(**{table.way: person_id}) | Q(**{f"{table.way}__in": old_ids(person_id)})
    return table.model._default_manager.filter(theirs)


def _told(row: models.Model) -> Row:
    kept_back = getattr(row, "WITHHELD", {})
    withheld = tuple(sorted(name for name, until in kept_back.items() if not (until and _at(row, until))))
    of_library = OF_LIBRARIES.get(row._meta.label)
    names = of_library[1] if of_library else tuple(field.attname for field in row._meta.concrete_fields)
    told = {name: _value(getattr(row, name)) for name in names if not (name in withheld or _secret(name))}
    file = "" if _file(row) in withheld else str(getattr(row, _file(row), "") or "")
    return Row(told, withheld, file)


def _file(row: models.Model) -> str:
    return str(getattr(row, "FILE", "document_sha256"))


def _at(row: models.Model, path: str) -> Any:
    value: Any = row
    for name in path.split("__"):
        value = getattr(value, name)
    return value


def _secret(name: str) -> bool:
    """Passwords, keys, and hashes of one-time codes, which could be guessed from their hash."""
    return name in ("password", "secret", "token", "code_sha256", "digits_sha256", "token_sha256", "nonce_sha256")


def _value(value: Any) -> Any:
    if isinstance(value, float):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Mapping):
        return {str(key): _value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_value(inner) for inner in value]
    return jsonable(value)
