"""Secrets in columns: of one kind of field, so that each is found when the key that seals them changes."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import models

from linkspan.kernel import storage

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField  # its types are for the checker alone

AT_ONCE = 500


class SealedField(_Text):
    """A secret as `storage.sealed` writes it; `storage.opened` reads it."""

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """To the database and its migrations a text."""
        name, _, words, named = super().deconstruct()
        return name, "django.db.models.TextField", words, named


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every column that holds sealed secrets."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, SealedField):
                yield model, field.name


def renew(model: type[models.Model], name: str) -> tuple[int, int]:
    """Seal the secrets of a column with the newest key: how many were under another one, and how many no key opens.

    A secret that somebody changes meanwhile is left: it is under the newest key already.
    """
    changed = unreadable = 0
    for pk, held in model._default_manager.exclude(**{name: ""}).values_list("pk", name).iterator(AT_ONCE):
        try:
            new = storage.renewed(held)
        except InvalidToken:
            unreadable += 1
            continue
        if new != held:
            changed += model._default_manager.filter(pk=pk, **{name: held}).update(**{name: new})
    return changed, unreadable
