"""What leaves for other systems: CTDL with stable identifiers, and a table that comes back as it went."""

import json

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
    for name in ("ceterms:hasPart", "ceterms:hasDestinationComponent"):
        assert all(part in nodes for part in pathway[name])
    (goal,) = pathway["ceterms:hasDestinationComponent"]
    (condition,) = nodes[goal]["ceterms:hasCondition"]
    assert all(target in nodes for target in condition["ceterms:targetComponent"])
    assert len(condition["ceterms:requires"]) == len(document.get("requirements") or ())
    values = [node for node in nodes.values() if node["@type"] == "ceterms:TransferValueProfile"]
    assert len(values) == len(document.get("recognition") or ())
    assert len({node["ceterms:ctid"] for node in nodes.values()}) == len(found["@graph"])
    assert found == agreement_as_ctdl(json.loads(json.dumps(document)), "https://linkspan.example")


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
