"""Private documents, encrypted at rest with a key made at setup (Fernet: AES-128-CBC with HMAC-SHA-256)."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from linkspan.kernel import shelves
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.locks import alone

LARGEST_DOCUMENT = 10 * 1024 * 1024


def document_key() -> str:
    """The key of this installation's documents; made at the first use."""
    return str(settings.DOCUMENT_KEY)


def document_keys() -> tuple[str, ...]:
    """The key of now, then those before it that still count: what was made with one is known by it."""
    return (document_key(), *map(str, settings.EARLIER_DOCUMENT_KEYS))


def _fernet() -> MultiFernet:
    """Encrypts with the newest key, and opens with any that still counts."""
    return MultiFernet([Fernet(key) for key in document_keys()])


def _name(sha256: str) -> str:
    """Where a document lies on its shelf; in a bucket, beside the courses."""
    return f"{_folder()}{sha256[:2]}/{sha256}"


def _folder() -> str:
    return "documents/" if is_shared() else ""


def is_shared() -> bool:
    """Whether several machines have one store."""
    return bool(settings.STORE_URL)


def keep(content: bytes, *, largest: int = LARGEST_DOCUMENT) -> str:
    """Store a document and return the SHA-256 of its content, by which it is read; Unusable if empty or too large."""
    if not content:
        raise Unusable("document_empty", "The file is empty. Choose a file with content.")
    if len(content) > largest:
        raise Unusable(
            "document_too_large", "The file is larger than {most} MB. Send a smaller one.", most=largest >> 20
        )
    sha256 = hashlib.sha256(content).hexdigest()
    shelf, name = shelves.shelf(), _name(sha256)
    if not shelf.has(name):
        shelf.write(name, _fernet().encrypt(content))
    return sha256


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """What removes a document and what encrypts it anew wait for each other: a removed one does not come back."""
    root = Path(settings.DOCUMENT_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with (root / "changing.lock").open("w") as lock, alone("linkspan.documents") if is_shared() else nullcontext():
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def renew(sha256: str) -> bool:
    """Encrypt a document with the newest key; False if it was, or is gone. InvalidToken if no key opens it."""
    shelf, name = shelves.shelf(), _name(sha256)
    with _one_at_a_time():
        content = shelf.read(name)
        if content is None or _is_under_the_newest(content):
            return False
        shelf.write(name, _fernet().rotate(content))
    return True


def _is_under_the_newest(content: bytes) -> bool:
    try:
        Fernet(document_key()).decrypt(content)
    except InvalidToken:
        return False
    return True


def kept() -> Iterator[str]:
    """The hashes of all documents that are stored."""
    for name in shelves.shelf().names(_folder()):
        sha256 = name.rpartition("/")[2]
        if len(sha256) == 64:
            yield sha256


def is_kept(sha256: str) -> bool:
    """Whether there is a document with that hash."""
    return _is_hash(sha256) and shelves.shelf().has(_name(sha256))


def remove(sha256: str) -> None:
    """Remove a document that nothing names any longer; one that is gone is removed already."""
    if is_kept(sha256):
        with _one_at_a_time():
            shelves.shelf().remove(_name(sha256))


def read(sha256: str) -> bytes:
    """The document with that hash; NotFound if there is none."""
    content = shelves.shelf().read(_name(sha256)) if _is_hash(sha256) else None
    if content is None:
        raise NotFound("document_unknown", "There is no such document.")
    return _fernet().decrypt(content)


def _is_hash(sha256: str) -> bool:
    return len(sha256) == 64 and sha256.isalnum()


def share(name: str, content: bytes) -> None:
    """Put a file into the store that several machines have, under its own name, encrypted like a document."""
    shelves.shelf().write(name, _fernet().encrypt(content))


def shared(name: str) -> bytes | None:
    """The file of that name in the store that several machines have; None if there is none, or no such store."""
    content = shelves.shelf().read(name) if is_shared() else None
    return None if content is None else _fernet().decrypt(content)


def bring(folder: Path) -> None:
    """Copy every document of the shared store, encrypted as it is, as a home would have it: for a backup."""
    shelf, target = shelves.shelf(), shelves.Folder(folder)
    for sha256 in kept():
        content = shelf.read(_name(sha256))
        if content is not None:
            target.write(f"{sha256[:2]}/{sha256}", content)


def take(folder: Path) -> None:
    """Put every document of a home into the shared store, as a backup brought it."""
    shelf, source = shelves.shelf(), shelves.Folder(folder)
    for name in source.names(""):
        content = source.read(name)
        if content is not None and not shelf.has(f"{_folder()}{name}"):
            shelf.write(f"{_folder()}{name}", content)


def sealed(secret: str) -> str:
    """A short secret for a column of a table, encrypted with the key of the documents."""
    return _fernet().encrypt(secret.encode()).decode()


def renewed(content: str) -> str:
    """A secret that was `sealed`, sealed with the newest key; as it is if it was. InvalidToken if no key opens it."""
    return content if _is_under_the_newest(content.encode()) else _fernet().rotate(content.encode()).decode()


def opened(content: str) -> str:
    """The secret that was `sealed`."""
    return _fernet().decrypt(content.encode()).decode()
