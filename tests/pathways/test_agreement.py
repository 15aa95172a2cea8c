"""The agreement as frozen values: read without loss whatever it holds, of the types it says, and written as it was."""

import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pathways.examples import agreement

from linkspan.pathways.engines.documents import packaged_agreements, packaged_policies
from linkspan.pathways.rules.agreement import Agreement, Policy, Window
from linkspan.pathways.rules.agreement.kinds import KINDS
from linkspan.pathways.rules.agreement.shapes import check_agreement_shape
from linkspan.pathways.rules.language.shape import (
    Amount,
    Day,
    Flag,
    Grade,
    ListOf,
    Nullable,
    Record,
    Rule,
    Since,
    Span,
    Text,
)
from linkspan.pathways.rules.language.shape import Whole as WholeNumber
from linkspan.pathways.rules.language.typed import STATED, Part

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/formats/examples").glob("*.json"))
SAMPLES = [*packaged_agreements(), *(json.loads(place.read_text()) for place in EXAMPLES)]
WORDS = st.sampled_from(["A", "B 2", "ü", "1"])
JSON = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | WORDS, lambda inner: st.lists(inner, max_size=2))
STRANGE = st.dictionaries(st.sampled_from(["later", "given", "others", "from_", "x-y"]), JSON, max_size=2)
RULES = st.sampled_from([{"compare": ["residence", "==", "US"]}, {"unknown": "not public"}])
PLAIN = {
    Flag: st.booleans(),
    Day: st.dates(date(2000, 1, 1), date(2100, 1, 1)).map(str),
    Grade: st.sampled_from([{"scale": "percent", "value": 60.5}, {"value": "B", "scale": "letter"}]),
    Span: st.just({"months": 18}),
    Rule: RULES,
}


def values_of(shape) -> st.SearchStrategy:
    """Values of a shape, each in every way that it may be written."""
    match shape:
        case Text():
            return st.sampled_from(shape.choices) if shape.choices else WORDS
        case WholeNumber():
            return st.integers(shape.least, min(shape.most, shape.least + 3))
        case Amount():
            return st.sampled_from([0, 1, 0.5, "0.50", "1", 1.0])
        case Nullable():
            return st.none() | values_of(shape.inner)
        case Since():
            return values_of(shape.inner)
        case ListOf():
            return st.lists(values_of(shape.inner), min_size=shape.least, max_size=2)
        case Record():
            return records_of(shape)
    return PLAIN.get(type(shape), JSON)


def is_there(value: Any) -> bool:
    """Whether a term that must be there is: any of its values but nothing."""
    return value not in (None, "")


@st.composite
def records_of(draw, shape: Record) -> dict:
    """Objects of a shape, in any order, with members that the format does not know where it lets them be."""
    names = [
        *shape.needed,
        *draw(st.lists(st.sampled_from(list(shape.may)), unique=True, max_size=6) if shape.may else st.just([])),
    ]
    names += [draw(st.sampled_from(list(shape.one_of)))] if shape.one_of else []
    names += draw(st.lists(st.sampled_from(list(shape.some_of)), min_size=1, unique=True)) if shape.some_of else []
    known = shape.known()
    given = {name: values_of(known[name]) for name in draw(st.permutations(names))}
    found = {name: draw(one.filter(is_there) if name in shape.needed else one) for name, one in given.items()}
    return found | {n: v for n, v in draw(STRANGE).items() if n not in known} if shape.open else found


def is_of(kind: Any, value: Any) -> bool:
    """Whether the value is of an annotated type."""
    if kind is Any:
        return True
    if get_origin(kind) is UnionType or isinstance(kind, UnionType):
        return any(is_of(one, value) for one in get_args(kind))
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(is_of(get_args(kind)[0], one) for one in value)
    if kind in (int, bool, str, date, Decimal, NoneType):
        return type(value) is kind
    if is_typeddict(kind):
        return isinstance(value, dict) and value.keys() <= get_type_hints(kind).keys()
    return isinstance(value, get_origin(kind) or kind)


def wrong_types(part: Part) -> list[str]:
    """The attributes of a part that are not of the type they say."""
    hints = get_type_hints(type(part))
    own = [one.name for one in fields(part) if STATED in one.metadata]
    found = [f"{type(part).__name__}.{n}: {getattr(part, n)!r}" for n in own if not is_of(hints[n], getattr(part, n))]
    for name in own:
        value = getattr(part, name)
        inner = value if isinstance(value, tuple) else (value,)
        found += [one for each in inner if isinstance(each, Part) for one in wrong_types(each)]
    return found


def same(document) -> None:
    assert json.dumps(Agreement.read(document).as_json()) == json.dumps(document)


@pytest.mark.parametrize("document", SAMPLES, ids=lambda one: one["id"])
def test_every_sample_is_written_as_it_was_read(document) -> None:
    same(document)
    assert wrong_types(Agreement.read(document)) == []


@pytest.mark.parametrize("document", packaged_policies().values(), ids=lambda one: one["id"])
def test_every_policy_is_written_as_it_was_read(document) -> None:
    assert json.dumps(Policy.read(document).as_json()) == json.dumps(document)
    assert wrong_types(Policy.read(document)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=records_of(Agreement.shape()))
def test_what_is_of_the_format_is_of_its_types_and_loses_nothing(document) -> None:
    Agreement.shape().check(document, "")
    same(document)
    found = Agreement.read(document)
    # What a shape leaves open (`Anything`) is as the page that shows it understands it.
    loose = ("Receiving.load", "Receiving.offered", "Receiving.on_campus_offered", "Agreement.policies")
    assert [one for one in wrong_types(found) if not one.startswith(loose)] == []
    for row in found.requirements:
        kind = next((name for name in KINDS if name in row.others), None)
        assert kind is None or json.dumps(row.asks.as_json()) == json.dumps(row.others[kind])


@settings(max_examples=60, deadline=None)
@given(document=st.dictionaries(st.sampled_from(list(Agreement.terms())), JSON, max_size=8), strange=STRANGE)
def test_an_unfinished_draft_loses_nothing_either(document, strange) -> None:
    same({**document, **strange})


def test_a_changed_value_is_written_and_the_rest_stays_to_the_letter() -> None:
    document = agreement() | {
        "later": {"x": 1.0},
        "windows": [{"closes": "2019-01-01", "term": "fall", "more": None}],
        "tuition": None,
    }
    read = Agreement.read(document)
    window = replace(read.windows[0], closes=date(2019, 2, 1))
    made = replace(read, status="closed", seats=3, windows=(window, Window(term="spring")))
    assert json.dumps(made.as_json()) == json.dumps(
        document
        | {
            "status": "closed",
            "windows": [{"closes": "2019-02-01", "term": "fall", "more": None}, {"term": "spring"}],
            "seats": 3,
        }
    )
    assert json.dumps(read.as_json()) == json.dumps(document), "what was read is frozen"


def test_a_checked_agreement_is_its_types() -> None:
    read = Agreement.read(check_agreement_shape(agreement()))
    assert (read.valid_from, read.valid_to, read.receiving.credits) == (date(2018, 10, 1), None, Decimal(48))
    assert read.recognition[0].credits == Decimal(4) and read.windows == ()
