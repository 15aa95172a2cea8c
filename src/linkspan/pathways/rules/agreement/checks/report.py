"""What the checks found."""

from dataclasses import dataclass
from typing import Any

from linkspan.kernel.reasons import Sentence


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: a stable code, the clauses that it is about, and in words what is wrong and what to do."""

    code: str
    clauses: tuple[str, ...]
    message: str
    warning: bool = False

    def as_json(self) -> dict[str, Any]:
        """The row of `linkspan agreements check --json`."""
        return {"code": self.code, "clauses": list(self.clauses), "message": self.message}


def problem(code: str, clauses: tuple[str, ...], words: str, /, *, warning: bool = False, **values: object) -> Problem:
    """A problem whose sentence is of those words, filled in."""
    return Problem(code, clauses, Sentence(code, words, **values), warning)


@dataclass(frozen=True, slots=True)
class Report:
    """All problems: errors refuse publication, warnings do not."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that `linkspan agreements check --json` prints."""
        return {
            "errors": [problem.as_json() for problem in self.errors],
            "warnings": [problem.as_json() for problem in self.warnings],
        }
