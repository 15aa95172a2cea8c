"""Whether a draft may be sent: the errors and warnings of the static checks, each with its clauses."""

from collections.abc import Iterable
from dataclasses import dataclass

from linkspan.kernel.reasons import Sentence
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.agreement.checks import Problem as Found
from linkspan.pathways.rules.agreement.checks import check_agreement


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an agreement, or worth a look, and in which clauses."""

    code: str
    clauses: tuple[str, ...]
    message: str
    is_error: bool = True

    def in_words(self) -> str:
        """The message with its clauses."""
        if not self.clauses:
            return self.message
        return Sentence(self.code, "{clauses}: {message}", clauses=", ".join(self.clauses), message=self.message)


def problems_of(document: object, others: Iterable[Agreement] = ()) -> tuple[Problem, ...]:
    """Everything the checks find (`checks.check_agreement`), errors first; `others` are the agreement's versions."""
    report = check_agreement(document, others)
    return tuple(as_problem(problem) for problem in (*report.errors, *report.warnings))


def as_problem(found: Found) -> Problem:
    """What a check found, as the desk shows it."""
    return Problem(found.code, found.clauses, found.message, not found.warning)


def errors_of(document: object, others: Iterable[Agreement] = ()) -> tuple[Problem, ...]:
    """The errors alone: with one, nothing is sent."""
    return tuple(problem for problem in problems_of(document, others) if problem.is_error)
