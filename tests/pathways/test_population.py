"""A population judged at once says of each record what the reference audit says."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough
from tests.pathways.examples import agreement, record
from tests.pathways.trees import RECORDS, RULES

from linkspan.pathways.engines.compiler import OUTCOMES
from linkspan.pathways.engines.population import judge_population
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.record import USABLE, audit_record

ON = date(2019, 6, 1)
SILENT = {"unknown": "The school has not published its terms."}


def with_rules(number: int, rules: list, status: str = "active") -> Agreement:
    rows = [{"clause": f"c{place}", "rule": rule} for place, rule in enumerate(rules)]
    return Agreement.read(agreement() | {"id": f"a-{number}", "status": status, "requirements": rows})


def same_as_audits(agreements: list, records: list) -> None:
    for document, judged in zip(agreements, judge_population(agreements, records, ON), strict=True):
        for row, one in enumerate(records):
            audit = audit_record(one, document, ON)
            assert judged.usable == (audit.status == USABLE)
            assert OUTCOMES[judged.outcomes[row]] == audit.outcome
            assert judged.open[row] == len(audit.missing)
            assert judged.silent[row] == any(item.kind == "terms" for item in audit.missing)


MIXED = st.one_of(
    RULES,
    st.just(SILENT),
    st.builds(lambda rule: {"any": [rule, SILENT]}, RULES),
    st.builds(lambda rule: {"all": [rule, SILENT]}, RULES),
    st.builds(lambda one, other: {"at_least": 2, "of": [one, SILENT, other]}, RULES, RULES),
)


@thorough(200)
@given(
    st.lists(st.lists(MIXED, min_size=1, max_size=3), min_size=1, max_size=3),
    st.lists(RECORDS, min_size=1, max_size=5),
    st.sampled_from(["active", "suspended", "closed"]),
)
def test_the_population_and_the_audits_agree(several, records, status) -> None:
    first, *rest = [with_rules(number, rules) for number, rules in enumerate(several)]
    same_as_audits([replace(first, status=status), *rest], records)


def test_a_rule_of_more_conditions_than_a_mask_holds() -> None:
    long = {"any": [{"compare": ["residence", "==", f"X{number}"]} for number in range(70)]}
    same_as_audits([with_rules(1, [long])], [record(), record() | {"residence": "X7"}])


def test_nobody_and_an_agreement_before_its_day() -> None:
    later = Agreement.read(agreement() | {"valid_from": "2030-01-01"})
    assert [len(judged.open) for judged in judge_population([later], [], ON)] == [0]
    same_as_audits([later, Agreement.read(agreement())], [record()])
