"""Certificates made for tests: authorities and those whom they certify, with whatever is wrong about them."""

import base64
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from tests.vc.makers import NOW

HOST = "pid.example.eu"
ISSUER = f"https://{HOST}"
OWN_NAMES = (x509.DNSName(HOST), x509.UniformResourceIdentifier(ISSUER))


def key_of(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number + 1_000, ec.SECP256R1())


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(
    name: str,
    key,
    by: str,
    signer,
    *,
    authority: bool | None = False,
    names=OWN_NAMES,
    begins: datetime = NOW - timedelta(days=30),
    ends: datetime = NOW + timedelta(days=300),
    more=(),
    depth: int | None = None,
) -> x509.Certificate:
    public = key if isinstance(key, ec.EllipticCurvePublicKey) else key.public_key()
    made = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(by)).public_key(public)
    made = made.serial_number(1_000 + len(name)).not_valid_before(begins).not_valid_after(ends)
    if authority is not None:
        made = made.add_extension(x509.BasicConstraints(authority, depth), critical=True)
    if names and not authority:
        made = made.add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
    for extension, critical in more:
        made = made.add_extension(extension, critical)
    return made.sign(signer, hashes.SHA256())


ROOT_KEY, MIDDLE_KEY, LEAF_KEY, OTHER_KEY = (key_of(number) for number in range(4))
ROOT = certificate("National root", ROOT_KEY, "National root", ROOT_KEY, authority=True)
MIDDLE = certificate("Issuing authority", MIDDLE_KEY, "National root", ROOT_KEY, authority=True, depth=0)
LEAF = certificate("PID office", LEAF_KEY, "Issuing authority", MIDDLE_KEY)
#: Another authority of the same name, with another key.
TWIN = certificate("National root", OTHER_KEY, "National root", OTHER_KEY, authority=True)


def x5c(*certificates: x509.Certificate) -> list[str]:
    return [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in certificates]


def pem(one: x509.Certificate) -> str:
    return one.public_bytes(Encoding.PEM).decode()
