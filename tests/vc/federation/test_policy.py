"""Metadata policies: merged from the anchor down, applied to the leaf, and broken ones refused."""

import pytest

from linkspan.vc import VcError
from linkspan.vc.federation.policy import applied, merged, read_policy

ABSENT = object()


def policy(**operators) -> dict:
    return read_policy({"t": {"p": operators}})


def shaped(value=ABSENT, name="p", /, **operators):
    """The parameter after the policy; ABSENT if it is gone."""
    held = {} if value is ABSENT else {name: value}
    return applied(read_policy({"t": {name: operators}}), {"t": held})["t"].get(name, ABSENT)


@pytest.mark.parametrize(
    ("value", "operators", "expected"),
    [
        ("a", {"value": "b"}, "b"),
        (ABSENT, {"value": "b"}, "b"),
        ("a", {"value": None}, ABSENT),
        (["a"], {"add": ["b", "a"]}, ["a", "b"]),
        (ABSENT, {"add": ["b"]}, ["b"]),
        (ABSENT, {"default": "d"}, "d"),
        ("a", {"default": "d"}, "a"),
        (None, {"default": "d"}, "d"),
        ("a", {"one_of": ["a", "b"]}, "a"),
        (ABSENT, {"one_of": ["a", "b"]}, ABSENT),
        (["a", "c"], {"subset_of": ["a", "b"]}, ["a"]),
        (["c"], {"subset_of": ["a", "b"]}, ABSENT),
        (ABSENT, {"subset_of": ["a"]}, ABSENT),
        (["a", "b"], {"superset_of": ["a"]}, ["a", "b"]),
        (ABSENT, {"superset_of": ["a"]}, ABSENT),
        ("a", {"essential": True}, "a"),
        (ABSENT, {"essential": False}, ABSENT),
        (["c"], {"add": ["a"], "subset_of": ["a", "b"], "essential": True}, ["a"]),
        (["x"], {"some_new_operator": 1}, ["x"]),
    ],
)
def test_what_operators_make_of_a_parameter(value, operators, expected) -> None:
    assert shaped(value, **operators) == expected


def test_the_words_of_a_scope_are_a_list() -> None:
    assert shaped("openid email", "scope", subset_of=["openid", "phone"]) == "openid"
    assert shaped("openid", "scope", add=["phone"]) == "openid phone"


@pytest.mark.parametrize(
    ("value", "operators"),
    [
        ("c", {"one_of": ["a", "b"]}),
        (True, {"one_of": [1]}),
        (["b"], {"superset_of": ["a"]}),
        (ABSENT, {"essential": True}),
        (["c"], {"subset_of": ["a"], "essential": True}),
        ("a", {"subset_of": ["b"], "essential": True}),
    ],
)
def test_what_a_policy_does_not_allow_breaks_the_chain(value, operators) -> None:
    with pytest.raises(VcError) as refused:
        shaped(value, **operators)
    assert refused.value.code == "policy_refuses"


@pytest.mark.parametrize(
    "operators",
    [
        {"add": "a"},
        {"one_of": {}},
        {"essential": "yes"},
        {"default": None},
        {"one_of": ["a"], "subset_of": ["a"]},
        {"one_of": ["a"], "add": ["a"]},
        {"value": "a", "one_of": ["b"]},
        {"value": ["a"], "add": ["b"]},
        {"value": ["a", "c"], "subset_of": ["a"]},
        {"value": ["a"], "superset_of": ["b"]},
        {"value": None, "essential": True},
        {"value": None, "default": "a"},
        {"add": ["c"], "subset_of": ["a"]},
        {"superset_of": ["a", "b"], "subset_of": ["a"]},
    ],
)
def test_a_policy_that_contradicts_itself_is_broken(operators) -> None:
    with pytest.raises(VcError) as refused:
        policy(**operators)
    assert refused.value.code == "policy_broken"


@pytest.mark.parametrize(
    "told", [[], {"t": []}, {"t": {"p": []}}, {"t": {"p": 1}}, {"t": {f"p{n}": {} for n in range(201)}}]
)
def test_what_is_no_policy_is_broken(told) -> None:
    with pytest.raises(VcError, match="contradict"):
        read_policy(told)


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ({"value": "a"}, {"value": "a"}, {"value": "a"}),
        ({"value": "a"}, {"value": "b"}, None),
        ({"add": ["a"]}, {"add": ["b", "a"]}, {"add": ["a", "b"]}),
        ({"default": "a"}, {"default": "a"}, {"default": "a"}),
        ({"default": "a"}, {"default": "b"}, None),
        ({"one_of": ["a", "b"]}, {"one_of": ["b", "c"]}, {"one_of": ["b"]}),
        ({"one_of": ["a"]}, {"one_of": ["b"]}, None),
        ({"subset_of": ["a", "b"]}, {"subset_of": ["b", "c"]}, {"subset_of": ["b"]}),
        ({"subset_of": ["a"]}, {"subset_of": ["b"]}, {"subset_of": []}),
        ({"superset_of": ["a"]}, {"superset_of": ["b"]}, {"superset_of": ["a", "b"]}),
        ({"essential": True}, {"essential": False}, {"essential": True}),
        ({"essential": False}, {"essential": True}, {"essential": True}),
        ({"subset_of": ["a"]}, {"add": ["b"]}, None),
        ({"one_of": ["a", "b"]}, {"value": "a"}, {"one_of": ["a", "b"], "value": "a"}),
        ({"one_of": ["a", "b"]}, {"value": "c"}, None),
        ({"value": None}, {"default": "a"}, None),
    ],
)
def test_policies_are_merged_from_above(above, below, expected) -> None:
    if expected is None:
        with pytest.raises(VcError) as refused:
            merged(policy(**above), policy(**below))
        assert refused.value.code == "policy_broken"
    else:
        assert merged(policy(**above), policy(**below)) == {"t": {"p": expected}}


def test_an_operator_that_is_critical_and_unknown_breaks_the_chain() -> None:
    for critical in (["new_one"], "value", [1]):
        with pytest.raises(VcError) as refused:
            read_policy({}, critical)
        assert refused.value.code == "critical_policy_unknown"


def test_a_policy_makes_no_entity_type_that_was_not_there() -> None:
    assert applied(policy(value="a"), {"other": {"q": 1}}) == {"other": {"q": 1}}
