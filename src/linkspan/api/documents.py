"""Documents of the contract: what has a published format, ours (docs/formats) or a specification's."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from linkspan.api.answers import Document
from linkspan.pathways.engines.schemas import SCHEMAS
from linkspan.vc.verify.verdict import FAILED, NOT_APPLICABLE, PASSED, UNKNOWN

type Json = Mapping[str, Any]
Agreement = Annotated[Mapping[str, Any], Document("agreement")]
Record = Annotated[Mapping[str, Any], Document("record")]
Audit = Annotated[Mapping[str, Any], Document("audit")]
Catalogue = Annotated[Mapping[str, Any], Document("catalogue")]
Credential = Annotated[Mapping[str, Any], Document("credential")]
Controller = Annotated[Mapping[str, Any], Document("controller")]
SignedMessage = Annotated[Mapping[str, Any], Document("signed_message")]
MessageTaken = Annotated[Mapping[str, Any], Document("message_taken")]
TreeHead = Annotated[Mapping[str, Any], Document("tree_head")]
Verdict = Annotated[Mapping[str, Any], Document("verdict")]

_TEXT: Json = {"type": "string"}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_OPEN: Json = {"type": "object", "additionalProperties": True}
_ONE_OR_MANY: Json = {"anyOf": [_OPEN, {"type": "array", "items": _OPEN}]}


def _open(description: str, needed: Json, may: Json | None = None) -> dict[str, Any]:
    """An object with those members, and others that its specification allows."""
    properties = {**needed, **(may or {})}
    return {"type": "object", "description": description, "properties": properties, "required": list(needed)}


def _agreement() -> dict[str, Any]:
    sample = {
        "id": "mitx-scm-mit",
        "version": 1,
        "status": "active",
        "valid_from": "2020-01-01",
        "sending": {"institution": "MITx", "program": "SCM"},
        "receiving": {"institution": "MIT", "program": "SCM"},
        "requirements": [{"clause": "1", "text": "The credential", "credential": {"proctored": True}}],
    }
    return SCHEMAS["agreement"]() | {"examples": [sample]}


def _credential() -> dict[str, Any]:
    return _open(
        "A verifiable credential, signed (W3C VC Data Model 2.0, Open Badges 3.0, CLR 2.0).",
        {
            "@context": {"type": "array"},
            "type": _TEXTS,
            "issuer": {"anyOf": [_TEXT, _OPEN]},
            "credentialSubject": _ONE_OR_MANY,
        },
        {
            "id": _TEXT,
            "name": _TEXT,
            "validFrom": {"type": "string", "format": "date-time"},
            "credentialStatus": _ONE_OR_MANY,
            "proof": _ONE_OR_MANY,
        },
    )


def _controller() -> dict[str, Any]:
    keys = {"type": "array", "items": _OPEN}
    return _open("A controller document (W3C CID 1.0).", {"id": _TEXT}, {"verificationMethod": keys, "service": keys})


def _signed_message() -> dict[str, Any]:
    members = {"payload": _TEXT, "protected": _TEXT, "signature": _TEXT}
    return _open("A signed answer between servers, a flattened JWS (docs/formats/exchange.md).", members)


def _message_taken() -> dict[str, Any]:
    members = {"received": _TEXT, "agreement": _TEXT, "version": {"type": "integer"}, "sha256": _TEXT, "status": _TEXT}
    return _open("That a message was taken; empty while the first of two equal ones is still at work.", {}, members)


def _tree_head() -> dict[str, Any]:
    return _open(
        "The signed head of an issuer's log.",
        {
            "log": _TEXT,
            "tree_size": {"type": "integer"},
            "root_hash": _TEXT,
            "timestamp": {"type": "string", "format": "date-time"},
            "verificationMethod": _TEXT,
            "signature": _TEXT,
        },
    )


def _verdict() -> dict[str, Any]:
    check = {
        "name": _TEXT,
        "outcome": {"enum": [PASSED, FAILED, UNKNOWN, NOT_APPLICABLE]},
        "code": _TEXT,
        "message": _TEXT,
    }
    note = {"code": _TEXT, "message": _TEXT}
    more = {"type": "array", "items": {"x-document": "verdict"}}
    return _open(
        "The verdict about a credential, with every check.",
        {
            "verdict": {"enum": ["valid", "invalid", "unknown"]},
            "checks": {"type": "array", "items": _open("A check.", check)},
            "issuer": _OPEN,
            "achievement": _OPEN,
        },
        {
            "achievements": {"type": "array", "items": _OPEN},
            "notes": {"type": "array", "items": _open("A remark.", note)},
            "credentials": more,
            "endorsements": more,
        },
    )


DOCUMENTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "agreement": _agreement,
    "record": SCHEMAS["record"],
    "audit": SCHEMAS["audit"],
    "catalogue": SCHEMAS["catalogue"],
    "credential": _credential,
    "controller": _controller,
    "signed_message": _signed_message,
    "message_taken": _message_taken,
    "tree_head": _tree_head,
    "verdict": _verdict,
}
