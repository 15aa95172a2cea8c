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

HERE = Path(__file__).resolve().parent
NAMES = ("achievement", "clr", "status-list")
PROFILES = {
    "OpenBadgeCredential": "achievement",
    "ClrCredential": "clr",
    "BitstringStatusListCredential": "status-list",
}


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


def check(document: Mapping[str, Any]) -> None:
    """Check a document without its proof against the schema of its type; VcError (`schema_invalid`) says where not."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    error = next(_validator(profile_of(document)).iter_errors(unsecured), None)
    if error is not None:
        place = ".".join(str(step) for step in error.instance_path) or "the top"
        raise VcError("schema_invalid", f"At {place}: {error.message[:300]}")
