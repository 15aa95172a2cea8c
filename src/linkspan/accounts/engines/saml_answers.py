"""SAML 2.0: what of a provider's answers holds (Web Browser SSO and Single Logout Profiles).

The library checks signatures, times and the schema. What the profile demands besides is checked here, since the library
takes an answer that leaves it out: an audience, a recipient, an end, and the request that it answers.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from onelogin.saml2.auth import OneLogin_Saml2_Auth as Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Known
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request as LogoutRequest
from onelogin.saml2.response import OneLogin_Saml2_Response as Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as Xml

from linkspan.accounts.engines.saml import BROKEN, Peer, Session, asked_at, settings_for, time_in
from linkspan.kernel.errors import Unusable

LARGEST_ANSWER = 250_000
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_SUBJECT = 190
_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
#: What a signature may be made of. Other transforms could have anything computed before the signature is judged.
TRANSFORMS = {"http://www.w3.org/2000/09/xmldsig#enveloped-signature", _C14N}
DIGESTS = {Known.SHA256, Known.SHA384, Known.SHA512}
QUERY_SIGNATURES = {Known.RSA_SHA256, Known.RSA_SHA384, Known.RSA_SHA512}
_EC = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha"
SIGNATURES = QUERY_SIGNATURES | {f"{_EC}{size}" for size in (256, 384, 512)}
ALLOWED = {
    "CanonicalizationMethod": {_C14N},
    "SignatureMethod": SIGNATURES,
    "DigestMethod": DIGESTS,
    "Transform": TRANSFORMS,
}
KEY_TRANSPORTS = {"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "http://www.w3.org/2009/xmlenc11#rsa-oaep"}

_refused = partial(Unusable, "token_refused", "The provider's answer is not usable: {why}.")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an answer that holds says is there; it is used once, and `ends_at` is until when it must be remembered."""

    subject: str
    attributes: Mapping[str, str]
    message_id: str
    ends_at: datetime
    asked_id: str
    session: Session


@dataclass(frozen=True, slots=True)
class Leaving:
    """A provider's word that somebody left there, and the address to which the browser takes our answer."""

    name_id: str
    indexes: tuple[str, ...]
    message_id: str
    answer: str


def identity_in(answer: str, peer: Peer, now: datetime) -> Identity:
    """Who an answer says is there; Unusable (`token_refused`) says why it does not hold.

    Whether it was used before, and whether this browser asked for it, is for the caller.
    """
    if not 0 < len(answer) <= LARGEST_ANSWER:
        raise _refused(why="there is no identity in it")
    try:
        _check_transport(Xml.to_etree(base64.b64decode(answer, validate=True)))
        told = Response(Settings(settings_for(peer)), answer)
        document = told.get_xml_document()
        _check_shape(told.document, least=0 if told.encrypted else 1)
        _check_shape(document)
        if not told.is_valid(asked_at(peer, "acs")):
            raise _refused(why=_short(told.get_error()))
        return _identity(told, document, peer, now)
    except Unusable:
        raise
    except BROKEN as error:
        raise _refused(why=_short(error)) from error


def _short(error: object) -> str:
    return " ".join(str(error or "").split())[:200] or "it is broken"


def _check_transport(document: Any) -> None:
    """Refuse a key that was sent under a padding that can be guessed, before anything is deciphered."""
    methods = Xml.query(document, "//xenc:EncryptedKey/xenc:EncryptionMethod")
    if any(one.get("Algorithm") not in KEY_TRANSPORTS for one in methods):
        raise _refused(why="its key is not encrypted by RSA-OAEP")


def _check_shape(document: Any, least: int = 1) -> None:
    """Refuse signatures that are made of anything but what is known, or that do not cover what they stand in."""
    ids = [str(one) for one in document.xpath("//@ID | //@Id | //@id")]
    signatures = Xml.query(document, "//ds:Signature")
    if len(ids) != len(set(ids)) or not least <= len(signatures) <= 2 or Xml.query(document, "//ds:Object"):
        raise _refused(why="it is not signed as one message")
    for one in signatures:
        references = Xml.query(one, ".//ds:Reference")
        known = all(
            found.get("Algorithm") in allowed
            for name, allowed in ALLOWED.items()
            for found in Xml.query(one, f".//ds:{name}")
        )
        covers = len(references) == 1 and references[0].get("URI") == f"#{one.getparent().get('ID')}"
        if not known or not covers:
            raise _refused(why="its signature is of another kind")


def _identity(told: Any, document: Any, peer: Peer, now: datetime) -> Identity:
    (assertion,) = Xml.query(document, "/samlp:Response/saml:Assertion")
    limits = Xml.query(assertion, "./saml:Conditions/saml:AudienceRestriction")
    if not limits or not all(peer.own_id in _texts(one, "./saml:Audience") for one in limits):
        raise _refused(why="it is for another application")
    if told.document.get("Destination", peer.address("acs")) != peer.address("acs"):
        raise _refused(why="it was sent elsewhere")
    asked_id = told.get_in_response_to() or ""
    ends = [
        time_in(one.get("NotOnOrAfter"))
        for one in Xml.query(assertion, "./saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
        if one.getparent().get("Method") == Known.CM_BEARER
        and one.get("Recipient") == peer.address("acs")
        and asked_id
        and one.get("InResponseTo") == asked_id
        and one.get("NotOnOrAfter")
    ]
    if not ends or max(ends) + CLOCK_SKEW <= now:
        raise _refused(why="it does not say for whom, for which request and until when it is")
    attributes = _attributes(assertion)
    session = _session(assertion)
    subject = _subject(attributes, session, peer)
    return Identity(
        subject,
        {name: values[0] for name, values in attributes.items() if values},
        str(assertion.get("ID")),
        max(ends) + CLOCK_SKEW,
        asked_id,
        session,
    )


def _texts(node: Any, path: str) -> list[str]:
    """The whole texts of elements that hold text alone."""
    found = Xml.query(node, path)
    return [(one.text or "").strip() for one in found if not len(one)]


def _attributes(assertion: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in Xml.query(assertion, "./saml:AttributeStatement/saml:Attribute"):
        found.setdefault(str(one.get("Name")), []).extend(_texts(one, "./saml:AttributeValue"))
    return found


def _session(assertion: Any) -> Session:
    named = Xml.query(assertion, "./saml:Subject/saml:NameID")
    (index, *_) = [one.get("SessionIndex") or "" for one in Xml.query(assertion, "./saml:AuthnStatement")] or [""]
    if len(named) != 1 or len(named[0]):
        return Session("", "", index)
    (one,) = named
    qualifiers = (one.get("NameQualifier") or "", one.get("SPNameQualifier") or "")
    return Session((one.text or "").strip(), one.get("Format") or "", index, *qualifiers)


def _subject(attributes: Mapping[str, list[str]], session: Session, peer: Peer) -> str:
    """The identifier that never changes hands: an attribute that was named, or a persistent NameID."""
    told = attributes.get(peer.subject, []) if peer.subject else []
    if not peer.subject and session.format == Known.NAMEID_PERSISTENT:
        told = [session.name_id]
    if len(told) != 1 or not told[0] or not told[0].isprintable():
        raise _refused(why="it names nobody by an identifier that lasts")
    long = len(told[0]) > LONGEST_SUBJECT
    return f"sha256:{hashlib.sha256(told[0].encode()).hexdigest()}" if long else told[0]


def leaving_in(query: str, peer: Peer, now: datetime) -> Leaving | None:
    """What a provider's query says about sign-outs: somebody left there; None for an answer to what we asked.

    Unusable (`token_refused`) where it is not signed by the provider, or is for somebody else.
    """
    if len(query) > LARGEST_ANSWER or not peer.metadata.sign_out_at:
        raise _refused(why="it is too long, or sign-outs of this provider are unknown")
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    kinds = [one for one in ("SAMLRequest", "SAMLResponse") if one in given]
    if len(kinds) != 1 or len(given) != len(pairs) or given.get("SigAlg") not in QUERY_SIGNATURES:
        raise _refused(why="it is not signed as one message")
    try:
        document = Xml.to_etree(_inflated(given[kinds[0]]))
        if document.get("Destination") != peer.address("sls") or document.get("Version") != "2.0":
            raise _refused(why="it was sent elsewhere")
        if abs(time_in(document.get("IssueInstant")) - now) > CLOCK_SKEW:
            raise _refused(why="its time is over")
        asked = asked_at(peer, "sls", get_data=given, query_string=query, validate_signature_from_qs=True)
        judged = Auth(asked, settings_for(peer, wantMessagesSigned=True))
        address = judged.process_slo(keep_local_session=True)
        if judged.get_errors():
            raise _refused(why=", ".join(judged.get_errors())[:200])
        return _leaving(document, peer, str(address)) if kinds == ["SAMLRequest"] else None
    except Unusable:
        raise
    except BROKEN as error:
        raise _refused(why=_short(error)) from error


def _leaving(document: Any, peer: Peer, address: str) -> Leaving:
    named = LogoutRequest.get_nameid_data(document, peer.key)
    indexes = tuple(LogoutRequest.get_session_indexes(document))
    return Leaving(str(named["Value"]).strip(), indexes, str(document.get("ID")), address)


def _inflated(told: str) -> bytes:
    """A message of a query, as long as it stays small: a short one may swell a thousandfold."""
    opened = zlib.decompressobj(-15)
    found = opened.decompress(base64.b64decode(told), LARGEST_ANSWER)
    if opened.unconsumed_tail or not opened.eof:
        raise _refused(why="it is too long")
    return found
