"""Keys of this installation, made once and kept in its private folder."""

import json
import os
import secrets as random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.utils.functional import lazy

from linkspan.kernel.clock import real_now

SECRETS = "secrets.json"
SEAL_YEARS = 10
#: What files that this process makes grant to nobody but their owner.
OTHERS = 0o077


def private_home(home: Path) -> Path:
    """The installation's folder; it and all that this process writes from now on are their owner's alone.

    A folder that was there is closed if it is an installation's, and left alone if it is somebody else's.
    """
    os.umask(OTHERS)
    home.mkdir(parents=True, exist_ok=True)
    if (home / SECRETS).exists() and home.stat().st_uid == os.geteuid():
        home.chmod(0o700)
    return home


def kept_secret(home: Path, name: str) -> str:
    """A secret of the installation as a text that is read, or made, when somebody first looks at it."""
    return lazy(lambda: str(load_or_make(home)[name]), str)()


class EarlierKeys(list[str]):
    """The keys that a secret was before, newest first. Django asks for a list; this one is read anew each time."""

    def __init__(self, home: Path, name: str) -> None:
        super().__init__()
        self._home, self._name = home, name

    def __iter__(self) -> Iterator[str]:
        return iter(_read(self._home).get("earlier", {}).get(self._name, ()))


def kept_seal(home: Path, name: str) -> str:
    """Where the seal lies, as a text; it is made when somebody first looks there."""
    return lazy(lambda: str(seal_or_make(home, name)), str)()


def load_or_make(home: Path) -> dict[str, Any]:
    """The installation's secrets; made at the first call, readable by the owner alone."""
    if kept := _read(home):
        return kept
    made = {"secret_key": new_secret(), "document_key": new_document_key()}
    return made if _keep(home / SECRETS, json.dumps(made)) else _read(home)


def begin_rotation(home: Path, names: Iterable[str]) -> list[str]:
    """Put new keys in the place of these, which stay as the earlier ones; returns what is to be encrypted anew.

    A rotation that was begun and not ended is gone on with, and makes no other keys.
    """
    kept = _read(home)
    if not kept.get("rotating"):
        made = {"secret_key": new_secret, "document_key": new_document_key}
        earlier = {**kept.get("earlier", {}), **{name: [kept[name]] for name in names}}
        kept = {**kept, **{name: made[name]() for name in names}, "earlier": earlier, "rotating": sorted(names)}
        _replace(home / SECRETS, json.dumps(kept))
    return list(kept["rotating"])


def end_rotation(home: Path) -> None:
    """Note that all is under the new keys."""
    kept = _read(home)
    kept.pop("rotating", None)
    _replace(home / SECRETS, json.dumps(kept))


def new_secret() -> str:
    """A key that signs."""
    return random.token_urlsafe(50)


def new_document_key() -> str:
    """A key that encrypts documents."""
    return Fernet.generate_key().decode()


def _read(home: Path) -> dict[str, Any]:
    """What is kept; nothing if nothing is yet."""
    try:
        kept: dict[str, Any] = json.loads((home / SECRETS).read_text())
    except FileNotFoundError:
        return {}
    return kept


def seal_or_make(home: Path, name: str) -> Path:
    """The file with the key and certificate (PEM) that seal PDF documents; a self-signed one is made at first.

    An institution that has a certificate of an authority puts it, with its key, into the file that
    LINKSPAN_PDF_SEAL names.
    """
    place = home / "pdf-seal.pem"
    if not place.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        _keep(place, (_pem(key) + _certificate(key, name)).decode())
    return place


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(key: ec.EllipticCurvePrivateKey, name: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    made = x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(real_now() - timedelta(days=1))
    made = made.not_valid_after(real_now() + timedelta(days=365 * SEAL_YEARS))
    use = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return made.add_extension(use, critical=True).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _keep(place: Path, content: str) -> bool:
    """Write a file that its owner alone may read, whole or not at all; False if somebody was first."""
    partial = _written(place, content)
    try:
        place.hardlink_to(partial)
    except FileExistsError:
        return False
    finally:
        partial.unlink()
    return True


def _replace(place: Path, content: str) -> None:
    """Write such a file in the place of the one that is there."""
    _written(place, content).replace(place)


def _written(place: Path, content: str) -> Path:
    """A file of that content beside the place, which its owner alone may read and which is on the disk."""
    private_home(place.parent)
    partial = place.with_suffix(f".{random.token_hex(4)}")
    partial.touch(mode=0o600)
    with partial.open("w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return partial
