"""The published JSON Schemas (2020-12), made from the same shapes that check documents (docs/formats).

`python -m linkspan.pathways.engines.schemas docs/formats` writes them, and an example of each kind of clause.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from linkspan.finance.engines.catalogue import CatalogueFile
from linkspan.pathways.rules.agreement.kinds import KINDS
from linkspan.pathways.rules.agreement.shapes import AGREEMENT, POLICY, RECORD
from linkspan.pathways.rules.language.grammar import ANNOTATIONS, DEEPEST, KEYS, MEANS, WIDEST
from linkspan.pathways.rules.language.shape import Day, Grade, Span
from linkspan.pathways.rules.language.values import ORDER

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PATH = r"^(\^\.)?\w[\w-]{0,63}(\.\w[\w-]{0,63}){0,7}$"
DATE_OR_PATH = {"type": "string", "minLength": 1}
VALUE = {"anyOf": [{"type": ["string", "number", "boolean"]}, Grade().schema()]}
NUMBER = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d{1,18}(\.\d{1,12})?$"}]}
RULE = {"$ref": "#/$defs/rule"}


def agreement_schema() -> dict[str, Any]:
    """An agreement."""
    found: dict[str, Any] = AGREEMENT.schema()
    found["required"] = [*found["required"], "requirements"]
    return _published("agreement", "An agreement between a sending and a receiving program", found)


def policy_schema() -> dict[str, Any]:
    """A policy that agreements inherit."""
    return _published("policy", "A policy of an institution that agreements inherit", POLICY.schema())


def record_schema() -> dict[str, Any]:
    """A learner's record."""
    return _published("record", "What is on record about a learner", RECORD.schema())


def audit_schema() -> dict[str, Any]:
    """The answer of `linkspan audit --json`."""
    outcome = {"enum": ["met", "not_met", "unknown"]}
    words = {"type": ["string", "null"]}
    clause = {"clause": {"type": "string"}}
    requirement = {
        **clause,
        "text": {"type": "string"},
        "outcome": outcome,
        "have": words,
        "need": words,
        "gap": {"type": ["number", "null"]},
        "unit": words,
        "reason": words,
        "evidence": {"type": "array", "items": {"type": "string"}},
    }
    changes = {"type": "array", "items": {"type": "string"}}
    kinds = {"enum": ["do", "document", "terms", "status"]}
    missing = {**clause, "text": {"type": "string"}, "changes": changes, "kind": kinds}
    credit = {"slot": {"type": "string"}, "course": {"type": "string"}, "credits": {"type": "number"}, **clause}
    refused = {"what": {"type": "string"}, "reason": {"type": "string"}, **clause}
    money = _object({"minor": {"type": "integer"}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}})
    properties = {
        "agreement": {"type": "string"},
        "outcome": outcome,
        "version": {"type": "integer"},
        "status": {"type": "string"},
        "requirements": _rows(requirement),
        "missing": _rows(missing),
        "recognised": _rows(
            {**credit, "effect": {"enum": ["credit", "waiver"]}},
            {"as": {"type": "string"}, "places": {"type": "integer", "minimum": 2}},
        ),
        "refused": _rows(refused),
        "tuition_waived": {"anyOf": [{"type": "null"}, money]},
        "holds": _rows({**clause, "text": {"type": "string"}, "have": words}),
        "relief": _rows({**clause, "text": {"type": "string"}}),
        "rules_version": {"type": "string"},
    }
    judging = {
        "why": {"type": "string"},
        "entered": {"anyOf": [{"type": "null"}, Day().schema()]},
        "other": {"type": ["null", "integer"]},
        "status": {"type": "string"},
    }
    required, properties["judging"] = list(properties), _object(judging)
    properties["after_admission"] = _rows(requirement)
    properties["warnings"] = changes
    return _published("audit", "What an agreement says to a record", _object(properties, required))


def check_schema() -> dict[str, Any]:
    """The answer of `linkspan agreements check --json`."""
    names = {"type": "array", "items": {"type": "string"}}
    row = {"code": {"type": "string"}, "clauses": names, "message": {"type": "string"}}
    rows = _rows(row, {"agreement": {"type": "string"}})
    found = _object({"errors": rows, "warnings": rows})
    found["properties"]["checked"] = {"type": "integer"}
    return _published("check", "What is wrong with the terms of an agreement", found)


def catalogue_schema() -> dict[str, Any]:
    """The catalogue of an institution."""
    found = {name: value for name, value in CatalogueFile.model_json_schema().items() if name != "title"}
    return _published("catalogue", "The catalogue of an institution", found)


def rule_schema() -> dict[str, Any]:
    """A node of the rule language; nested to the depth the interpreter allows, which a schema cannot count."""
    many = {"type": "array", "items": RULE, "minItems": 1, "maxItems": WIDEST}
    path = {"type": "string", "pattern": PATH}
    order, rows = {"enum": list(ORDER)}, {"where": RULE}
    compared = {"prefixItems": [path, {"enum": list(ORDER)}, VALUE], "minItems": 3, "maxItems": 3}
    among = {"prefixItems": [path, {"const": "in"}, {"type": "array", "items": VALUE}], "minItems": 3, "maxItems": 3}
    aged = {"prefixItems": [path, order, Span().schema()], "minItems": 3, "maxItems": 3}
    earlier = {"prefixItems": [path, DATE_OR_PATH], "minItems": 2, "maxItems": 2}
    fields: Mapping[str, dict[str, Any]] = {
        "all": {"all": many},
        "any": {"any": many},
        "at_least": {"at_least": {"type": "integer", "minimum": 0}, "of": many},
        "not": {"not": RULE},
        "compare": {"compare": {"type": "array", "anyOf": [compared, among]}},
        "exists": {"exists": path, **rows},
        "count": {"count": path, **rows, "op": order, "value": NUMBER},
        "sum": {"sum": {**path, "pattern": PATH[:-6] + "{1,7}$"}, **rows, "op": order, "value": NUMBER},
        "mean": {
            "mean": {**path, "pattern": PATH[:-6] + "{1,7}$"},
            "scale": {"type": "string", "pattern": "\\S"},
            "by": {"type": "string", "pattern": r"^\w[\w-]{0,63}$"},
            **rows,
            "op": {"enum": list(MEANS)},
            "value": {
                "anyOf": [
                    {"type": "number", "minimum": 0},
                    {**NUMBER["anyOf"][1], "pattern": r"^\d{1,18}(\.\d{1,12})?$"},
                ]
            },
        },
        "age": {"age": {"type": "array", **aged}, "to": DATE_OR_PATH},
        "before": {"before": {"type": "array", **earlier}},
        "unknown": {"unknown": {"type": "string", "pattern": "\\S"}},
    }
    notes = {name: {"type": "string"} for name in sorted(ANNOTATIONS)}
    optional = {"where", "to", "by"}
    nodes = [
        _object({**fields[kind], **notes}, [name for name in fields[kind] if name not in optional]) for kind in KEYS
    ]
    return {"oneOf": nodes, "$comment": f"at most {DEEPEST} levels deep"}


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "agreement": agreement_schema,
    "policy": policy_schema,
    "record": record_schema,
    "audit": audit_schema,
    "check": check_schema,
    "catalogue": catalogue_schema,
}


def _published(name: str, title: str, schema: dict[str, Any]) -> dict[str, Any]:
    """With its name, dialect and the definition of rules, if it uses them."""
    head = {"$schema": DIALECT, "$id": f"urn:linkspan:format:{name}:1", "title": title}
    uses = name in ("agreement", "policy")
    return head | schema | ({"$defs": {"rule": rule_schema()}} if uses else {})


def _object(properties: Mapping[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": dict(properties), "required": needed, "additionalProperties": False}


def _rows(needed: Mapping[str, Any], may: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "array", "items": _object({**needed, **(may or {})}, list(needed))}


def published() -> dict[str, dict[str, Any]]:
    """What is published of the formats, by file name: the schemas, and an agreement with each kind of clause."""
    found = {f"{name}.schema.json": schema() for name, schema in SCHEMAS.items()}
    for name, kind in KINDS.items():
        stem = f"clause-{name.replace('_', '-')}"
        clause = {"clause": "1", name: dict(kind.example)}
        head = {"id": f"example-{stem}", "version": 1, "status": "active", "valid_from": "2020-01-01"}
        parties = {
            "sending": {"institution": "Sending", "program": "P"},
            "receiving": {"institution": "Receiving", "program": "Degree"},
        }
        found[f"examples/{stem}.json"] = {**head, **parties, "requirements": [clause]}
    return found


if __name__ == "__main__":
    for name, value in published().items():
        (Path(sys.argv[1]) / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
