"""JSON Schemas of the profiles that are issued here, written from the specifications' tables.

They are known by the SHA-256 of their RFC 8785 form; a foreign schema is not fetched.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import rfc8785

from linkspan.vc.errors import VcError
from linkspan.vc.schemas.operator import registered

HERE = Path(__file__).resolve().parent
NAMES = ("achievement", "clr", "status-list")
PROFILES = {
    "OpenBadgeCredential": "achievement",
    "ClrCredential": "clr",
    "BitstringStatusListCredential": "status-list",
}
#: 1EdTech's own JSON Schema of a badge: where an operator keeps a copy (`linkspan schemas add`), it is a gate as well.
EDTECH_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of that name (`achievement`, `clr`, `status-list`), whole in itself; KeyError if there is none."""
    if name not in NAMES:
        raise KeyError(name)
    found: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return {**found, "$defs": schema("achievement")["$defs"]} if name == "clr" else found


def digest(name: str) -> str:
    """SHA-256 of a schema in RFC 8785 form, as hex."""
    return hashlib.sha256(rfc8785.dumps(schema(name))).hexdigest()


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """Compiled once: in a batch the check would otherwise take longer than all the rest."""
    return jsonschema_rs.Draft202012Validator(schema(name))


def profile_of(document: Mapping[str, Any]) -> str:
    """The schema's name for a document's type; VcError (`profile_unknown`) if none is issued here."""
    types = document.get("type")
    found = [PROFILES[name] for name in types if name in PROFILES] if isinstance(types, list) else []
    if len(found) != 1:
        raise VcError("profile_unknown", f"Nothing of type {types} is issued here.")
    return found[0]


@cache
def _validator_of_others(text: str) -> Any:
    return jsonschema_rs.validator_for(json.loads(text))


def check(document: Mapping[str, Any]) -> None:
    """Check a document without its proof against the schema of its type, and a badge against 1EdTech's where that is
    kept; VcError (`schema_invalid`) says where not."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    profile = profile_of(document)
    _refuse(_validator(profile), unsecured, "")
    others = registered().get(EDTECH_SCHEMA) if profile == "achievement" else None
    if others is not None:
        _refuse(_validator_of_others(_text(others)), unsecured, " (1EdTech's schema)")


def _text(schema: Mapping[str, Any]) -> str:
    return rfc8785.dumps(dict(schema)).decode()


def _refuse(validator: Any, document: Mapping[str, Any], whose: str) -> None:
    error = next(validator.iter_errors(document), None)
    if error is not None:
        place = ".".join(str(step) for step in error.instance_path) or "the top"
        raise VcError("schema_invalid", f"At {place}: {error.message[:300]}{whose}")
