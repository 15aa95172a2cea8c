"""Where files lie: a folder of this machine, or a bucket of an object store that several machines share.

A store of the installation's own is as near as its database: it is asked inside of transactions too, since what a row
names has to be there before the row is. So its time is short, and what it says of itself becomes one plain sentence.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from linkspan.kernel.bucket_address import bucket_options
from linkspan.kernel.errors import Busy

#: How long the store may take to be reached, and then be silent.
CONNECT_SECONDS, SECONDS = 2, 10


class Shelf(Protocol):
    """Files by name, such as `ab/abcd`: written whole or not at all."""

    def read(self, name: str) -> bytes | None:
        """The file; None if there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Put it there, in place of what was there."""

    def has(self, name: str) -> bool:
        """Whether it is there."""

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""

    def names(self, folder: str) -> Iterator[str]:
        """The names of all files of a folder and below it, that folder's name left out."""


class Folder:
    """A shelf on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        """The file; None if there is none."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Put it there by another name first."""
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_suffix(f".{os.urandom(4).hex()}.part")
        partial.write_bytes(content)
        partial.replace(place)

    def has(self, name: str) -> bool:
        """Whether it is there."""
        return (self.root / name).exists()

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""
        (self.root / name).unlink(missing_ok=True)

    def names(self, folder: str) -> Iterator[str]:
        """The names of all files of a folder."""
        root = self.root / folder
        return (place.relative_to(root).as_posix() for place in root.glob("??/*"))


class Bucket:
    """A shelf in a bucket, by django-storages."""

    def __init__(self, options: dict[str, Any]) -> None:
        from botocore.config import Config
        from storages.backends.s3 import S3Storage

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=SECONDS,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=32,
            # As stores of others take it too: no name for each bucket, no sums beyond what S3 asks for.
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self._storage = S3Storage(client_config=config, file_overwrite=True, **options)

    def read(self, name: str) -> bytes | None:
        """The file; None if there is none."""
        with _said_plainly():
            try:
                with self._storage.open(name, "rb") as file:
                    return bytes(file.read())
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put it there; a bucket never shows half of it."""
        from django.core.files.base import ContentFile

        with _said_plainly():
            self._storage.save(name, ContentFile(content))

    def has(self, name: str) -> bool:
        """Whether it is there."""
        with _said_plainly():
            return bool(self._storage.exists(name))

    def remove(self, name: str) -> None:
        """Take it away, if it is there."""
        with _said_plainly():
            self._storage.delete(name)

    def names(self, folder: str) -> Iterator[str]:
        """The names of all files of a folder."""
        with _said_plainly():
            beneath = f"{self._storage.location}/{folder}".strip("/") + "/"
            for found in self._storage.bucket.objects.filter(Prefix=beneath):
                yield found.key.removeprefix(beneath)


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Busy where the store does not answer, or refuses us."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Busy(
            "store_silent",
            "The store of documents does not answer ({kind}). Try again in a minute.",
            kind=type(error).__name__,
        ) from error


def shelf() -> Shelf:
    """Where this installation keeps its documents."""
    return _bucket(settings.STORE_URL) if settings.STORE_URL else Folder(Path(settings.DOCUMENT_ROOT))


@cache
def _bucket(url: str) -> Bucket:
    return Bucket(bucket_options(url))
