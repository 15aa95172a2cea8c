"""Keys of this installation, made once and kept in its private folder."""

import json
import os
import secrets as random
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.utils.functional import lazy

from linkspan.kernel.clock import real_now

SEAL_YEARS = 10
#: What files that this process makes grant to nobody but their owner.
OTHERS = 0o077


def private_home(home: Path) -> Path:
    """The installation's folder; it and all that this process writes from now on are their owner's alone.

    A folder that was there is closed if it is an installation's, and left alone if it is somebody else's.
    """
    os.umask(OTHERS)
    home.mkdir(parents=True, exist_ok=True)
    if (home / "secrets.json").exists() and home.stat().st_uid == os.geteuid():
        home.chmod(0o700)
    return home


def kept_secret(home: Path, name: str) -> str:
    """A secret of the installation as a text that is read, or made, when somebody first looks at it."""
    return lazy(lambda: load_or_make(home)[name], str)()


def kept_seal(home: Path, name: str) -> str:
    """Where the seal lies, as a text; it is made when somebody first looks there."""
    return lazy(lambda: str(seal_or_make(home, name)), str)()


def load_or_make(home: Path) -> dict[str, str]:
    """The installation's secrets; made at the first call, readable by the owner alone."""
    place = home / "secrets.json"
    try:
        return _kept(place)
    except FileNotFoundError:
        pass
    made = {"secret_key": random.token_urlsafe(50), "document_key": Fernet.generate_key().decode()}
    if not _keep(place, json.dumps(made)):
        return _kept(place)
    return made


def _kept(place: Path) -> dict[str, str]:
    kept: dict[str, str] = json.loads(place.read_text())
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
    private_home(place.parent)
    partial = place.with_suffix(f".{random.token_hex(4)}")
    partial.touch(mode=0o600)
    partial.write_text(content)
    try:
        place.hardlink_to(partial)
    except FileExistsError:
        return False
    finally:
        partial.unlink()
    return True
