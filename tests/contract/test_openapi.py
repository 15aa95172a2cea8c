"""The public contract: a change of it shows in the difference of one file.

To accept a change: `python -m tests.contract.test_openapi`.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from linkspan.pathways.engines.schemas import SCHEMAS

SNAPSHOT = Path(__file__).with_name("openapi.json")
CONTRACT = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}


def schema() -> str:
    from linkspan.api.app import api

    return json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, default=str) + "\n"


def test_the_contract_is_the_one_recorded() -> None:
    assert schema() == SNAPSHOT.read_text()


def test_the_published_formats_stay_as_they_are_published() -> None:
    schema()
    assert "#/components/" not in json.dumps({name: made() for name, made in SCHEMAS.items()})


def test_every_operation_says_what_it_does() -> None:
    for path, operations in json.loads(SNAPSHOT.read_text())["paths"].items():
        for operation in operations.values():
            assert operation.get("description"), path


def answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """The content of each answer that went well, by its operation."""
    for operations in CONTRACT["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    yield f"{operation['operationId']} {status}", content


def untyped(schema: dict[str, Any]) -> bool:
    """Whether a schema, or the row of its list, says no more than that there is an object."""
    if "$ref" in schema:
        return untyped(CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema.get("type") == "array":
        return untyped(schema["items"])
    if "anyOf" in schema:
        return any(untyped(one) for one in schema["anyOf"])
    members = schema.get("additionalProperties")
    return "type" not in schema or (
        schema["type"] == "object" and "properties" not in schema and members in (None, True, {})
    )


def test_every_answer_is_typed() -> None:
    assert [name for name, content in answers() if untyped(content["schema"])] == []


def test_every_answer_has_an_example_of_its_own_shape() -> None:
    for name, content in answers():
        whole = {**content["schema"], "components": CONTRACT["components"]}
        found = [error.message for error in Draft202012Validator(whole).iter_errors(content["example"])]
        assert found == [], name


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")
    import django

    django.setup()
    SNAPSHOT.write_text(schema())
