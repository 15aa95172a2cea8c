"""Archives that somebody brings, unpacked inside of a folder and within limits; called in a bounded child."""

import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from linkspan.kernel.errors import Unusable


@dataclass(frozen=True, slots=True)
class Limits:
    """How many files, and how many bytes in all, an archive may hold."""

    files: int
    size: int


def extract(archive: Path, into: Path, limits: Limits) -> None:
    """Unpack a .tar.gz or .zip; Unusable if it is broken, unsafe or too large."""
    try:
        if zipfile.is_zipfile(archive):
            _zip(archive, into, limits)
        else:
            _tar(archive, into, limits)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error, ValueError) as error:
        raise Unusable(
            "archive_broken", "{name} is not a readable archive: {error}", name=archive.name, error=error
        ) from error
    except (NotImplementedError, RuntimeError) as error:  # packed in a way of its own, or with a password
        raise Unusable(
            "archive_broken", "{name} cannot be unpacked here: {error}", name=archive.name, error=error
        ) from error


def _tar(archive: Path, into: Path, limits: Limits) -> None:
    files = size = 0
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            files, size = files + 1, size + member.size
            _check(files, size, limits)
            tar.extract(member, into, filter="data")


def _zip(archive: Path, into: Path, limits: Limits) -> None:
    """Check the sizes first; zipfile gives no byte more than they say, and keeps each name inside of `into`."""
    with zipfile.ZipFile(archive) as held:
        members = held.infolist()
        _check(len(members), sum(member.file_size for member in members), limits)
        held.extractall(into, members)


def _check(files: int, size: int, limits: Limits) -> None:
    if files > limits.files or size > limits.size:
        told = f"{limits.files:,} files or {limits.size // 2**20} MB"
        raise Unusable("archive_too_large", "The archive holds more than {told}.", told=told)
