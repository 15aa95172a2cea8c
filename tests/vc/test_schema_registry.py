"""Schemas are registered by hash and never fetched."""

import pytest
from tests.vc.makers import DID, LIST_URL, NOW, SEED, status_list, unsigned

from linkspan.vc import Trust, VcError, sign, verify
from linkspan.vc.schema_registry import SchemaRegistry, digest, sri

URL = "https://mitx.example/schemas/badge.json"
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["awardedDate"],
    "properties": {"name": {"maxLength": 30}},
}


def schema_of(schema: dict | None = SCHEMA, change: dict | None = None, **entry) -> tuple[str, str, str]:
    named = {"id": URL, "type": "JsonSchema", **entry}
    credential = sign({**unsigned(), "credentialSchema": named, **(change or {})}, SEED, created=NOW)
    registry = SchemaRegistry()
    if schema is not None:
        registry = registry.register(URL, schema, sha256=digest(schema))
    relied = Trust([{"did": DID, "name": "MITx"}], {LIST_URL: status_list()}, schemas=registry)
    verdict = verify(credential, trust=relied, at=NOW)
    return verdict.checks[5].outcome, verdict.checks[5].code, verdict.verdict


def test_met_violated_and_not_registered() -> None:
    assert schema_of() == ("passed", "schema_met", "valid")
    assert schema_of(change={"name": "x" * 31}) == ("failed", "schema_violated", "invalid")
    assert schema_of(None) == ("unknown", "schema_not_registered", "valid")


def test_the_digest_in_the_credential() -> None:
    assert schema_of(digestSRI=sri(SCHEMA))[0] == "passed"
    assert schema_of(digestSRI="sha256-other") == ("unknown", "schema_differs", "valid")


def test_the_type_of_open_badges() -> None:
    extended = [*unsigned()["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    assert schema_of(change={"@context": extended}, type="1EdTechJsonSchemaValidator2019") == (
        *("passed", "schema_met", "valid"),
    )


def test_nothing_is_fetched() -> None:
    refers = {"$ref": "https://elsewhere.example/schema.json"}
    assert schema_of(refers) == ("unknown", "schema_unusable", "valid")
    assert schema_of({"$ref": "file:///etc/passwd"})[0] == "unknown"


def test_a_schema_with_another_hash_or_that_is_none() -> None:
    with pytest.raises(VcError):
        SchemaRegistry().register(URL, SCHEMA, sha256="0" * 64)
    broken = {"type": 7}
    with pytest.raises(VcError):
        SchemaRegistry().register(URL, broken, sha256=digest(broken))
