"""Chains of X.509 certificates that a token brings (`x5c`: RFC 7515, section 4.1.6), judged by `cryptography`.

A chain proves nothing by itself: it counts if it leads to a root on which the verifier relies, as RFC 5280 asks. What
the signature needs is the key of the first certificate; whose it is stands in its alternative names.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import verification

from linkspan.vc.errors import VcError
from linkspan.vc.keys import RSA_BITS, PublicKey, kind_of
from linkspan.vc.said import Said

MOST_CERTIFICATES, LARGEST_CERTIFICATE = 10, 16_000
#: The critical extensions that are judged here or by the library; any other refuses a certificate (RFC 5280, 4.2).
UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.SubjectAlternativeName,
    x509.NameConstraints,
    x509.ExtendedKeyUsage,
)


#: What reading a certificate may raise.
UNREADABLE = (
    *(ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension),
    *(x509.InvalidVersion, x509.UnsupportedGeneralNameType),
)


@dataclass(frozen=True, slots=True)
class Chain:
    """Certificates, that of the signer first; its `key`, the `name` of its subject, its names as host and address."""

    certificates: tuple[x509.Certificate, ...]
    key: PublicKey
    name: str
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The identifier under which an issuer is known that a credential does not name otherwise."""
        named = [*self.addresses, *(f"https://{host}" for host in self.hosts)]
        return named[0] if named else self.certificates[0].subject.rfc4514_string()

    @property
    def root_name(self) -> str:
        """The name of the authority beyond the last certificate."""
        return _name(self.certificates[-1].issuer)

    def is_of(self, issuer: str) -> bool:
        """Whether the first certificate names that issuer: its address, or the host of its https address."""
        if issuer in (self.subject, *self.addresses):
            return True
        try:
            parts = urlsplit(issuer)
            return parts.scheme == "https" and (parts.hostname or "") in self.hosts
        except ValueError:
            return False


def read_chain(listed: Any) -> Chain:
    """The chain of an `x5c`; VcError `certificate_broken`, `certificate_chain_too_long`, and those of keys."""
    if not isinstance(listed, list) or not listed or not all(isinstance(entry, str) for entry in listed):
        raise VcError("certificate_broken", "What it gives as the certificates of its key is no list of them.")
    if len(listed) > MOST_CERTIFICATES or any(len(entry) > LARGEST_CERTIFICATE for entry in listed):
        raise VcError("certificate_chain_too_long", "It brings more certificates than are read here.")
    certificates = tuple(_certificate(entry) for entry in listed)
    first = certificates[0]
    hosts, addresses = _alternative_names(first)
    return Chain(certificates, key_in(first), _name(first.subject), hosts, addresses)


def _certificate(text: str) -> x509.Certificate:
    try:
        found = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
        _ = found.extensions, found.subject, found.issuer, found.signature_hash_algorithm
    except UNREADABLE as error:
        raise VcError("certificate_broken", "A certificate that it brings cannot be read.") from error
    return found


def key_in(certificate: x509.Certificate) -> PublicKey:
    """The key of a certificate; VcError `key_type_unknown`, `key_weak`, `key_broken`."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise VcError("key_type_unknown", "The key in its certificate is of a type that is not known here.") from error
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_BITS.start:
            bits, least = key.key_size, RSA_BITS.start
            raise VcError("key_weak", Said("The RSA key has {n} bits, fewer than {start}.", n=bits, start=least))
        if key.key_size not in RSA_BITS or key.public_numbers().e.bit_length() > 64:
            raise VcError("key_broken", Said("The RSA key is larger than {stop} bits.", stop=RSA_BITS.stop - 1))
    elif not isinstance(key, ec.EllipticCurvePublicKey | Ed25519PublicKey):
        raise VcError("key_type_unknown", "The key in its certificate is of a type that is not known here.")
    kind_of(key)
    return key


def _alternative_names(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    hosts = [name.lower() for name in named.get_values_for_type(x509.DNSName) if "*" not in name]
    return tuple(hosts), tuple(named.get_values_for_type(x509.UniformResourceIdentifier))


def _name(name: x509.Name) -> str:
    """What people call it: the organisation, else the common name, else all of it."""
    for kind in (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME):
        found = " ".join(str(entry.value) for entry in name.get_attributes_for_oid(kind)).strip()
        if found and found.isprintable():
            return found[:200]
    return name.rfc4514_string()[:200] or "?"


@lru_cache(maxsize=64)
def read_root(pem: str) -> x509.Certificate:
    """A root certificate (PEM) on which a verifier may rely; VcError `root_unusable` if it is none.

    One certificate of an authority (`CA: true`), with a key that is not weak, that may sign certificates.
    """
    if pem.count("-----BEGIN") != 1 or len(pem) > LARGEST_CERTIFICATE * 2:
        raise VcError("root_unusable", "Give one certificate in PEM form. It begins with -----BEGIN CERTIFICATE-----.")
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        _authority_only(None, found, found.extensions.get_extension_for_class(x509.BasicConstraints).value)
        key_in_authority(found)
    except (*UNREADABLE, x509.ExtensionNotFound) as error:
        raise VcError("root_unusable", "This is not the certificate of an authority that certifies others.") from error
    return found


def key_in_authority(certificate: x509.Certificate) -> None:
    """VcError if the key of an authority is weak or of a kind that is not known; P-521 may certify, too."""
    key = certificate.public_key()
    if not (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp521r1"):
        key_in(certificate)


def root_name(root: x509.Certificate) -> str:
    """The name of a root's owner."""
    return _name(root.subject)


def fingerprint(root: x509.Certificate) -> str:
    """SHA-256 of a certificate, as hex: what people compare by another way."""
    return root.fingerprint(hashes.SHA256()).hex()


def _authority_only(_policy: Any, _certificate: x509.Certificate, extension: x509.BasicConstraints) -> None:
    if not extension.ca:
        raise ValueError("not an authority")


def _may_certify(_policy: Any, _certificate: x509.Certificate, extension: x509.KeyUsage | None) -> None:
    if extension is not None and not extension.key_cert_sign:
        raise ValueError("may not certify")


def _may_sign(_policy: Any, _certificate: x509.Certificate, extension: x509.KeyUsage | None) -> None:
    if extension is not None and not extension.digital_signature:
        raise ValueError("may not sign")


def _no_authority(_policy: Any, _certificate: x509.Certificate, extension: x509.BasicConstraints | None) -> None:
    if extension is not None and extension.ca:
        raise ValueError("an authority")


_ANY = verification.Criticality.AGNOSTIC
_AUTHORITIES = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, _ANY, _authority_only)
    .may_be_present(x509.KeyUsage, _ANY, _may_certify)
)
_SIGNERS = (
    verification.ExtensionPolicy.permit_all()
    .may_be_present(x509.BasicConstraints, _ANY, _no_authority)
    .may_be_present(x509.KeyUsage, _ANY, _may_sign)
)


def leads_to(chain: Chain, root: x509.Certificate, at: datetime) -> bool:
    """Whether the chain leads to that root, as it stood at an instant (RFC 5280, section 6)."""
    if not all(_understood(one) and _strong(one) for one in chain.certificates):
        return False
    if not root.not_valid_before_utc <= at <= root.not_valid_after_utc:
        return False
    first, *more = chain.certificates
    store = verification.Store([root])
    policy = verification.PolicyBuilder().store(store).time(at.astimezone(UTC)).max_chain_depth(MOST_CERTIFICATES)
    verifier = policy.extension_policies(ca_policy=_AUTHORITIES, ee_policy=_SIGNERS).build_client_verifier()
    try:
        verifier.verify(first, more)
    except (verification.VerificationError, ValueError):
        return False
    return True


def _understood(certificate: x509.Certificate) -> bool:
    return all(not one.critical or isinstance(one.value, UNDERSTOOD) for one in certificate.extensions)


def _strong(certificate: x509.Certificate) -> bool:
    try:
        key_in_authority(certificate)
    except (VcError, ValueError, UnsupportedAlgorithm):
        return False
    return not isinstance(certificate.signature_hash_algorithm, hashes.SHA1 | hashes.MD5)


def in_force(chain: Chain) -> tuple[datetime, datetime]:
    """From when until when all certificates of a chain are in force; the end is before the begin if they never are."""
    begins = max(one.not_valid_before_utc for one in chain.certificates)
    return begins, min(one.not_valid_after_utc for one in chain.certificates)


def in_order(chain: Chain) -> bool:
    """Whether each certificate was given out by the next one."""
    for below, above in zip(chain.certificates, chain.certificates[1:], strict=False):
        try:
            below.verify_directly_issued_by(above)
        except Exception:  # noqa: BLE001 - it raises whatever its key raises; any of them means no
            return False
    return True
