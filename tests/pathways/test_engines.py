"""The engines say what the reference interpreter says, on random rules and records; so do partitions on two workers."""

from datetime import date

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.factories.thorough import thorough
from tests.pathways.examples import agreement, record
from tests.pathways.trees import LISTS, PLAIN, READING, RECORDS, RULES, objects

from linkspan.pathways.engines.columns import to_table
from linkspan.pathways.engines.compiler import OUTCOMES, Judged, judge, wanted_by
from linkspan.pathways.engines.partitions import judge_in_parts, judge_records, ray_spread
from linkspan.pathways.engines.reasons import reasons
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.language.evaluate import evaluate, leaf_outcomes
from linkspan.pathways.rules.language.findings import Outcome
from linkspan.pathways.rules.language.grammar import check_node, describe, leaves

ON = date(2019, 6, 1)


@thorough(300)
@given(RULES, st.lists(RECORDS, min_size=1, max_size=6))
def test_columns_say_what_the_interpreter_says(rule, records) -> None:
    check_node(rule, "rule")
    judged = judge(rule, to_table(records, wanted_by([rule])), ON, READING)
    for number, one in enumerate(records):
        assert OUTCOMES[judged.outcomes[number]] == evaluate(rule, one, ON, READING).outcome
        true, known = int(judged.true[number]), int(judged.known[number])
        for position, outcome in enumerate(leaf_outcomes(rule, one, ON, READING)):
            assert bool(known >> position & 1) == (outcome != Outcome.UNKNOWN)
            assert bool(true >> position & 1) == (outcome == Outcome.MET)


@thorough(60)
@given(RULES, st.lists(RECORDS, min_size=1, max_size=6))
def test_reasons_are_made_once_for_each_pattern(rule, records) -> None:
    judged = judge(rule, to_table(records, wanted_by([rule])), ON, READING)
    told, which = reasons(rule, judged)
    assert len(told) == len({(int(t), int(k)) for t, k in zip(judged.true, judged.known, strict=True)})
    parts = leaves(rule)
    for number, one in enumerate(records):
        said = told[which[number]]
        expected = {outcome.value: [] for outcome in Outcome}
        for leaf, outcome in zip(parts, leaf_outcomes(rule, one, ON, READING), strict=True):
            expected[outcome.value].append(describe(leaf))
        assert said == expected


def a_population(size: int) -> list[dict]:
    people = []
    for number in range(size):
        one = record() | {"learner": f"L-{number}"}
        one["tests"][0]["score"] = 90 + number % 20
        if number % 3 == 0:
            del one["degrees"]
        people.append(one)
    return people


def whole_rule() -> dict:
    return {"all": [row.node for row in Agreement.read(agreement()).in_force.requirements]}


@given(RULES, RECORDS, objects(st.just({})), st.sampled_from(LISTS))
def test_a_row_more_on_an_open_list_never_turns_an_answer_into_its_opposite(rule, one, row, name) -> None:
    assume(name not in one["complete"])
    more = one | {name: [*(one.get(name) or ()), row]}
    before, after = (evaluate(rule, record, ON, READING).outcome for record in (one, more))
    assert {before, after} != {Outcome.MET, Outcome.NOT_MET}


def same(one: Judged, other: Judged) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("outcomes", "true", "known"))


@pytest.mark.parametrize("size", [1, 67, 200, 1000])
def test_parts_join_without_a_difference(size) -> None:
    rule, people = whole_rule(), a_population(200)
    whole = judge_records(rule, people, ON, PLAIN)
    assert same(judge_in_parts(rule, people, ON, size, PLAIN), whole)
    assert {OUTCOMES[value] for value in whole.outcomes} == set(Outcome)


@pytest.mark.drill
def test_two_ray_workers_say_the_same(monkeypatch) -> None:
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    try:
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 * 2**20)
    except Exception as error:  # whatever keeps a cluster from starting is told, not hidden
        pytest.skip(f"ray does not start here: {error}")
    try:
        rule, people = whole_rule(), a_population(400)
        assert same(judge_in_parts(rule, people, ON, 200, PLAIN, ray_spread), judge_records(rule, people, ON, PLAIN))
    finally:
        ray.shutdown()


def test_a_rule_of_more_than_64_conditions_is_refused() -> None:
    rule = {"all": [{"exists": "rows"}] * 65}
    with pytest.raises(ValueError, match="64"):
        judge(rule, to_table([{}], wanted_by([rule])), ON, PLAIN)
