"""A backup as one file that opens with a key which is not on this machine, in the format age (age-encryption.org/v1).

The file is read and written as a stream: neither its size nor that of a document in it is a matter of memory.
"""

import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

from linkspan.kernel.errors import Refused, Unusable

#: The file in the folder of a backup that is encrypted.
ENCRYPTED = "backup.tar.age"


def recipients_in(place: Path) -> list[Any]:
    """To whom backups are encrypted: a line each, of age (`age1...`) or of SSH; Unusable if one is neither, or none."""
    from pyrage import RecipientError, ssh, x25519

    found: list[Any] = []
    for number, line in _lines(place):
        try:
            found.append((ssh.Recipient if line.startswith("ssh-") else x25519.Recipient).from_str(line))
        except RecipientError as error:
            raise Unusable(
                "recipient_unusable",
                "{place}, line {number}: this is no public key of age or SSH.",
                place=str(place),
                number=number,
            ) from error
    if not found:
        raise Unusable("recipient_missing", "{place} names nobody to whom to encrypt.", place=str(place))
    return found


def identities_in(place: Path) -> list[Any]:
    """The keys that open backups: of age (`AGE-SECRET-KEY-...`), or one of SSH; Unusable if the file holds neither."""
    from pyrage import IdentityError, ssh, x25519

    try:
        whole = _text(place)
        if "PRIVATE KEY" in whole:
            return [ssh.Identity.from_buffer(whole.encode())]
        found: list[Any] = [x25519.Identity.from_str(line) for _number, line in _lines(place)]
    except IdentityError as error:
        raise Unusable("identity_unusable", "{place} holds no key of age or SSH.", place=str(place)) from error
    if not found:
        raise Unusable("identity_unusable", "{place} holds no key of age or SSH.", place=str(place))
    return found


def new_identity(place: Path) -> str:
    """Write a key that opens backups into a new file that its owner alone reads; the public key, to encrypt to."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refused("file_used", "{place} exists already. Choose another name.", place=str(place)) from error
    except OSError as error:
        raise _unwritable(place, error) from error
    with os.fdopen(descriptor, "w") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def encrypt(folder: Path, place: Path, recipients: Sequence[Any]) -> None:
    """Write all files of a folder into one encrypted file, which appears when it is whole."""
    from pyrage import encrypt_io

    partial = place.with_suffix(".part")
    try:
        with partial.open("xb") as target, _beside(lambda pipe: _pack(folder, pipe), "w") as source:
            encrypt_io(source, target, recipients)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)


def decrypt(place: Path, folder: Path, identities: Sequence[Any]) -> None:
    """Write what an encrypted backup holds into a folder; Unusable if none of the keys opens it, or it was changed."""
    from pyrage import DecryptError, decrypt_io

    try:
        with place.open("rb") as source, _beside(lambda pipe: _unpack(pipe, folder), "r") as target:
            decrypt_io(source, target, identities)
    except OSError as error:
        raise _unwritable(folder, error) from error
    except (DecryptError, tarfile.TarError) as error:
        raise Unusable(
            "backup_closed",
            "{place} does not open: no key that was named fits, or the file is not as it was written.",
            place=str(place),
        ) from error


@contextmanager
def _beside(work: Callable[[BinaryIO], None], side: str) -> Iterator[BinaryIO]:
    """The other end of a pipe at which `work` writes (`w`) or reads (`r`) in a thread of its own; its error is ours."""
    reads, writes = os.pipe()
    theirs, ours = (os.fdopen(writes, "wb"), os.fdopen(reads, "rb")) if side == "w" else (
        os.fdopen(reads, "rb"), os.fdopen(writes, "wb"))  # fmt: skip
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with theirs:
                work(theirs)
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that waits
            failed.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        with ours:
            yield ours
    except BaseException:
        thread.join()
        if failed:  # ours is then only that nobody was at the other end
            raise failed[0] from None
        raise
    thread.join()
    if failed:
        raise failed[0]


def _pack(folder: Path, pipe: BinaryIO) -> None:
    with tarfile.open(fileobj=pipe, mode="w|") as archive:
        archive.add(folder, arcname=".")


def _unpack(pipe: BinaryIO, folder: Path) -> None:
    with tarfile.open(fileobj=pipe, mode="r|") as archive:
        archive.extractall(folder, filter="data")
    while pipe.read(1 << 16):  # what stands behind the archive's end, so that who writes is not cut off
        pass


def _lines(place: Path) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    found = enumerate((line.strip() for line in _text(place).splitlines()), 1)
    return [(number, line) for number, line in found if line and not line.startswith("#")]


def _text(place: Path) -> str:
    try:
        return place.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable("keys_unreadable", "{place} cannot be read: {error}", place=str(place), error=error) from error


def _unwritable(place: Path, error: OSError) -> Unusable:
    return Unusable("file_unwritable", "{place} cannot be written: {error}", place=str(place), error=error)
