"""What an agreement says it does not know, what it inherits and does not hold, and fields of no meaning: warnings."""

from collections.abc import Iterator, Mapping
from typing import Any

from linkspan.pathways.rules.checks.report import Problem
from linkspan.pathways.rules.document import AGREEMENT, terms_of
from linkspan.pathways.rules.language import children, kind_of
from linkspan.pathways.rules.lifecycle import Status
from linkspan.pathways.rules.shape import strangers


def check_unknowns(agreement: Mapping[str, Any]) -> Iterator[Problem]:
    """One warning for each term that is not known; an error for a policy that is not at hand or an unknown status."""
    held = {(policy["id"], policy["version"]) for policy in agreement.get("policies") or ()}
    for row in agreement.get("inherits") or ():
        if not any(name == row["policy"] and row.get("version", version) == version for name, version in held):
            said = f"The policy {row['policy']} is not at hand: write it into `policies`."
            yield Problem("policy_missing", (row["policy"],), said)
    if agreement["status"] not in set(Status):
        said = f"{agreement['status']} is not a status; use one of {', '.join(Status)}."
        yield Problem("status_unknown", ("status",), said)
    terms = terms_of(agreement)
    for row in [*terms["requirements"], *terms["after_admission"], *terms["holds"]]:
        for why in _unknown_in(row["rule"]):
            yield _not_known(str(row["clause"]), why)
    for row in [*terms["recognition"], *terms["caps"]]:
        if "unknown" in row:
            yield _not_known(str(row["clause"]), str(row["unknown"]))
    for row in terms["unknown_terms"]:
        yield _not_known(str(row["term"]), str(row["reason"]))
    yield from _strange(agreement)


def _not_known(name: str, why: str) -> Problem:
    return Problem("term_unknown", (name,), f"Not known: {why}", warning=True)


def _unknown_in(node: Mapping[str, Any]) -> Iterator[str]:
    if kind_of(node) == "unknown":
        yield str(node["unknown"])
    for child in [*children(node), *([node["where"]] if "where" in node else [])]:
        yield from _unknown_in(child)


def _strange(agreement: Mapping[str, Any]) -> Iterator[Problem]:
    for found in strangers(AGREEMENT, agreement):
        yield Problem("field_unknown", (found.clause or found.name,), found.in_words(), warning=True)
