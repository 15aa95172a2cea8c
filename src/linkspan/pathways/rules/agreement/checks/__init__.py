"""Static checks of an agreement: what is wrong with its terms before anybody is judged by them.

Start with `check_agreement`. Errors refuse publication; warnings tell what a reader should know.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.checks.conditions import check_conditions
from linkspan.pathways.rules.agreement.checks.credit import check_credit
from linkspan.pathways.rules.agreement.checks.intervals import with_signs
from linkspan.pathways.rules.agreement.checks.periods import check_periods
from linkspan.pathways.rules.agreement.checks.report import Problem, Report
from linkspan.pathways.rules.agreement.checks.unknowns import check_unknowns
from linkspan.pathways.rules.agreement.shapes import as_agreement, check_agreement_shape

__all__ = ["Problem", "Report", "check_agreement"]


def check_agreement(document: Any, others: Iterable[Mapping[str, Any]] = ()) -> Report:
    """Every static problem of an agreement; `others` are its other versions (and may hold other agreements).

    What is not of the format at all is one error that names the place; nothing else can be said of it then.
    """
    try:
        agreement = Agreement.read(with_signs(check_agreement_shape(document)))
    except Unusable as error:
        return Report((Problem(error.code, _clause_at(document, error.message), error.message),), ())
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for check in (check_conditions, check_credit, check_unknowns):
        for problem in check(agreement):
            (warnings if problem.warning else errors).append(problem)
    versions = [read for other in others if (read := _version_of(other, agreement.id)) is not None]
    for problem in check_periods(agreement, versions):
        (warnings if problem.warning else errors).append(problem)
    return Report(tuple(dict.fromkeys(errors)), tuple(dict.fromkeys(warnings)))


def _version_of(other: Mapping[str, Any], agreement_id: str) -> Agreement | None:
    """The version of that agreement, if it is one that can be read; one that cannot is told by its own check."""
    if other.get("id") != agreement_id:
        return None
    try:
        return as_agreement(other)
    except Unusable:
        return None


def _clause_at(document: Any, message: str) -> tuple[str, ...]:
    """The clause of the row that a message such as `requirements[2].rule: ...` names."""
    name, _, rest = message.partition("[")
    number = rest.partition("]")[0]
    rows = document.get(name) if isinstance(document, dict) else None
    if isinstance(rows, list) and number.isdigit() and int(number) < len(rows) and isinstance(rows[int(number)], dict):
        return (str(rows[int(number)].get("clause", "")),)
    return ()
