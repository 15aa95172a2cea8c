"""What an agreement says it does not know, what it inherits and does not hold, and fields of no meaning: warnings."""

from collections.abc import Iterator, Mapping
from typing import Any

from linkspan.pathways.rules.agreement import Agreement, Policy
from linkspan.pathways.rules.agreement.checks.report import Problem, problem
from linkspan.pathways.rules.agreement.shapes import AGREEMENT
from linkspan.pathways.rules.language.grammar import children, kind_of
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.shape import strangers
from linkspan.pathways.rules.life.lifecycle import Status


def check_unknowns(agreement: Agreement) -> Iterator[Problem]:
    """One warning for each term that is not known; an error for a policy that is not at hand or an unknown status."""
    held = {(policy.id, policy.version) for policy in map(Policy.read, agreement.policies)}
    for row in agreement.inherits:
        if not any(name == row.policy and row.version in (None, version) for name, version in held):
            yield problem(
                "policy_missing",
                (row.policy,),
                "The policy {policy} is not at hand: write it into `policies`.",
                policy=row.policy,
            )
    if agreement.status not in set(Status):
        yield problem(
            "status_unknown",
            ("status",),
            "{status} is not a status; use one of {known}.",
            status=agreement.status,
            known=", ".join(Status),
        )
    terms = agreement.in_force
    rules = [(row.clause, row.node) for row in (*terms.requirements, *terms.after_admission)]
    for clause, rule in [*rules, *((hold.clause, hold.rule) for hold in terms.holds)]:
        yield from (_not_known(clause, why) for why in _unknown_in(rule))
    hidden = [(row.clause, row.unknown) for row in terms.recognition]
    for clause, why in [*hidden, *((cap.clause, cap.unknown) for cap in terms.caps)]:
        if why is not None:
            yield _not_known(clause, why)
    for term in terms.unknown_terms:
        yield _not_known(term.term, term.reason)
    yield from _strange(agreement.as_json())


def _not_known(name: str, why: str) -> Problem:
    return problem("term_unknown", (name,), "Not known: {why}", warning=True, why=why)


def _unknown_in(node: Node) -> Iterator[str]:
    if kind_of(node) == "unknown":
        yield str(node["unknown"])
    for child in [*children(node), *([node["where"]] if "where" in node else [])]:
        yield from _unknown_in(child)


def _strange(agreement: Mapping[str, Any]) -> Iterator[Problem]:
    for found in strangers(AGREEMENT, agreement):
        yield Problem("field_unknown", (found.clause or found.name,), found.in_words(), warning=True)
