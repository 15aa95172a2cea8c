"""The kinds of clauses: each file says all there is to say of its kind, and every place reads it from there."""

import json
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.pathways.examples import agreement, record

from linkspan.pathways.engines.schemas import SCHEMAS
from linkspan.pathways.rules.agreement import Agreement, kinds
from linkspan.pathways.rules.agreement.checks import check_agreement
from linkspan.pathways.rules.agreement.checks.here import named_in
from linkspan.pathways.rules.agreement.kinds import KINDS, Setting
from linkspan.pathways.rules.agreement.shapes import AGREEMENT
from linkspan.pathways.rules.agreement.words import requirement_in_words
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.language.findings import Outcome
from linkspan.pathways.rules.language.grammar import check_node

FILES = {place.stem for place in Path(kinds.__file__).parent.glob("[!_]*.py")} - {"clause"}
each_kind = pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=str)


def every_way(kind):
    """The example with each choice of its terms that the shape allows."""
    must = set(kind.shape().needed)
    names = [name for name in kind.example if name not in must]
    for many in range(len(names) + 1):
        for some in combinations(names, many):
            yield {name: value for name, value in kind.example.items() if name in must or name in some}


def with_clause(name, terms):
    return agreement() | {"requirements": [{"clause": "1", name: terms}]}


def test_each_file_is_a_kind_and_nothing_else_is() -> None:
    assert set(KINDS) == FILES
    assert set(KINDS) == set(kinds.Requirement.shape().one_of) - {"rule", "unknown"}


@each_kind
def test_the_example_uses_every_term(name, kind) -> None:
    assert set(kind.example) == set(kind.terms())


@each_kind
def test_every_way_is_read_written_and_judged(name, kind) -> None:
    valid = Draft202012Validator(SCHEMAS["agreement"]())
    for terms in every_way(kind):
        document = with_clause(name, terms)
        AGREEMENT.check(document, "")
        row = document["requirements"][0]
        assert json.dumps(kinds.Requirement.read(row).asks.as_json()) == json.dumps(terms)
        check_node(Agreement.read(document).in_force.requirements[0].node, name)
    assert valid.is_valid(document)
    assert check_agreement(document).errors == ()
    assert audit_record(record(), Agreement.read(document), date(2020, 6, 1)).requirements[0].finding.outcome in Outcome


SETTING = Setting((("Sending", "Program"),), "US")
#: What a person reads of the example of each kind.
PLAINLY = {
    "bridge": (
        "a course, at Receiving, named R-101 or R-102, with grade B or better, taken on campus, begun on "
        "2018-01-01 or later, completed in the last 2 years; and at most 2 attempts, at Receiving, named "
        "R-101 or R-102"
    ),
    "courses": (
        "a course, at Sending, named A, with grade 60 % or better, completed in the last 8 years; and at "
        "least 2 courses, at Sending, named B or C, with grade 60 % or better, completed in the last 8 years"
    ),
    "credential": (
        "a credential, issued by Sending, in the program Program, valid today, with an exam, with grade 60 % "
        "or better, supervised by a proctor, with the identity confirmed"
    ),
    "experience": ("at least 3 years of work"),
    "language": (
        "a test, named TOEFL, with a score of 100 or more, writing 24 or more, taken in the last 2 years, or "
        "living in US, or a degree, from GB, or a degree, taught in en"
    ),
    "mean_grade": (
        "an average grade of 3.25 or better over courses, at Sending, named A or B, completed in the last 8 "
        "years, each counting by its credits"
    ),
    "prior_degree": (
        "(a degree, at bachelor level or higher, from an institution that was accredited then, conferred "
        "before the day of the application, with an average of 3.0 or better, (from US, or evaluated by WES "
        "and found equal to a local degree), or at least 5 years of work); and no degree, at master level or "
        "higher, in the field of management"
    ),
}


@each_kind
def test_every_term_is_told_in_words_and_changes_them(name, kind) -> None:
    def said(terms):
        return requirement_in_words(kinds.Requirement.read({"clause": "1", name: terms}), SETTING)

    told = said(dict(kind.example))
    assert told == PLAINLY[name]
    for term in kind.example:
        rest = {other: value for other, value in kind.example.items() if other != term}
        same = term not in kind.shape().needed and kind.read(rest).tree(SETTING) == kind.read(kind.example).tree(
            SETTING
        )
        assert (said(rest) == told) == same


@pytest.mark.parametrize(
    ("name", "terms", "said"),
    [
        (
            "bridge",
            {"institution": "R", "count": 3, "attempts": 2},
            "3 courses are asked for, and only 2 may be tried.",
        ),
    ],
)
def test_what_nobody_can_meet_is_an_error_of_the_clause(name, terms, said) -> None:
    found = [p for p in check_agreement(with_clause(name, terms)).errors if p.message == said]
    assert [(problem.code, problem.clauses) for problem in found] == [("unreachable", ("1",))]


def test_the_courses_that_a_clause_names_are_looked_up() -> None:
    rows = [{"clause": "1", name: dict(kind.example)} for name, kind in KINDS.items()]
    rows.append({"clause": "x", "courses": {"any_of": "not a list"}})
    found = {
        (one.institution, one.code)
        for one in named_in(Agreement.read(agreement() | {"requirements": rows}))
        if one.clause == "1"
    }
    assert {("Receiving", "R-101"), ("Receiving", "R-102"), ("Sending", "A"), ("Sending", "B")} <= found


def test_what_a_kind_does_not_know_is_written_back_in_its_place() -> None:
    read = KINDS["experience"].read({"later": [1], "years": "2.50", "other": None})
    assert read.years == "2.50" and read.others == {"later": [1], "other": None}
    assert json.dumps(read.as_json()) == '{"later": [1], "years": "2.50", "other": null}'
