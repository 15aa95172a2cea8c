"""What leaves for other systems: CTDL with stable identifiers, and a table that comes back as it went."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.errors import Unusable
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.pathways.rules.ctdl import agreement_as_ctdl
from linkspan.pathways.rules.table import COLUMNS, KINDS, recognition_as_csv, recognition_from_csv

SAMPLES = packaged_agreements()


@pytest.mark.parametrize("document", SAMPLES, ids=lambda d: f"{d['id']}.{d['version']}")
def test_every_sample_in_ctdl(document) -> None:
    found = agreement_as_ctdl(document, "https://linkspan.example")
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
    assert found == agreement_as_ctdl(json.loads(json.dumps(document)), "https://linkspan.example")


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
    graph = agreement_as_ctdl(document, "https://linkspan.example")["@graph"]
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


names = st.text("ABCx0123456789.-", min_size=1, max_size=8).filter(lambda text: text.strip())
rows = st.fixed_dictionaries(
    {"clause": names, "slot": names, "credits": st.integers(0, 60), "times": st.integers(1, 9)},
    optional={
        "min_grade": st.sampled_from([{"scale": "letter", "value": "B-"}, {"scale": "percent", "value": 60}]),
        "valid_years": st.integers(0, 20),
    },
).flatmap(
    lambda row: st.sampled_from(KINDS).flatmap(
        lambda kind: (names if kind == "course" else st.lists(names, min_size=1, max_size=4)).map(
            lambda courses: {**row, kind: courses}
        )
    )
)


@given(st.lists(rows, max_size=6))
def test_a_table_comes_back_as_it_went(recognition) -> None:
    found = recognition_from_csv(recognition_as_csv({"recognition": recognition}))
    assert (list(found.rows), found.errors) == (recognition, ())


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
    table = f"{','.join(COLUMNS)}\n{row}\n2,any_of,B,1,e,4,,,,\n"
    found = recognition_from_csv(table)
    assert [(line, why in what) for line, what in found.errors] == [(2, True)]
    assert [read["clause"] for read in found.rows] == ["2"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", 'clause,courses\n"1,2\n', "x" * 1_000_001])
def test_what_is_no_table(text) -> None:
    with pytest.raises(Unusable):
        recognition_from_csv(text)


def test_a_cell_is_never_a_formula() -> None:
    written = recognition_as_csv({"recognition": [{"clause": "=1+1", "any_of": ["@A"]}]})
    assert "'=1+1" in written and "'@A" in written
