"""Static checks of an agreement: what is wrong with its terms before anybody is judged by them.

Start with `check_agreement`. Errors refuse publication; warnings tell what a reader should know.
"""

from collections.abc import Iterable

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.checks.conditions import check_conditions
from linkspan.pathways.rules.agreement.checks.credit import check_credit
from linkspan.pathways.rules.agreement.checks.intervals import with_signs
from linkspan.pathways.rules.agreement.checks.periods import check_periods
from linkspan.pathways.rules.agreement.checks.report import Problem, Report
from linkspan.pathways.rules.agreement.checks.unknowns import check_unknowns
from linkspan.pathways.rules.agreement.shapes import check_agreement_shape

__all__ = ["Problem", "Report", "check_agreement"]


def check_agreement(document: object, others: Iterable[Agreement] = ()) -> Report:
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
    for problem in check_periods(agreement, [other for other in others if other.id == agreement.id]):
        (warnings if problem.warning else errors).append(problem)
    return Report(tuple(dict.fromkeys(errors)), tuple(dict.fromkeys(warnings)))


def _clause_at(document: object, message: str) -> tuple[str, ...]:
    """The clause of the row that a message such as `requirements[2].rule: ...` names."""
    name, _, rest = message.partition("[")
    number = rest.partition("]")[0]
    rows = document.get(name) if isinstance(document, dict) else None
    if isinstance(rows, list) and number.isdigit() and int(number) < len(rows) and isinstance(rows[int(number)], dict):
        return (str(rows[int(number)].get("clause", "")),)
    return ()
