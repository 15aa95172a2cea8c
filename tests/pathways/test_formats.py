"""The published formats: schemas are those of the code, each example passes both, and both refuse what is broken."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import get_type_hints

import pytest
from jsonschema import Draft202012Validator
from tests.pathways.examples import agreement, record

from linkspan.kernel.errors import Unusable
from linkspan.kernel.record import CourseTaken, CredentialHeld, DegreeHeld, ExamTaken, ScoredTest
from linkspan.kernel.record import Record as LearnerRecord
from linkspan.pathways.engines.documents import packaged_agreements, packaged_policies
from linkspan.pathways.engines.schemas import SCHEMAS, published
from linkspan.pathways.rules.agreement import Recognition
from linkspan.pathways.rules.agreement.checks import check_agreement
from linkspan.pathways.rules.agreement.formats import check_understood, with_format
from linkspan.pathways.rules.agreement.shapes import AGREEMENT, as_agreement, check_agreement_shape, check_record_shape
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.language.fields import ROWS, TOP
from linkspan.pathways.rules.language.shape import ListOf, Nullable, Record, Since

FORMATS = Path(__file__).resolve().parents[2] / "docs" / "formats"
EXAMPLES = sorted((FORMATS / "examples").glob("*.json"))


def valid(name: str, value) -> bool:
    return Draft202012Validator(SCHEMAS[name]()).is_valid(value)


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one(name) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("name", published())
def test_what_is_published_is_what_the_code_says(name) -> None:
    assert json.loads((FORMATS / name).read_text()) == published()[name]


@pytest.mark.parametrize("place", EXAMPLES, ids=lambda place: place.stem)
def test_each_example_passes_schema_check_and_audit(place) -> None:
    document = json.loads(place.read_text())
    assert valid("agreement", document)
    assert check_agreement(document).errors == ()
    found = audit_record(record(), as_agreement(document), date(2020, 6, 1)).as_json()
    assert valid("audit", found)
    assert valid("check", check_agreement(document).as_json())


def test_every_kind_of_recognition_has_an_example() -> None:
    shown = [json.loads(place.read_text()) for place in EXAMPLES]
    assert set(Recognition.shape().one_of) <= {
        name for one in shown for row in one.get("recognition") or () for name in row
    }


def test_the_network_and_the_record_are_of_the_format() -> None:
    assert all(valid("agreement", document) for document in packaged_agreements())
    assert all(valid("policy", policy) for policy in packaged_policies().values())
    assert valid("record", record())


def broken() -> list[dict]:
    def change(path: str, value) -> dict:
        document = copy.deepcopy(agreement())
        at = document
        *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
        for part in parents:
            at = at[part]
        at[last] = value
        return document

    return [
        change("version", 0),
        change("valid_from", "soon"),
        change("sending", {"institution": "X"}),
        change("requirements/0/rule", {"compare": ["a", "~", 1]}),
        change("requirements/0/rule", {"exists": "x", "all": []}),
        change("requirements/0", {"clause": "1", "experience": {"years": -1}}),
        change("requirements/0", {"clause": "1", "language": {"tests": []}}),
        change("requirements/0", {"clause": "1", "language": {"tests": [{"name": "TOEFL"}]}}),
        change("recognition/0/times", 0),
        change("recognition/0/min_grade", {"scale": "letter", "value": "Z"}),
        change("caps/0", {"clause": "5"}),
        change("windows", [{"opens": 3}]),
        change("entry", {"by": "luck"}),
        change("holds", [{"clause": "1"}]),
    ]


@pytest.mark.parametrize("document", broken())
def test_what_is_broken_passes_neither(document) -> None:
    assert not valid("agreement", document)
    with pytest.raises(Unusable):
        check_agreement_shape(document)


@pytest.mark.parametrize("bad", [{"credentials": "x"}, {"degrees": [1]}, {"complete": [1]}, [], {"application": 3}])
def test_a_broken_record_passes_neither(bad) -> None:
    assert not valid("record", bad)
    with pytest.raises(Unusable):
        check_record_shape(bad)


#: What the first format knows, by place; a server that knows no more takes nothing else. Never add to it.
FIRST = json.loads((Path(__file__).parent / "golden" / "format-1.json").read_text())


def members(shape, where="") -> set[str]:
    """The places of a shape's members that are of the first format."""
    match shape:
        case Nullable() | ListOf():
            return members(shape.inner, where)
        case Record():
            inner = {f"{where}/{name}": part for name, part in shape.known().items() if not isinstance(part, Since)}
            return set(inner) | {found for place, part in inner.items() for found in members(part, place)}
    return set()


def test_what_is_new_in_the_format_is_marked_as_such() -> None:
    assert sorted(members(AGREEMENT)) == FIRST


POLICY = {"id": "p", "version": 1, "kind": "policy", "institution": "Receiving", "valid_from": "2018-01-01"}


@pytest.mark.parametrize(
    ("needed", "more"),
    [
        (1, {}),
        (2, {"recognition": [{"clause": "1", "each_of": ["A"]}]}),
        (2, {"recognition": [{"clause": "1", "block": [], "times": 2}]}),
        (2, {"requirements": [{"clause": "1", "courses": {"institution": "S", "each_of": ["A"]}}]}),
        (2, {"not_here_yet": ["A"]}),
        (2, {"scales": [{"name": "ours", "best": 1, "worst": 5}]}),
        (2, {"min_grade": {"scale": "german", "value": "2.5"}}),
        (2, {"policies": [{**POLICY, "recognition": [{"clause": "1", "each_of": ["A"]}]}]}),
    ],
)
def test_a_document_names_the_format_that_it_needs(needed, more) -> None:
    terms = with_format(as_agreement(agreement() | more))
    assert terms.as_json().get("format", 1) == needed
    assert with_format(terms).as_json() == terms.as_json()
    check_understood(terms)


@pytest.mark.parametrize("document", packaged_agreements(), ids=lambda d: f"{d['id']}.{d['version']}")
def test_every_sample_is_understood(document) -> None:
    check_understood(as_agreement(document))


def test_the_record_is_typed_as_its_fields_are_listed() -> None:
    """What the type check knows of a record, and what conditions may ask of one, are the same names."""
    rows = {"credentials": CredentialHeld, "courses": CourseTaken, "exams": ExamTaken, "degrees": DegreeHeld}
    typed = {name: set(get_type_hints(row)) - {"complete"} for name, row in (rows | {"tests": ScoredTest}).items()}
    assert typed == {name: set(fields) for name, fields in ROWS.items()}
    assert set(get_type_hints(LearnerRecord)) - {"unusable"} == set(TOP)
