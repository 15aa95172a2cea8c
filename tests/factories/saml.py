"""A university that speaks SAML: an identity provider whose answers are signed with xmlsec, served over https.

It answers what it is asked as the profile wants it, and lets a test change every part before and after it is signed.
"""

import base64
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import xmlsec
from lxml import etree
from tests.factories.https import serving_https

from linkspan.accounts.engines.saml import own_key
from linkspan.kernel.clock import real_now

NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
MAIL, NAME = "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:2.16.840.1.113730.3.1.241"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
type Change = Callable[[Any], Any]


def bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def signed(element: etree._Element, key: str, method: Any = xmlsec.Transform.RSA_SHA256) -> etree._Element:
    """The element with a signature of it behind its issuer."""
    signature = xmlsec.template.create(element, xmlsec.Transform.EXCL_C14N, method, ns="ds")
    element.insert(1, signature)
    digest = xmlsec.Transform.SHA1 if method == xmlsec.Transform.RSA_SHA1 else xmlsec.Transform.SHA256
    reference = xmlsec.template.add_reference(signature, digest, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.tree.add_ids(element, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.KeyFormat.PEM, None)
    context.sign(signature)
    return element


@dataclass
class SamlUniversity:
    """Its name, key and certificate; `changes` have it say something else: its `metadata`."""

    issuer: str
    changes: dict[str, Change] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.key, self.certificate = own_key("a university", real_now())

    def metadata(self) -> str:
        told = f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.issuer}">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data><ds:X509Certificate>{bare(self.certificate)}</ds:X509Certificate>
</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{self.issuer}/out"/>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{self.issuer}/in"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"""
        return self.changes.get("metadata", lambda same: same)(told)

    def asked(self, address: str) -> dict[str, str]:
        """What an address that led to the provider asks: id, from whom, and where the answer goes."""
        assert address.startswith(f"{self.issuer}/in?")
        given = parse_qs(urlsplit(address).query)
        assert {"SAMLRequest", "Signature", "SigAlg"} <= given.keys() and given["SigAlg"] == [RSA_SHA256]
        root = etree.fromstring(zlib.decompress(base64.b64decode(given["SAMLRequest"][0]), -15))
        return {
            "id": root.get("ID"),
            "acs": root.get("AssertionConsumerServiceURL"),
            "issuer": root.findtext("saml:Issuer", namespaces=NS),
        }

    def answers(self, address: str, *, change: Change | None = None, after: Change | None = None, **told: Any) -> str:
        """The form field that signs somebody in: `change` alters the assertion before it is signed, `after` the whole.

        What may be told: `subject`, `attributes`, `format`, `key`, `audience`, `recipient`, `irt`, `at`, `method`.
        """
        asked = self.asked(address)
        self.count += 1
        at = told.get("at", real_now())
        irt = told.get("irt", asked["id"])
        confirm = f'InResponseTo="{irt}" ' if told.get("confirm_irt", True) else ""
        attributes = "".join(
            f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
            for name, value in told.get("attributes", {}).items()
        )
        ends = stamp(at + timedelta(minutes=5))
        audience = told.get("audience", asked["issuer"])
        audiences = f"<saml:Audience>{audience}</saml:Audience>" if audience else ""
        limits = f"<saml:AudienceRestriction>{audiences}</saml:AudienceRestriction>" if audience else ""
        issuer = told.get("issuer", self.issuer)
        kind = told.get("format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
        statement = f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement>" if attributes else ""
        assertion = etree.fromstring(f"""<saml:Assertion xmlns:saml="{NS["saml"]}" ID="_a{self.count}-{id(self)}"
 Version="2.0" IssueInstant="{stamp(at)}"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject>
<saml:NameID Format="{kind}">{told.get("subject", "ada-1")}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData {confirm}
 Recipient="{told.get("recipient", asked["acs"])}" NotOnOrAfter="{ends}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{stamp(at)}" NotOnOrAfter="{ends}">{limits}</saml:Conditions>
<saml:AuthnStatement AuthnInstant="{stamp(at)}" SessionIndex="{told.get("index", "s-1")}"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement>{statement}</saml:Assertion>""")
        if change:
            assertion = change(assertion)
        if told.get("sign", True):
            method = told.get("method", xmlsec.Transform.RSA_SHA256)
            signed(assertion, told.get("key", self.key), method)
        if told.get("encrypt_to"):
            assertion = encrypted(assertion, told["encrypt_to"])
        answer = etree.fromstring(f"""<samlp:Response xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}"
 ID="_r{self.count}" Version="2.0" IssueInstant="{stamp(at)}" Destination="{asked["acs"]}" InResponseTo="{irt}">
<saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode
 Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:Response>""")
        answer.append(assertion)
        whole = etree.tostring(after(answer) if after else answer)
        return base64.b64encode(told.get("bytes", lambda same: same)(whole)).decode()

    def leaves(self, sls: str, *, subject: str = "ada-1", index: str = "s-1", key: str = "", **told: Any) -> str:
        """The query by which it says that somebody left."""
        self.count += 1
        at = told.get("at", real_now())
        sessions = f"<samlp:SessionIndex>{index}</samlp:SessionIndex>" if index else ""
        content = f"""<samlp:LogoutRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_o{self.count}"
 Version="2.0" IssueInstant="{stamp(at)}" Destination="{told.get("destination", sls)}"><saml:Issuer>{self.issuer}
</saml:Issuer><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{subject}</saml:NameID>
{sessions}</samlp:LogoutRequest>""".replace("\n</saml:Issuer>", "</saml:Issuer>")
        return self.signed_query("SAMLRequest", content.encode(), key or self.key)

    def signed_query(self, kind: str, content: bytes, key: str) -> str:
        pressed = zlib.compressobj(wbits=-15)
        packed = pressed.compress(content) + pressed.flush()
        query = urlencode({kind: base64.b64encode(packed).decode(), "RelayState": "there", "SigAlg": RSA_SHA256})
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(key, xmlsec.KeyFormat.PEM, None)
        signature = context.sign_binary(query.encode(), xmlsec.Transform.RSA_SHA256)
        return f"{query}&Signature={quote(base64.b64encode(signature).decode(), safe='')}"


def encrypted(assertion: etree._Element, certificate: str) -> etree._Element:
    """An assertion that only the holder of that certificate's key reads."""
    holder = etree.fromstring(f'<saml:EncryptedAssertion xmlns:saml="{NS["saml"]}"/>')
    holder.append(assertion)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM, None))
    template = xmlsec.template.encrypted_data_create(
        holder, xmlsec.Transform.AES256, type=xmlsec.EncryptionType.ELEMENT, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, xmlsec.Transform.RSA_OAEP)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
    context.encrypt_xml(template, holder[0])
    return holder


def _handler(university: SamlUniversity) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = university.metadata().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def serving(folder: Path) -> AbstractContextManager[SamlUniversity]:
    """Serve a university under the authority that it leaves in `ca.pem` of the folder."""
    return serving_https(folder, lambda at: SamlUniversity(f"https://{at}"), _handler)
