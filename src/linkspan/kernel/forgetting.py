"""Take out what is held about a person, as each table says; their files go when nobody else's row names them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from uuid import UUID

from django.apps import apps
from django.db import models, transaction

from linkspan.kernel import storage
from linkspan.kernel.fates import Fate
from linkspan.kernel.held import rows_about, tables
from linkspan.kernel.models import IdempotencyKey


@transaction.atomic
def forget(person_id: UUID) -> Mapping[Fate, int]:
    """How many rows went, stayed, and stayed without what tells who it was. A file goes once this is committed."""
    done = Counter[Fate]()
    files: set[str] = set()
    for table in sorted(tables(), key=lambda table: -table.way.count("__")):
        rows, fate = rows_about(table, person_id), table.at_deletion.fate
        done[fate] += rows.count()
        if fate is Fate.GONE:
            files |= hashes_in(rows)
            rows.delete()
        elif fate is Fate.DETACHED:
            rows.update(**table.at_deletion.blank)
    IdempotencyKey.objects.filter(owner=str(person_id)).delete()
    drop_unnamed(files)
    return done


def drop_unnamed(files: set[str]) -> None:
    """Once this is committed, remove those of the files that no row names then."""
    if files:
        transaction.on_commit(partial(_drop, files))


def hashes_in(rows: "models.QuerySet[models.Model]", fields: Iterable[str] | None = None) -> set[str]:
    """What these fields of the rows hold, or all that may name a stored document."""
    fields = _hashes(rows.model) if fields is None else fields
    return {sha256 for field in fields for sha256 in rows.values_list(field, flat=True) if sha256}


def _hashes(model: type[models.Model]) -> tuple[str, ...]:
    """The fields of a table that may name a stored document."""
    names = (field.attname for field in model._meta.concrete_fields if isinstance(field, models.CharField))
    return tuple(name for name in names if name.endswith("sha256") or name in ("secret", "seed_document"))


def _drop(files: set[str]) -> None:
    """Remove those files that no row of any table names; hashes of other things are of no file."""
    stored = {sha256 for sha256 in files if storage.is_kept(sha256)}
    if not stored:
        return
    for model in apps.get_models():
        for field in _hashes(model):
            stored -= hashes_in(model._default_manager.filter(**{f"{field}__in": stored}), [field])
    for sha256 in stored:
        storage.remove(sha256)
