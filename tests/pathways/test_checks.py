"""Static checks: each code is raised by a document that has the fault, and not by the one beside it that has not."""

import json
from dataclasses import replace

import pytest
from tests.pathways.examples import agreement, percent

from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.checks import check_agreement
from linkspan.site.command import main


def letter(value: str) -> dict:
    return {"scale": "letter", "value": value}


def grade(op: str, value) -> dict:
    return {"compare": ["grade", op, value]}


def with_rule(node) -> dict:
    return agreement() | {"requirements": [{"clause": "1", "rule": node}]}


def course(clause: str, name: str, **more) -> dict:
    return {"clause": clause, "course": name, "slot": "elective", "credits": 4} | more


def recognising(*rules, **more) -> dict:
    return agreement() | {"recognition": list(rules), "caps": []} | more


def degree(**more) -> dict:
    return {"receiving": agreement()["receiving"] | more}


SLOTS = [{"slot": "core", "courses": 6}, {"slot": "elective", "courses": 6}]
WINDOW = {"opens": "2019-01-01", "closes": "2019-02-01", "term": "fall"}
AB = [{"at_least": 0, "value": "F"}, {"at_least": 60, "value": "B"}]

OTHER = {"compare": ["program", "==", "Q"]}
SEVEN = {"clause": "5", "max_recognised_credits": 7}

#: A scale of our own on which lower is better.
FIVE = [{"name": "five", "best": 1, "worst": 5, "lowest_pass": 4}]


def five(value) -> dict:
    return {"scale": "five", "value": value}


def on_five(document) -> dict:
    return document | {"scales": FIVE}


#: (code, clauses, faulty, sound)
CASES = [
    (
        "unreachable",
        ("1",),
        on_five(with_rule({"exists": "courses", "where": {"all": [grade(">=", five(2)), grade("<", five(3))]}})),
        on_five(with_rule({"exists": "courses", "where": {"all": [grade(">=", five(3)), grade("<", five(2))]}})),
    ),
    (
        "grade_hole",
        ("1", "2"),
        on_five(
            recognising(
                course("1", "A", min_grade=five(4), below_grade=five(3)), course("2", "A", min_grade=five(2), credits=6)
            )
        ),
        on_five(
            recognising(
                course("1", "A", min_grade=five(4), below_grade=five(2)), course("2", "A", min_grade=five(2), credits=6)
            )
        ),
    ),
    (
        "ambiguous",
        ("1", "2"),
        recognising(course("1", "A"), course("2", "A", slot="core")),
        recognising(course("1", "A"), course("2", "B")),
    ),
    (
        "ambiguous",
        ("1", "2"),
        recognising(course("1", "A", min_grade=percent(60)), course("2", "A", min_grade=percent(80), credits=6)),
        recognising(
            course("1", "A", min_grade=percent(60), below_grade=percent(80)),
            course("2", "A", min_grade=percent(80), credits=6),
        ),
    ),
    (
        "grade_hole",
        ("1", "2"),
        recognising(
            course("1", "A", min_grade=percent(60), below_grade=percent(75)),
            course("2", "A", min_grade=percent(80), credits=6),
        ),
        recognising(
            course("1", "A", min_grade=letter("C"), below_grade=letter("B")),
            course("2", "A", min_grade=letter("B"), credits=6),
        ),
    ),
    (
        "grade_hole",
        ("1",),
        with_rule(
            {
                "exists": "courses",
                "where": {
                    "any": [{"all": [grade(">=", percent(60)), grade("<", percent(70))]}, grade(">=", percent(80))]
                },
            }
        ),
        with_rule(
            {
                "exists": "courses",
                "where": {
                    "any": [{"all": [grade(">=", letter("C")), grade("<=", letter("B-"))]}, grade(">=", letter("B"))]
                },
            }
        ),
    ),
    (
        "cap_below_award",
        ("4", "5"),
        agreement() | {"caps": [{"clause": "5", "max_recognised_credits": 3}]},
        agreement() | {"caps": [{"clause": "5", "max_recognised_credits": 4}]},
    ),
    (
        "cap_below_award",
        ("1", "5"),
        recognising({"clause": "1", "block": [], "slot": "elective", "credits": 4, "times": 4}, caps=[SEVEN]),
        recognising({"clause": "1", "block": [], "slot": "elective", "credits": 7}, caps=[SEVEN]),
    ),
    (
        "award_above_degree",
        ("1",),
        recognising(course("1", "A", credits=49)),
        recognising(course("1", "A", credits=48)),
    ),
    (
        "times_in_vain",
        ("1",),
        recognising(course("1", "A", times=2)),
        recognising({"clause": "1", "block": [], "slot": "elective", "credits": 4, "times": 2}),
    ),
    (
        "times_in_vain",
        ("1",),
        recognising({"clause": "1", "each_of": ["A", "B"], "slot": "elective", "credits": 4, "times": 2}),
        recognising({"clause": "1", "each_of": ["A", "B"], "slot": "elective", "credits": 4}),
    ),
    (
        "residency_above_degree",
        ("4", "5"),
        agreement() | {"caps": [{"clause": "5", "residency_min_credits": 45}]},
        agreement() | {"caps": [{"clause": "5", "residency_min_credits": 44}]},
    ),
    (
        "slot_missing",
        ("1",),
        recognising(course("1", "A", slot="thesis"), **degree(slots=SLOTS)),
        recognising(course("1", "A"), **degree(slots=SLOTS)),
    ),
    (
        "unreachable",
        ("1",),
        with_rule({"all": [{"compare": ["experience_years", ">=", 5]}, {"compare": ["experience_years", "<", 3]}]}),
        with_rule({"all": [{"compare": ["experience_years", ">=", 3]}, {"compare": ["experience_years", "<", 5]}]}),
    ),
    (
        "unreachable",
        ("1",),
        with_rule({"all": [{"compare": ["residence", "==", "KE"]}, {"compare": ["residence", "==", "UG"]}]}),
        with_rule({"any": [{"compare": ["residence", "==", "KE"]}, {"compare": ["residence", "==", "UG"]}]}),
    ),
    (
        "unreachable",
        ("1",),
        with_rule(
            {
                "exists": "degrees",
                "where": {
                    "all": [{"age": ["conferred", ">=", {"years": 5}]}, {"age": ["conferred", "<", {"years": 3}]}]
                },
            }
        ),
        with_rule(
            {
                "exists": "degrees",
                "where": {
                    "all": [{"age": ["conferred", ">=", {"years": 3}]}, {"age": ["conferred", "<", {"years": 5}]}]
                },
            }
        ),
    ),
    (
        "unreachable",
        ("1",),
        with_rule({"exists": "courses", "where": grade(">=", percent(101))}),
        with_rule({"exists": "courses", "where": grade(">=", percent(100))}),
    ),
    (
        "unreachable",
        ("1",),
        with_rule({"count": "courses", "op": "<", "value": 0}),
        with_rule({"count": "courses", "op": "<", "value": 1}),
    ),
    ("path_unknown", ("1",), with_rule({"exists": "degres"}), with_rule({"exists": "degrees"})),
    (
        "type_mismatch",
        ("1",),
        with_rule({"compare": ["experience_years", "==", "many"]}),
        with_rule({"compare": ["experience_years", "==", 3]}),
    ),
    (
        "operator_unknown",
        ("1",),
        with_rule({"compare": ["experience_years", "~", 3]}),
        with_rule({"compare": ["experience_years", ">", 3]}),
    ),
    (
        "capacity_without_window",
        ("seats", "windows"),
        agreement() | {"seats": 40},
        agreement() | {"seats": 40, "windows": [WINDOW]},
    ),
    (
        "deadline_before_result",
        ("windows[0]", "results_by"),
        agreement() | {"windows": [WINDOW], "results_by": "2019-02-02"},
        agreement() | {"windows": [WINDOW], "results_by": "2019-02-01"},
    ),
    (
        "clause_twice",
        ("4",),
        agreement()
        | {"caps": [{"clause": "4", "max_recognised_credits": 16}, {"clause": "4", "residency_min_credits": 8}]},
        agreement() | {"caps": [{"clause": "4", "max_recognised_credits": 16}]},
    ),
    (
        "credential_other",
        ("1",),
        with_rule({"exists": "credentials", "where": {"compare": ["program", "==", "Q"]}}),
        with_rule({"exists": "credentials", "where": {"compare": ["program", "in", ["Q", "P"]]}}),
    ),
    (
        "credential_other",
        ("1",),
        with_rule({"any": [{"count": "credentials", "where": OTHER, "op": ">=", "value": 1}, {"exists": "tests"}]}),
        with_rule({"not": {"exists": "credentials", "where": OTHER}}),
    ),
    ("policy_missing", ("p",), agreement() | {"inherits": [{"policy": "p"}]}, agreement()),
    (
        "ambiguous",
        (),
        agreement()
        | {"grade_maps": [{"from": "percent", "to": "letter", "bands": [*AB, {"at_least": 60, "value": "A"}]}]},
        agreement() | {"grade_maps": [{"from": "percent", "to": "letter", "bands": AB}]},
    ),
]


@pytest.mark.parametrize(("code", "clauses", "faulty", "sound"), CASES, ids=lambda v: v if isinstance(v, str) else "")
def test_each_fault_is_named_with_its_clauses(code, clauses, faulty, sound) -> None:
    assert (code, clauses) in {(problem.code, problem.clauses) for problem in check_agreement(faulty).errors}
    assert check_agreement(sound).errors == ()


@pytest.mark.parametrize(
    ("code", "clauses", "document"),
    [
        ("cap_binds", ("5",), agreement() | {"caps": [{"clause": "5", "max_recognised_credits": 12}]}),
        ("cap_binds", ("5",), agreement() | {"caps": [{"clause": "5", "max_fraction_external": "0.25"}]}),
        ("cap_binds", ("5",), agreement() | {"caps": [{"clause": "5", "residency_min_credits": 40}]}),
        ("menu_above_degree", ("4",), agreement() | {"caps": []} | degree(credits=12)),
        (
            "slot_too_small",
            ("1",),
            recognising(
                {"clause": "1", "block": ["A"], "slot": "core", "credits": 28}, **degree(slots=SLOTS, credits=48)
            ),
        ),
    ],
)
def test_a_menu_longer_than_a_limit_is_a_warning(code, clauses, document) -> None:
    report = check_agreement(document)
    assert report.errors == ()
    assert (code, clauses) in [(problem.code, problem.clauses) for problem in report.warnings]


def test_versions_leave_no_gap() -> None:
    first = Agreement.read(agreement() | {"valid_to": "2019-06-01"})
    second = agreement() | {"version": 2, "valid_from": "2019-07-01"}
    assert [problem.code for problem in check_agreement(second, [first]).errors] == ["validity_gap"]
    assert check_agreement(second | {"valid_from": "2019-06-01"}, [first]).errors == ()
    assert check_agreement(second, [replace(first, id="another")]).errors == ()


def test_what_is_not_public_is_a_warning_that_names_the_term() -> None:
    document = agreement() | {"unknown_terms": [{"term": "seats", "reason": "not published"}]}
    document["requirements"].append({"clause": "9", "unknown": "what else is asked"})
    report = check_agreement(document)
    assert report.errors == ()
    assert {problem.clauses for problem in report.warnings if problem.code == "term_unknown"} == {("9",), ("seats",)}


def test_the_packaged_network_has_no_errors(capsys) -> None:
    assert main(["agreements", "check", "--all", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["errors"], found["checked"]) == ([], len(packaged_agreements()))


def test_exit_codes(tmp_path, capsys) -> None:
    def check(value) -> int:
        (tmp_path / "file").write_text(value if isinstance(value, str) else json.dumps(value))
        return main(["agreements", "check", str(tmp_path / "file"), "--json"])

    assert check(agreement()) == 0
    assert json.loads(capsys.readouterr().out) == {"errors": [], "warnings": []}
    assert check(agreement() | {"seats": 40}) == 1
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "capacity_without_window"
    first, second = agreement() | {"valid_to": "2019-06-01"}, agreement() | {"version": 2, "valid_from": "2019-07-01"}
    assert check([first, second]) == 1
    capsys.readouterr()
    for bad in ("", "[1]", "7", "{}", "[" * 100_000):
        assert check(bad) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
    assert main(["agreements", "check", str(tmp_path / "none")]) == 2
