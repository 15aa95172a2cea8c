"""JSON Schemas that credentials name: registered by hash, never fetched (VC JSON Schema 1.0; Open Badges 3.0, B.2)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785
from jsonschema import exceptions
from jsonschema.validators import validator_for
from referencing import Registry

from linkspan.vc.errors import VcError
from linkspan.vc.said import Said

TYPES = ("JsonSchema", "1EdTechJsonSchemaValidator2019")


@dataclass(frozen=True, slots=True)
class SchemaRegistry:
    """Schemas by address. `register` is the only way in, and asks for the hash that the caller expects."""

    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def register(self, url: str, schema: Mapping[str, Any], *, sha256: str) -> "SchemaRegistry":
        """A registry that holds that schema too; VcError if it does not have that SHA-256 (hex, of its JCS form)."""
        if digest(schema) != sha256:
            raise VcError("schema_changed", Said("The schema {url} is not the one with the hash given.", url=url))
        _validator(schema)
        return SchemaRegistry({**self.schemas, url: schema})


def digest(schema: Mapping[str, Any]) -> str:
    """SHA-256 of a schema in RFC 8785 form, as hex."""
    return hashlib.sha256(rfc8785.dumps(dict(schema))).hexdigest()


def sri(schema: Mapping[str, Any]) -> str:
    """`digestSRI` of a schema in RFC 8785 form."""
    return "sha256-" + base64.b64encode(bytes.fromhex(digest(schema))).decode()


def violation(entry: Mapping[str, Any], document: Mapping[str, Any], registry: SchemaRegistry) -> str | None:
    """What in the document contradicts the schema that an entry of `credentialSchema` names; None if nothing does.

    Raises VcError if that cannot be told: a type not known here, a schema not registered, or one that differs from the
    `digestSRI` of the entry.
    """
    if entry.get("type") not in TYPES:
        raise VcError(
            "schema_type_unknown", Said("A schema of type {type} cannot be checked here.", type=entry.get("type"))
        )
    schema = registry.schemas.get(str(entry.get("id")))
    if schema is None:
        raise VcError("schema_not_registered", Said("The schema {id} was not registered here.", id=entry.get("id")))
    if "digestSRI" in entry and entry["digestSRI"] != sri(schema):
        raise VcError("schema_differs", "The schema registered here is not the one that the credential means.")
    try:
        error = exceptions.best_match(_validator(schema).iter_errors(document))
    except Exception as problem:  # a reference to a schema that is not registered, of whatever class
        raise VcError(
            "schema_unusable", Said("The schema {id} cannot be used: {problem}", id=entry.get("id"), problem=problem)
        ) from problem
    return None if error is None else f"{error.json_path}: {error.message[:200]}"


def _validator(schema: Mapping[str, Any]) -> Any:
    kind = validator_for(schema)
    try:
        kind.check_schema(schema)
    except exceptions.SchemaError as error:
        raise VcError("schema_broken", Said("Not a JSON Schema: {message}", message=error.message[:200])) from error
    return kind(schema, registry=Registry())
