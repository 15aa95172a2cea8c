"""`linkspan audit`: exit codes, one line for what cannot be used, clauses in words."""

import json

import pytest
from tests.pathways.examples import agreement, percent, record

from linkspan.site.command import main


@pytest.fixture
def run(tmp_path, capsys):
    def play(rec, agr, *more: str, on: str = "2019-06-01"):
        for name, value in (("record", rec), ("agreement", agr)):
            (tmp_path / name).write_text(value if isinstance(value, str) else json.dumps(value))
        code = main(["audit", str(tmp_path / "record"), str(tmp_path / "agreement"), "--on", on, *more])
        out, err = capsys.readouterr()
        return code, out, err

    return play


def rule(node) -> dict:
    return agreement() | {"requirements": [{"clause": "1", "rule": node}]}


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "[]",
        "{",
        '{"a": NaN}',
        '{"id": "x", "id": "y"}',
        "[" * 100_000,
        agreement() | {"requirements": None},
        {name: value for name, value in agreement().items() if name != "requirements"},
        agreement() | {"caps": [{"clause": "1", "max_recognised_credits": "x"}]},
        agreement() | {"caps": [{"clause": "1", "max_recognised_creditz": 1}]},
        agreement() | {"recognition": {}},
        agreement() | {"version": "x"},
        agreement() | {"valid_from": "soon"},
        agreement() | {"valid_to": "2018-10-01"},
        agreement() | {"sending": None},
        agreement() | {"tuition": {"per_course": {"minor": 1}}},
        agreement() | {"recognition": [{"clause": "1", "course": "x", "times": 10**9}]},
        rule({"foo": 1}),
        rule({"count": "x", "op": "in", "value": 1}),
        rule({"compare": ["grade", ">=", {"scale": "letter", "value": "Z"}]}),
        rule({"compare": ["grade", ">=", "somewhat"]}),
        rule({"compare": ["a b", "==", 1]}),
        rule({"age": ["taken", "in", {"years": 1}]}),
    ],
)
def test_an_agreement_that_cannot_be_used_is_two_and_one_line(run, bad) -> None:
    code, out, err = run(record(), bad)
    assert (code, out, err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "[]",
        {"credentials": "x"},
        {"credentials": [1]},
        {"complete": 5},
        {"courses": {}},
        {"credentials": [{"courses": 1}]},
    ],
)
def test_a_record_that_cannot_be_used_is_two_and_one_line(run, bad) -> None:
    code, out, err = run(bad, agreement())
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_an_empty_record_is_unknown_everywhere(run) -> None:
    code, out, _ = run({}, agreement(), "--json")
    found = json.loads(out)
    assert (code, found["outcome"]) == (1, "unknown")
    assert all(row["reason"] for row in found["requirements"])


def test_the_gap_is_a_number_and_is_told_in_words(run) -> None:
    rec = record()
    rec["tests"][0]["score"] = 99
    found = json.loads(run(rec, agreement(), "--json")[1])
    assert found["requirements"][2]["gap"] == 1
    assert found["missing"][0]["changes"] == ["1 point of TOEFL (has 99, needs 100)"]
    assert "1 point of TOEFL" in run(rec, agreement())[1]


def test_another_scale_is_unknown_with_its_reason_until_a_mapping_is_stated(run) -> None:
    node = {"exists": "credentials", "where": {"compare": ["average", ">=", {"scale": "letter", "value": "B"}]}}
    rec = record() | {"credentials": [{"id": "c", "average": percent(81)}]}
    found = json.loads(run(rec, rule(node), "--json")[1])
    assert found["outcome"] == "unknown"
    assert "no mapping from percent grades to letter grades" in found["requirements"][0]["reason"]
    bands = [{"at_least": 80, "value": "B"}, {"at_least": 90, "value": "A"}, {"at_least": 0, "value": "F"}]
    stated = {"grade_maps": [{"from": "percent", "to": "letter", "bands": bands}]}
    assert json.loads(run(rec, rule(node) | stated, "--json")[1])["outcome"] == "met"


def test_a_hold_waits_for_a_person_and_changes_no_outcome(run) -> None:
    hold = {"clause": "9", "text": "Export control", "rule": {"compare": ["residence", "in", ["XX"]]}}
    found = json.loads(run(record() | {"residence": "XX"}, agreement() | {"holds": [hold]}, "--json")[1])
    assert found["outcome"] == "met"
    assert found["holds"] == [{"clause": "9", "text": "Export control", "have": "XX"}]
