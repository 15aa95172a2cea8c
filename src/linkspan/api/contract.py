"""The OpenAPI description: ninja's, with the published documents, and an example of every answer."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from linkspan.api.documents import DOCUMENTS

PLACE = "#/components/schemas/"
#: A plain value for each format, and for members whose name says more than their type.
FORMATS: Mapping[str, str] = {
    "uuid": "0198c0de-0000-7000-8000-000000000001",
    "date": "2027-01-15",
    "date-time": "2027-01-15T23:59:00-05:00",
    "decimal": "91.7",
    "binary": "",
}
NAMES: Mapping[str, str] = {
    "agreement": "mitx-scm-mit",
    "agreement_id": "mitx-scm-mit",
    "code": "SC1x",
    "currency": "USD",
    "did": "did:web:linkspan.example",
    "email": "amara@linkspan.example",
    "institution": "MIT",
    "link": "https://linkspan.example/credentials/",
    "name": "Amara Sample",
    "program": "MITx/scm",
    "term": "2027 fall",
    "title": "Supply Chain Management",
    "url": "https://linkspan.example/",
}
DEEPEST = 12


class Contract(NinjaAPI):
    """The API, described so that a client can be generated from the description."""

    def get_openapi_schema(self, **asked: Any) -> OpenAPISchema:
        """What every operation takes and answers; each answer is typed and has an example."""
        found = super().get_openapi_schema(**asked)
        schemas = found["components"]["schemas"]
        for name, made in DOCUMENTS.items():
            schemas[_name(name)] = deepcopy(made())  # its parts are those that are published, and are changed below
        for schema in [schemas[_name(name)] for name in DOCUMENTS]:
            schemas.update({_name(inner): rule for inner, rule in schema.pop("$defs", {}).items()})
        _refer(found)
        for operation in (one for path in found["paths"].values() for one in path.values()):
            for answer in operation["responses"].values():
                for content in answer.get("content", {}).values():
                    content["example"] = example(content["schema"], schemas)
        return found


def _name(document: str) -> str:
    return "".join(part.capitalize() for part in f"{document}_document".split("_"))


def _refer(node: Any) -> None:
    """Have every mark of a document, and what it names of its own, refer to the components."""
    if isinstance(node, list):
        for inner in node:
            _refer(inner)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("x-document"), str):
        named = node.pop("x-document")
        node.pop("title", None)
        node["$ref"] = PLACE + _name(named)
    elif str(node.get("$ref", "")).startswith("#/$defs/"):
        node["$ref"] = PLACE + _name(node["$ref"].rpartition("/")[2])
    for inner in node.values():
        _refer(inner)


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value of that schema: made up, the first of several choices, one row of a list."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].removeprefix(PLACE)], schemas, name, depth + 1)
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return example(schema[key][0], schemas, name, depth)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _object(schema, schemas, depth)
    if kind == "array":
        return [example(schema["items"], schemas, name, depth + 1)] if "items" in schema and depth < DEEPEST else []
    return {"string": _text(schema, name), "integer": 1, "number": 1, "boolean": True, "null": None}[kind]


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    members, needed = schema.get("properties", {}), schema.get("required", ())
    made = {key: example(members[key], schemas, key, depth + 1) for key in members if key in needed}
    others = schema.get("additionalProperties")
    if not made and isinstance(others, Mapping) and others:
        made["key"] = example(others, schemas, "key", depth + 1)
    return made


def _text(schema: Mapping[str, Any], name: str) -> str:
    return FORMATS.get(schema.get("format", "")) or NAMES.get(name, "text")
