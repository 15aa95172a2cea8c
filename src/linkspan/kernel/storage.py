"""Private documents, encrypted at rest with a key made at setup (Fernet: AES-128-CBC with HMAC-SHA-256)."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from linkspan.kernel.errors import NotFound, Unusable

LARGEST_DOCUMENT = 10 * 1024 * 1024


def document_key() -> str:
    """The key of this installation's documents; made at the first use."""
    return str(settings.DOCUMENT_KEY)


def _fernet() -> MultiFernet:
    """Encrypts with the newest key, and opens with any that still counts."""
    return MultiFernet([Fernet(str(key)) for key in (document_key(), *settings.EARLIER_DOCUMENT_KEYS)])


def _place(sha256: str) -> Path:
    return Path(settings.DOCUMENT_ROOT) / sha256[:2] / sha256


def keep(content: bytes, *, largest: int = LARGEST_DOCUMENT) -> str:
    """Store a document and return the SHA-256 of its content, by which it is read; Unusable if empty or too large."""
    if not content:
        raise Unusable("document_empty", "The file is empty. Choose a file with content.")
    if len(content) > largest:
        raise Unusable(
            "document_too_large", "The file is larger than {most} MB. Send a smaller one.", most=largest >> 20
        )
    sha256 = hashlib.sha256(content).hexdigest()
    place = _place(sha256)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(place, _fernet().encrypt(content))
    return sha256


def _write(place: Path, content: bytes) -> None:
    partial = place.with_suffix(f".{os.urandom(4).hex()}.part")
    partial.write_bytes(content)
    partial.replace(place)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """What removes a document and what encrypts it anew wait for each other: a removed one does not come back."""
    with (Path(settings.DOCUMENT_ROOT) / "changing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def renew(sha256: str) -> bool:
    """Encrypt a document with the newest key; False if it was, or is gone. InvalidToken if no key opens it."""
    place = _place(sha256)
    with _one_at_a_time():
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            return False
        if _is_under_the_newest(content):
            return False
        _write(place, _fernet().rotate(content))
    return True


def _is_under_the_newest(content: bytes) -> bool:
    try:
        Fernet(document_key()).decrypt(content)
    except InvalidToken:
        return False
    return True


def kept() -> Iterator[str]:
    """The hashes of all documents that are stored."""
    for place in Path(settings.DOCUMENT_ROOT).glob("??/*"):
        if len(place.name) == 64:
            yield place.name


def is_kept(sha256: str) -> bool:
    """Whether there is a document with that hash."""
    return len(sha256) == 64 and sha256.isalnum() and _place(sha256).exists()


def remove(sha256: str) -> None:
    """Remove a document that nothing names any longer; one that is gone is removed already."""
    if is_kept(sha256):
        with _one_at_a_time():
            _place(sha256).unlink(missing_ok=True)


def read(sha256: str) -> bytes:
    """The document with that hash; NotFound if there is none."""
    if not is_kept(sha256):
        raise NotFound("document_unknown", "There is no such document.")
    return _fernet().decrypt(_place(sha256).read_bytes())


def sealed(secret: str) -> str:
    """A short secret for a column of a table, encrypted with the key of the documents."""
    return _fernet().encrypt(secret.encode()).decode()


def renewed(content: str) -> str:
    """A secret that was `sealed`, sealed with the newest key; as it is if it was. InvalidToken if no key opens it."""
    return content if _is_under_the_newest(content.encode()) else _fernet().rotate(content.encode()).decode()


def opened(content: str) -> str:
    """The secret that was `sealed`."""
    return _fernet().decrypt(content.encode()).decode()
