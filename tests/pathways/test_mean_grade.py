"""The kind of clause `mean_grade`: what it asks for, in every engine, in an audit and in the form."""

import json
import sqlite3
from datetime import date

import pytest
from tests.pathways.examples import agreement

from linkspan.pathways.engines.columns import to_table
from linkspan.pathways.engines.compiler import OUTCOMES, judge, wanted_by
from linkspan.pathways.engines.sql import compile_rule
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.checks import check_agreement
from linkspan.pathways.rules.agreement.formats import needed_format
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.language.meaning import PRESENT, Reading
from linkspan.web.agreements.form import document_of

ON = date(2020, 6, 1)
TERMS = {"scale": "letter", "lowest": "3.25", "by_credits": True, "institution": "Sending"}


def asked(**more):
    row = {"clause": "1", "text": "A mean of 3.25", "mean_grade": TERMS | more}
    return agreement() | {"requirements": [row], "recognition": [], "caps": []}


def learner(*grades, complete=True, institution="Sending"):
    rows = [
        {
            "institution": institution,
            "id": f"C{number}",
            "grade": {"scale": "letter", "value": grade},
            "credits": credits,
            "completed": "2020-01-31",
        }
        for number, (grade, credits) in enumerate(grades)
    ]
    return {"learner": "L", "courses": rows, "complete": ["courses"] if complete else []}


OF_OTHERS = learner(("F", 4), institution="Other")["courses"]
CASES = [
    (learner(("A", 8), ("B", 4)), {}, "met"),
    (learner(("A", 4), ("B", 12)), {}, "met"),
    (learner(("A", 1), ("B", 12)), {}, "not_met"),
    (learner(("A", 1), ("B", 12)), {"by_credits": False}, "met"),
    (learner(("A", 1), ("B", 12)), {"courses": ["C0"]}, "met"),
    (learner(("A", 1), ("F", 12)), {"valid_for": {"days": 3}}, "not_met"),
    (learner(("A", 8), ("P", 4)), {}, "unknown"),
    (learner(("A", 8), complete=False), {}, "unknown"),
    (learner(("A", 8)) | {"courses": [*learner(("A", 8))["courses"], *OF_OTHERS]}, {}, "met"),
    (learner(), {}, "not_met"),
    ({}, {}, "unknown"),
]


@pytest.mark.parametrize(("record", "more", "outcome"), CASES)
def test_every_engine_says_the_same(record, more, outcome) -> None:
    document, reading = asked(**more), Reading(PRESENT)
    rule = Agreement.read(document).in_force.requirements[0].node
    assert audit_record(record, Agreement.read(document), ON).requirements[0].finding.outcome == outcome
    judged = judge(rule, to_table([record], wanted_by([rule])), ON, reading)
    assert OUTCOMES[judged.outcomes[0]] == outcome
    part = compile_rule(rule, ON, "sqlite", reading)
    with sqlite3.connect(":memory:") as database:
        asked_of = f"SELECT {part.sql} FROM (SELECT :doc AS record)"
        (found,) = database.execute(asked_of, {**part.parameters, "doc": json.dumps(record)}).fetchone()
    assert {1: "met", 0: "not_met", None: "unknown"}[found] == outcome


def test_the_audit_tells_the_gap_and_the_smallest_change() -> None:
    found = audit_record(learner(("B", 4)), Agreement.read(asked()), ON).as_json()
    (row,) = found["requirements"]
    assert (row["outcome"], row["have"], row["need"], row["gap"], row["unit"]) == (
        "not_met", "3", "3.25", 0.25, "grade points",
    )  # fmt: skip
    (change,) = found["missing"][0]["changes"]
    assert change.startswith("1.34 more credits with the grade A: mean grade of courses with institution is Sending")


def test_a_mean_above_the_best_grade_is_an_error() -> None:
    told = [problem.message for problem in check_agreement(asked(lowest=5)).errors]
    assert told == ["No mean of letter grades is over 4.3."]
    assert check_agreement(asked()).errors == ()


def test_it_is_written_in_plain_fields_and_needs_its_format() -> None:
    saved = {"requirements": [{"clause": "1", "mean_grade": {}}]}
    fields = {"scale": "letter", "lowest": "3.25", "by_credits": "yes", "institution": "Sending"}
    posted = {f"requirements-0-mean_grade_{name}": value for name, value in fields.items()}
    assert document_of(saved, posted) == ({"requirements": [{"clause": "1", "mean_grade": TERMS}]}, {})
    assert needed_format(Agreement.read(asked())) == 2
    rule = Agreement.read(asked()).in_force.requirements[0].node
    assert needed_format(Agreement.read(agreement() | {"requirements": [{"clause": "1", "rule": {"not": rule}}]})) == 2
    assert needed_format(Agreement.read(agreement())) == 1
