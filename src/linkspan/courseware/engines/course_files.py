"""The files of courses, by hash: in a folder of this machine, and in the store that several machines share.

A course is read from a folder. Where machines share a store, the whole folder is one file there, and each machine
unpacks it when somebody first asks for the course.
"""

import io
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from gzip import GzipFile
from pathlib import Path
from typing import IO

from django.conf import settings

from linkspan.kernel import storage
from linkspan.kernel.errors import NotFound

#: Of an archive, before it goes to a file.
IN_MEMORY = 8 * 2**20


def keep_folder(folder: Path, sha256: str) -> None:
    """Keep a course's files, by their hash."""
    place = Path(settings.COURSE_ROOT) / sha256
    if not place.exists():
        _put(place, lambda partial: shutil.copytree(folder, partial, ignore=_links))
    if storage.is_shared():
        storage.share(_name(sha256), _packed(place))


def folder_of(sha256: str) -> Path:
    """The folder of a course's files on this machine, brought from the shared store if need be."""
    place = Path(settings.COURSE_ROOT) / sha256
    if not place.exists() and storage.is_shared():
        packed = storage.shared(_name(sha256))
        if packed is None:
            raise NotFound("course_files_missing", "The files of this course are not in the store.")
        _put(place, lambda partial: _unpack(packed, partial))
    return place


def _name(sha256: str) -> str:
    return f"courses/{sha256}"


def _put(place: Path, write: Callable[[Path], object]) -> None:
    """Write it beside its place first; of two who do that at once, one is as good as the other."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=place.parent))
    try:
        write(partial / "course")
        (partial / "course").rename(place)
    except OSError:
        if not place.exists():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _packed(folder: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        archive.add(folder, arcname=".")
    return made.getvalue()


def _unpack(packed: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        archive.extractall(folder, filter="data")


def archive_of(folder: Path) -> IO[bytes]:
    """Return a course as a .tar.gz, open at its beginning; the same files give the same bytes."""
    to: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever gets it closes it
    with GzipFile(filename="", fileobj=to, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for place in sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
            member = tarfile.TarInfo(f"course/{place.relative_to(folder).as_posix()}")
            member.size = place.stat().st_size
            with place.open("rb") as content:
                tar.addfile(member, content)
    to.seek(0)
    return to


def _links(folder: str, names: list[str]) -> list[str]:
    """What is only a link: it may lead out of the course, and belongs to no hash."""
    return [name for name in names if (Path(folder) / name).is_symlink()]
