"""Texts over the API are bounded as on the pages, and are such as a database stores."""

import pytest
from tests.api.test_verbs import call
from tests.factories.world import load_world

from linkspan.api.once import LARGEST, LONGEST, Posted
from linkspan.site.urls import urlpatterns

assert urlpatterns, "every router is read, and so every shape is known"
#: What is posted as a file's own text.
FILES = {
    "KeepIn.content",
    "ScoresIn.csv",
    "SourceIn.metadata",
    "SamlProviderIn.metadata",
    "TableIn.table",
    "RosterIn.roster",
    "ImportIn.export",
    "RegistrationIn.evidence_base64",
    "AnswerFileIn.parts",
    "BankIn.archive_base64",
    "ItemIn.picture_base64",
    "LookIn.mark_base64",
    "SignatoryIn.signature_base64",
    "QtiIn.archive_base64",
    "BankFileIn.content",
    "NeedIn.document",
    "CourseIn.archive_base64",
    "ExtensionsIn.csv",
    "PlacesIn.csv",
    "ExtraTimesIn.csv",
    "SebIn.file_base64",
    "PostedPaper.document_base64",
    "IdentityIn.document_base64",
    "ExtraTimeIn.document_base64",
    "AccommodationsIn.document_base64",
    "DegreeIn.document_base64",
    "TestScoreIn.document_base64",
}


def shapes(of=Posted):
    for shape in of.__subclasses__():
        yield shape
        yield from shapes(shape)


def texts(schema, definitions):
    """Every text in a shape, with its longest."""
    if "$ref" in schema:
        return
    if schema.get("type") == "string" and not {"format", "enum", "const", "pattern"} & set(schema):
        yield schema.get("maxLength")
    inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())]
    for part in inner:
        if isinstance(part, dict):
            yield from texts(part, definitions)


def test_every_text_is_bounded() -> None:
    longest = {}
    for shape in shapes():
        schema = shape.model_json_schema()
        for name, field in schema["properties"].items():
            for most in texts(field, schema):
                longest[f"{shape.__name__}.{name}"] = most
    assert len(longest) > 50
    assert {name for name, most in longest.items() if most is None or most > LARGEST} == set()
    assert {name for name, most in longest.items() if most > LONGEST} == FILES


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["r" * 10_001, "a\0b"])
def test_what_cannot_be_kept_whole_is_refused(client, reason) -> None:
    cast = load_world()
    body = {"institution": "MITx", "export": "", "name": "grades.jsonl", "reason": reason, "dry_run": True}
    answer = call(client, cast["mitx-registrar"], "records/imports", body, key="a key")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:linkspan:problem:input_invalid")
