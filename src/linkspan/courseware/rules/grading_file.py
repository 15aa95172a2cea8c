"""A file of worked grades: policies with scores, as authors ask "what would this policy give?".

Form: `{"cases": [{"id", "policy", "subsections": [{"format", "graded", "override", "scores": [...]}]}]}`; a score has
`earned`, `possible` (null: the block cannot tell), `weight` (null: not set), `attempted`, and may have `graded`,
`possible_now` (what the block is worth today) and `submission` ([earned, possible], weighted already).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from linkspan.courseware.rules.grading import (
    CourseGrade,
    PolicyError,
    ProblemScore,
    Subsection,
    finite,
    grade_course,
    read_policy,
)


def grade_cases(document: Any) -> list[dict[str, Any]]:
    """Return one result a case, in order; a case that cannot be graded has `error` and `message` instead."""
    if not isinstance(document, Mapping) or not isinstance(document.get("cases"), list):
        raise PolicyError('The file needs a list of "cases".')
    return [_result(case, number) for number, case in enumerate(document["cases"], 1)]


def _result(case: Any, number: int) -> dict[str, Any]:
    name = case.get("id", number) if isinstance(case, Mapping) else number
    try:
        if not isinstance(case, Mapping):
            raise PolicyError("A case is an object.")
        policy = read_policy(_member(case, "policy", Mapping))
        rows = _member(case, "subsections", list)
        grade = grade_course(policy, [_subsection(row, f"subsection {at}") for at, row in enumerate(rows, 1)])
    except PolicyError as error:
        return {"id": name, "error": ValueError.__name__, "message": str(error)}
    return {"id": name, **_told(grade)}


def _member(row: Any, name: str, kind: type) -> Any:
    found = row.get(name) if isinstance(row, Mapping) else None
    if not isinstance(found, kind):
        raise PolicyError(f"{name}: {'a list' if kind is list else 'an object'} is needed.")
    return found


def _subsection(row: Any, where: str) -> Subsection:
    scores = tuple(_score(one, f"{where}, score {at}") for at, one in enumerate(_member(row, "scores", list), 1))
    override = row.get("override") or {}
    if not isinstance(override, Mapping):
        raise PolicyError(f"{where}, override: an object is needed.")
    return Subsection(
        str(row.get("title") or ""),
        str(row.get("format") or ""),
        row.get("graded") is True,
        scores,
        _optional(override.get("earned"), f"{where}, override"),
        _optional(override.get("possible"), f"{where}, override"),
    )


def _score(row: Any, where: str) -> ProblemScore:
    if not isinstance(row, Mapping):
        raise PolicyError(f"{where}: an object is needed.")
    graded = row.get("graded") is not False
    submission = row.get("submission")
    if submission is not None:
        if not isinstance(submission, Sequence) or len(submission) != 2:
            raise PolicyError(f"{where}, submission: earned and possible are needed.")
        earned, possible = (finite(value, where) for value in submission)
        return ProblemScore(earned, possible, graded=graded, weighted=True)
    attempted = row.get("attempted") is True
    possible_now = row.get("possible") if attempted or "possible_now" not in row else row["possible_now"]
    return ProblemScore(
        finite(row.get("earned"), f"{where}, earned") if attempted else 0.0,
        _optional(possible_now, f"{where}, possible"),
        _optional(row.get("weight"), f"{where}, weight"),
        graded,
    )


def _optional(value: Any, where: str) -> float | None:
    return None if value is None else finite(value, where)


def _told(grade: CourseGrade) -> dict[str, Any]:
    return {
        "percent": grade.share,
        "unrounded": grade.unrounded,
        "letter": grade.letter,
        "passed": grade.passed,
        "subsections": [
            {"earned": one.earned, "possible": one.possible, "percent": one.share, "counted": one.counted}
            for one in grade.subsections
        ],
        "per_format": [
            {
                "type": one.type,
                "category": one.category,
                "average": one.average,
                "contribution": one.contribution,
                "entries": one.entries,
                "dropped": list(one.dropped),
                "labels": list(one.labels),
            }
            for one in grade.formats
        ],
    }
