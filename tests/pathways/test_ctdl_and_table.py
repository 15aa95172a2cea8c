"""What leaves for other systems: CTDL with stable identifiers, and a table that comes back as it went."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.errors import Unusable
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.pathways.rules.agreement import Agreement, Recognition
from linkspan.pathways.rules.agreement.ctdl import agreement_as_ctdl
from linkspan.pathways.rules.agreement.table import COLUMNS, KINDS, recognition_as_csv, recognition_from_csv
from linkspan.pathways.rules.language.values import number

SAMPLES = packaged_agreements()


@pytest.mark.parametrize("document", SAMPLES, ids=lambda d: f"{d['id']}.{d['version']}")
def test_every_sample_in_ctdl(document) -> None:
    found = agreement_as_ctdl(Agreement.read(document), "https://linkspan.example")
    nodes = {node["@id"]: node for node in found["@graph"]}
    (pathway,) = [node for node in nodes.values() if node["@type"] == "ceterms:Pathway"]
    for name in ("ceasn:hasPart", "ceterms:hasDestinationComponent"):
        assert all(part in nodes for part in pathway[name])
    (goal,) = pathway["ceterms:hasDestinationComponent"]
    assert nodes[goal]["ceterms:isDestinationComponentOf"] == [pathway["@id"]]
    (condition,) = nodes[goal]["ceterms:hasCondition"]
    assert all(target in nodes for target in condition["ceterms:targetComponent"])
    degree = nodes[nodes[goal]["ceterms:proxyFor"]]
    assert len(degree.get("ceterms:requires", ())) == len(document.get("requirements") or ())
    values = [node for node in nodes.values() if node["@type"] == "ceterms:TransferValueProfile"]
    assert len(values) == len(document.get("recognition") or ())
    own = [node for node in nodes.values() if "ceterms:ctid" in node]
    assert len({node["ceterms:ctid"] for node in own}) == len(own) == 3 + len(values)
    assert len(nodes) == len(found["@graph"])
    assert found == agreement_as_ctdl(Agreement.read(json.loads(json.dumps(document))), "https://linkspan.example")


#: What the Credential Registry's publishing API requires of each class, and which properties hold references.
REQUIRED = {
    "ceterms:Pathway": {"ctid", "name", "description", "subjectWebpage", "ownedBy", "hasDestinationComponent"},
    "ceterms:CredentialComponent": {"ctid", "name", "proxyFor"},
    "ceterms:TransferValueProfile": {
        *("ctid", "name", "description", "subjectWebpage", "ownedBy", "startDate", "transferValue"),
        *("transferValueFor",),
    },
    "ceterms:CredentialOrganization": {"name"},
    "ceterms:MicroCredential": {"name", "offeredBy"},
    "ceterms:Degree": {"name", "offeredBy"},
    "ceterms:Course": {"name", "codedNotation", "offeredBy"},
    "ceterms:ComponentCondition": {"name", "description", "requiredNumber", "targetComponent"},
    "ceterms:ConditionProfile": {"name", "description"},
    "ceterms:ValueProfile": set(),
    "ceterms:IdentifierValue": {"identifierValueCode"},
}
REFERENCES = {
    *("ceasn:hasPart", "ceasn:isPartOf", "ceterms:hasDestinationComponent", "ceterms:isDestinationComponentOf"),
    *("ceterms:ownedBy", "ceterms:offeredBy", "ceterms:targetComponent", "ceterms:proxyFor"),
    *("ceterms:transferValueFrom", "ceterms:transferValueFor"),
}
CTID = re.compile(r"ce-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def objects(value):
    """Every object of a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


@pytest.mark.parametrize("document", SAMPLES, ids=lambda d: f"{d['id']}.{d['version']}")
def test_required_terms_and_references(document) -> None:
    graph = agreement_as_ctdl(Agreement.read(document), "https://linkspan.example")["@graph"]
    known = {node["@id"] for node in graph}
    typed = [found for found in objects(graph) if "@type" in found]
    for found in typed:
        missing = {f"ceterms:{name}" for name in REQUIRED[found["@type"]]} - set(found)
        assert not missing, (found["@type"], missing)
        assert CTID.fullmatch(found.get("ceterms:ctid", "ce-00000000-0000-0000-0000-000000000000"))
        for name in REFERENCES & set(found):
            held = found[name] if isinstance(found[name], list) else [found[name]]
            assert set(held) <= known, name
    assert {"ceterms:Pathway", "ceterms:Degree"} <= {found["@type"] for found in typed}


names = st.text("ABCx0123456789.-=';, \n", min_size=1, max_size=8)
amounts = st.one_of(st.integers(0, 60), st.sampled_from(["7.5", 7.5, "4"]))
grades = st.sampled_from([{"scale": "letter", "value": "B-"}, {"scale": "percent", "value": 60}])
rows = st.fixed_dictionaries(
    {"clause": names},
    optional={
        **{name: names for name in ("slot", "text", "as", "level")},
        **{name: grades for name in ("min_grade", "below_grade")},
        "credits": amounts,
        "times": st.integers(1, 9),
        "valid_years": st.integers(0, 20),
        "priority": st.integers(0, 20),
        "effect": st.sampled_from(["credit", "waiver"]),
        "convert": st.booleans(),
        "gives": st.lists(
            st.fixed_dictionaries({"slot": names, "credits": amounts}, optional={"as": names}), min_size=1, max_size=2
        ),
        "of_a_later_format": st.integers(),
    },
).flatmap(
    lambda row: st.sampled_from(KINDS).flatmap(
        lambda kind: (names if kind in ("course", "unknown") else st.lists(names, min_size=1, max_size=4)).map(
            lambda courses: {**row, kind: courses}
        )
    )
)


def exact(value):
    """A value with its numerals as numbers: the table says 7.5, whether the document has a number or a text."""
    if isinstance(value, dict):
        return {name: exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    return value if number(value) is None else number(value)


@given(st.lists(rows, max_size=4))
def test_a_table_comes_back_as_it_went_or_is_refused(recognition) -> None:
    try:
        table = recognition_as_csv(map(Recognition.read, recognition))
    except Unusable as refusal:
        assert refusal.code == "table_cannot_hold"
        return
    found = recognition_from_csv(table)
    assert (exact(list(found.rows)), found.errors) == (exact(recognition), ())


@pytest.mark.parametrize("document", SAMPLES, ids=lambda d: f"{d['id']}.{d['version']}")
def test_a_table_holds_every_sample(document) -> None:
    found = recognition_from_csv(recognition_as_csv(Agreement.read(document).recognition))
    assert (exact(list(found.rows)), found.errors) == (exact(list(document.get("recognition") or ())), ())


FULL = {
    "clause": "4",
    "any_of": ["A", "B"],
    "times": 2,
    "gives": [{"slot": "core", "credits": 4, "as": "MGMT E-100"}, {"slot": "elective", "credits": "0.5"}],
    "convert": False,
    "effect": "waiver",
    "as": "MGMT E-200",
    "priority": 1,
    "level": "graduate",
    "min_grade": {"scale": "percent", "value": 60},
    "below_grade": {"scale": "letter", "value": "A"},
    "valid_years": 7,
    "slot": "elective",
    "credits": 4,
    "text": "Any two, «graded»,\nor none",
}


def test_a_table_holds_all_that_a_row_can_say() -> None:
    shape = Recognition.shape()
    assert set(FULL) == {name for name in shape.known() if name not in shape.one_of} | {"any_of"}
    whole = [FULL, {"clause": "5", "block": [], "credits": 8}, {"clause": "6", "unknown": "not published"}]
    assert recognition_from_csv(recognition_as_csv(map(Recognition.read, whole))).rows == tuple(whole)


@pytest.mark.parametrize("lost", [{"any_of": ["A;B"]}, {"course": " A"}, {"course": "A", "later": 1}, {"later": ["A"]}])
def test_what_a_table_cannot_hold_is_refused_by_its_clause(lost) -> None:
    with pytest.raises(Unusable, match="clause 7"):
        recognition_as_csv(map(Recognition.read, [FULL, {"clause": "7", **lost}]))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",any_of,A,1,e,4,,,,", "clause"),
        ("1,some,A,1,e,4,,,,", "kind"),
        ("1,any_of,,1,e,4,,,,", "courses"),
        ("1,course,A;B,1,e,4,,,,", "courses"),
        ("1,any_of,A,one,e,4,,,,", "times"),
        ("1,any_of,A,1,e,four,,,,", "credits"),
        ("1,any_of,A,1,e,4,60,,,", "grade_scale"),
        ("1,any_of,A,1,e,4,,,-1,", "valid_years"),
        ("1,any_of,A", "cells"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_are_read(row, why) -> None:
    table = f"{','.join(COLUMNS[:10])}\n{row}\n2,any_of,B,1,e,4,,,,\n"
    found = recognition_from_csv(table)
    assert [(line, why in what) for line, what in found.errors] == [(2, True)]
    assert [read["clause"] for read in found.rows] == ["2"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", 'clause,courses\n"1,2\n', "x" * 1_000_001])
def test_what_is_no_table(text) -> None:
    with pytest.raises(Unusable):
        recognition_from_csv(text)


def test_a_cell_is_never_a_formula() -> None:
    written = recognition_as_csv([Recognition.read({"clause": "=1+1", "any_of": ["@A"]})])
    assert "'=1+1" in written and "'@A" in written
    assert recognition_from_csv(written).rows == ({"clause": "=1+1", "any_of": ["@A"]},)
