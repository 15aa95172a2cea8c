"""Whether a draft may be sent: the errors and warnings of the static check, each with its clauses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.audit import check_agreement_shape


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an agreement, or worth a look, and in which clauses."""

    code: str
    clauses: tuple[str, ...]
    message: str
    is_error: bool = True

    def in_words(self) -> str:
        """The message with its clauses."""
        return f"{', '.join(self.clauses)}: {self.message}" if self.clauses else self.message


def problems_of(document: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything the check finds, errors first; a document of another shape has that one error."""
    try:
        check_agreement_shape(dict(document))
    except Unusable as error:
        return (Problem(error.code, (), error.message),)
    return ()


def errors_of(document: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The errors alone: with one, nothing is sent."""
    return tuple(problem for problem in problems_of(document) if problem.is_error)
