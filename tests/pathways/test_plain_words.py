"""Terms as a person without training reads them: every sample agreement, every node of the language, nested too."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from tests.pathways.trees import RULES

import linkspan.site.sample
from linkspan.kernel.told import told
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.words import agreement_in_words
from linkspan.pathways.rules.language.telling import plainly

SAMPLE = Path(linkspan.site.sample.__file__).parent
FILES = sorted([*SAMPLE.glob("agreements/*.json"), *SAMPLE.glob("policies/*.json")])
#: What only who wrote the program understands.
TECHNICAL = re.compile(
    r"as a rule|with issuer|issuer is|status is|institution is|\bcount of|\bsum of|\bclause \w+, valid|"
    r"[<>=]{2}|[{}\[\]]|\b[a-z]+_[a-z_]+\b|: \)|\bNone\b|\bTrue\b|\bFalse\b|\bGPA\b|\d{4}-\d{2}-\d{2}|"
    r"\b\d{4} (?:fall|spring|summer|january)\b|experience years|\b1 courses\b|\d %\.?$"
)


def said_of(path) -> list[str]:
    document = json.loads(path.read_text())
    return [told(line.in_words()) for line in agreement_in_words(Agreement.read(document))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_sentence_of_a_sample_agreement_is_technical(path) -> None:
    assert [line for line in said_of(path) if TECHNICAL.search(line)] == []


def test_there_are_all_of_them() -> None:
    assert len(FILES) >= 29


def test_a_few_as_they_are_read() -> None:
    lines = said_of(SAMPLE / "agreements" / "zlc-zlogb-from-mitx-scm.v1.json")
    for line in (
        "Country: Spain",
        "From Jan 1, 2019 on",
        "Two years of work or more. Checked: at least 2 years of work",
        "Apply for Spring 2020 from Oct 1, 2019 to Nov 15, 2019",
        "Places among equal applicants are drawn by lot",
    ):
        assert line in lines
    lines = said_of(SAMPLE / "agreements" / "hes-management-from-mitx-scm.v1.json")
    for line in (
        "Elective: 4 courses",
        "One additional HES course with grade B or better. Checked: a course, at HES, with grade B or better",
        "Up to 4 of these courses, each for 4 credits as elective: SC1x, SC2x, SC3x, SC4x, SC0x",
        "With 60% or better",
        "At most 16 credits are recognised",
        "The admission course allows 2 attempts",
        "Tuition waived for each recognised course: $2,700",
    ):
        assert line in lines
    assert "At most 50% of the degree may come from elsewhere" in said_of(
        SAMPLE / "policies" / "polyu-taught-postgraduate.v1.json"
    )


B = {"compare": ["grade", ">=", {"scale": "letter", "value": "B"}]}
AT_HES = {"compare": ["institution", "==", "HES"]}


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"all": [{"exists": "courses", "where": {"all": [AT_HES, B]}}, {"exists": "tests"}]},
         "a course, at HES, with grade B or better; and a test"),
        ({"any": [{"exists": "degrees"}, {"all": [{"exists": "tests"}, {"exists": "exams"}]}]},
         "a degree, or (a test; and an exam)"),
        ({"at_least": 2,
          "of": [{"exists": "degrees"}, {"exists": "tests"}, {"compare": ["experience_years", ">=", 3]}]},
         "at least 2 of these: a degree; a test; at least 3 years of work"),
        ({"count": "courses", "where": {"any": [AT_HES, {"all": [B, {"compare": ["on_campus", "==", False]}]}]},
          "op": ">=", "value": 2},
         "at least 2 courses, at HES, or with grade B or better and not taken on campus"),
        ({"not": {"exists": "degrees", "where": {"compare": ["level", ">=", "master"]}}},
         "no degree, at master level or higher"),
        ({"sum": "courses.credits", "op": ">=", "value": 12, "where": AT_HES},
         "at least 12 credits in all from courses, at HES"),
        ({"age": ["awarded", "<=", {"years": 1, "months": 6}]}, "awarded in the last 1 year 6 months"),
        ({"before": ["completed", "2018-10-01"]}, "completed before Oct 1, 2018"),
        ({"not": {"before": ["started", "2018-10-01"]}}, "begun on Oct 1, 2018 or later"),
        ({"compare": ["residence", "in", ["MX", "US"]]}, "living in Mexico or United States"),
        ({"compare": ["grade", "<", {"scale": "percent", "value": 60}]}, "with grade worse than 60%"),
        ({"compare": ["average", ">=", {"scale": "german", "value": "2.5"}]},
         "with an average of 2.5 or better on the german scale"),
    ],
)  # fmt: skip
def test_rules_read_plainly(node, words) -> None:
    assert told(plainly(node)) == words


@given(RULES)
def test_every_rule_can_be_told(tree) -> None:
    assert told(plainly(tree)) and told(plainly(tree, whole=True))
