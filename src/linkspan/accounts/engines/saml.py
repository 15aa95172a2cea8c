"""SAML 2.0: what a provider publishes, what we publish to it, and how it is asked."""

import base64
import binascii
import hashlib
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.urls import reverse
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth as Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Known
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser
from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as Xml

from linkspan.accounts.rules.providers import Certificate, Metadata, Source
from linkspan.kernel.errors import Unusable
from linkspan.kernel.outside import leaving, network_policy
from linkspan.vc.errors import VcError
from linkspan.vc.net import fetch

SECONDS = 5.0
#: Of one provider. That of a whole federation is larger: the provider's own is asked for.
LARGEST_METADATA = 1_000_000
MOST_CERTIFICATES, LEAST_BITS = 6, 2_048
OWN_YEARS = 10
BROKEN = (
    *(OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, xmlsec.Error, etree.LxmlError),
    *(binascii.Error, zlib.error, ValueError, TypeError, KeyError, AttributeError, AssertionError),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A provider with what we show it: our place, our key and certificate; `subject` names its attribute, if any."""

    place: str
    metadata: Metadata
    key: str
    certificate: str
    subject: str = ""

    def address(self, what: str) -> str:
        """One of our addresses for this provider."""
        return f"{self.place}{what}/"

    @property
    def own_id(self) -> str:
        """What we call ourselves to this provider: the address of our metadata, so that no answer fits two."""
        return self.address("metadata")


@dataclass(frozen=True, slots=True)
class Session:
    """By which name and session the provider knows a sign-in, so that it can be ended there."""

    name_id: str
    format: str
    index: str
    qualifier: str = ""
    own_qualifier: str = ""


def own_place(provider_id: object) -> str:
    """Where a provider finds us: our public address, whatever stands in front of this server."""
    there = reverse("saml-metadata", args=[provider_id]).removesuffix("metadata/")
    return settings.BASE_URL.rstrip("/") + there


def fetched(source: Source) -> Source:
    """Metadata with its content, asked under the network policy where there is an address alone.

    Unusable: `provider_silent` if nobody answers, `metadata_unusable` if neither is given.
    """
    url = source.url.strip()
    if source.content.strip():
        return source
    if not url:
        raise Unusable("metadata_unusable", "Metadata: {why}.", why="enter its https address, or a file")
    leaving()
    policy = replace(network_policy(), seconds=SECONDS, largest=LARGEST_METADATA)
    try:
        content = fetch(url, policy, accept="application/samlmetadata+xml, application/xml, text/xml").decode()
    except (VcError, UnicodeDecodeError) as error:
        raise Unusable("provider_silent", "{place} could not be read: {error}", place=url, error=error) from error
    return Source(url, content)


def published(content: str, now: datetime, entity_id: str = "") -> Metadata:
    """What a provider publishes; Unusable (`metadata_unusable`) saying what it lacks. With an id, it must be that one.

    Metadata of many needs the id. Where there is one alone, it is taken.
    """
    wrong = partial(Unusable, "metadata_unusable", "Metadata: {why}.")
    if not content.strip() or len(content) > LARGEST_METADATA:
        raise wrong(why="enter the XML that your provider publishes, of up to 1 MB")
    try:
        root = Xml.to_etree(content.encode())
        found = Xml.query(root, "//md:EntityDescriptor[md:IDPSSODescriptor]")
        named = [one for one in found if not entity_id or one.get("entityID") == entity_id]
    except BROKEN as error:
        raise wrong(why="this is no XML, or it has a document type") from error
    if len(named) != 1 or not _is_entity(named[0].get("entityID", "")):
        raise wrong(why="it must describe one identity provider, the one that was entered")
    for one in {root, named[0]}:
        until = one.get("validUntil")
        if until and time_in(until) <= now:
            raise wrong(why="its time is over; export it anew")
    told = Parser.parse(etree.tostring(named[0])).get("idp", {})
    sign_in = told.get("singleSignOnService", {}).get("url", "")
    sign_out = told.get("singleLogoutService", {}).get("url", "")
    if not _is_https(sign_in):
        raise wrong(why="it names no https address for sign-in by HTTP-Redirect")
    several = told.get("x509certMulti", {}).get("signing")
    given = several or ([told["x509cert"]] if told.get("x509cert") else [])
    if not 0 < len(given) <= MOST_CERTIFICATES or not all(_is_strong(one) for one in given):
        raise wrong(why="it must hold 1 to 6 certificates for signing, of RSA with 2,048 bits or more, or of a curve")
    certificates = tuple(dict.fromkeys(given))
    return Metadata(named[0].get("entityID"), sign_in, sign_out if _is_https(sign_out) else "", certificates)


def _is_entity(told: str) -> bool:
    return 0 < len(told) <= 500 and told.isascii() and told.isprintable() and not set("'\"<>& ") & set(told)


def _is_https(told: str) -> bool:
    return told.startswith("https://") and len(told) <= 500 and told.isascii() and told.isprintable()


def _certificate(told: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(told, validate=True))


def _is_strong(told: str) -> bool:
    try:
        key = _certificate(told).public_key()
    except ValueError:
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= LEAST_BITS
    return isinstance(key, ec.EllipticCurvePublicKey)


def certificate_of(told: str) -> Certificate:
    """A certificate as people compare it."""
    return Certificate(
        hashlib.sha256(base64.b64decode(told)).hexdigest(), _certificate(told).not_valid_after_utc.replace(tzinfo=UTC)
    )


def own_key(name: str, now: datetime) -> tuple[str, str]:
    """A new key of ours for a provider, and its certificate, both as PEM; nobody but the provider trusts it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=LEAST_BITS)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    signed = made.not_valid_after(now + timedelta(days=365 * OWN_YEARS)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return plain.decode(), signed.public_bytes(pem).decode()


def own_metadata(peer: Peer) -> str:
    """What we publish to a provider: our addresses, and our certificate for signing and encryption."""
    told = settings_for(peer, wantAssertionsEncrypted=True)
    return _text(Settings(told, sp_validation_only=True).get_sp_metadata())


def _text(told: str | bytes) -> str:
    return told.decode() if isinstance(told, bytes) else told


def settings_for(peer: Peer, **security: bool) -> dict[str, Any]:
    """What the library needs to know of a provider and of us."""
    redirect, held = Known.BINDING_HTTP_REDIRECT, peer.metadata
    there: dict[str, Any] = {
        "entityId": held.entity_id,
        "singleSignOnService": {"url": held.sign_in_at, "binding": redirect},
        "x509certMulti": {"signing": list(held.certificates)},
    }
    if held.sign_out_at:
        there["singleLogoutService"] = {"url": held.sign_out_at, "binding": redirect}
    return {
        "strict": True,
        "idp": there,
        "sp": {
            "entityId": peer.own_id,
            "assertionConsumerService": {"url": peer.address("acs"), "binding": Known.BINDING_HTTP_POST},
            "singleLogoutService": {"url": peer.address("sls"), "binding": redirect},
            "NameIDFormat": Known.NAMEID_UNSPECIFIED if peer.subject else Known.NAMEID_PERSISTENT,
            "x509cert": peer.certificate,
            "privateKey": peer.key,
        },
        "security": {
            "authnRequestsSigned": True,
            "logoutRequestSigned": True,
            "logoutResponseSigned": True,
            "wantAssertionsSigned": True,
            "wantNameId": False,
            "wantAttributeStatement": False,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "allowRepeatAttributeName": True,
            "allowSingleLabelDomains": True,
            "metadataValidUntil": "",
            "signatureAlgorithm": Known.RSA_SHA256,
            "digestAlgorithm": Known.SHA256,
        }
        | security,
    }


def asked_at(peer: Peer, what: str, **told: Any) -> dict[str, Any]:
    """A request as the library wants it: of our public address, whatever this server is called inside."""
    parts = urlsplit(peer.address(what))
    secure = "on" if parts.scheme == "https" else "off"
    return {
        "https": secure,
        "http_host": parts.netloc,
        "script_name": parts.path,
        "get_data": {},
        "post_data": {},
    } | told


def sign_in_address(peer: Peer) -> tuple[str, str]:
    """The address that asks the provider to sign somebody in, and the id of that request."""
    asked = Auth(asked_at(peer, "acs"), settings_for(peer))
    address = asked.login(return_to="")
    return address, str(asked.get_last_request_id())


def sign_out_address(peer: Peer, session: Session) -> str:
    """The address that asks the provider to end a sign-in there; empty if it ends none."""
    if not peer.metadata.sign_out_at:
        return ""
    return str(
        Auth(asked_at(peer, "sls"), settings_for(peer)).logout(
            return_to="",
            name_id=session.name_id,
            session_index=escape(session.index) or None,
            nq=session.qualifier or None,
            name_id_format=session.format or None,
            spnq=session.own_qualifier or None,
        )
    )


def time_in(told: str) -> datetime:
    """A time as SAML writes it; ValueError for another form."""
    found = datetime.fromisoformat(told)
    if found.tzinfo is None:
        raise ValueError(told)
    return found
