"""Grading policy of a program as data: weights, attempts, letter bands, whether the exam must be passed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from linkspan.credentials.rules.tree import LETTERS, Grade, Result
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase

#: What a person calls the numbers of a policy.
NAMES = {
    "course_weight": Phrase("Weight of the courses"),
    "exam_weight": Phrase("Weight of the exams"),
    "pass_percent": Phrase("Percent from which the program is passed"),
    "exam_pass_percent": Phrase("Percent that each exam needs by itself"),
}
MEMBERS = frozenset({"course_weight", "exam_weight", "attempts", "bands", "pass_percent", "exam_pass_percent"})


class Attempts(StrEnum):
    """Which results under one key count."""

    BEST = "best"
    LAST = "last"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class GradingPolicy:
    """How a program's grade is made of course grades and exam results.

    Courses share `course_weight` alike, exams share `exam_weight`. `bands` are letters with the percentage from which
    each is given, highest first. `exam_pass_percent` is None where the exam need not be passed by itself.
    """

    course_weight: Decimal
    exam_weight: Decimal
    attempts: Attempts
    bands: tuple[tuple[str, Decimal], ...]
    pass_percent: Decimal
    exam_pass_percent: Decimal | None


def grading_policy(data: Mapping[str, Any]) -> GradingPolicy:
    """Read the data of a policy; Unusable says which part is wrong, and at which field.

    `{"course_weight": "60", "exam_weight": "40", "attempts": "best|last|all", "bands": {"A": "90", ...},
    "pass_percent": "60", "exam_pass_percent": "60"?}`
    """
    weights = [_number(data, name) for name in ("course_weight", "exam_weight")]
    if not sum(weights):
        raise Unusable("policy_weighs_nothing", "Weights: one of them is more than zero.").at("course_weight")
    attempts = data.get("attempts", Attempts.BEST)
    if attempts not in list(Attempts):
        raise Unusable("policy_attempts", "Of several attempts the best, the last or all count.").at("attempts")
    bands = tuple(sorted(_bands(data.get("bands", {})), key=lambda band: -band[1]))
    ranks = [LETTERS.index(letter) for letter, _ in bands]
    if ranks != sorted(ranks, reverse=True):
        raise _letters_disordered()
    exam_pass = _number(data, "exam_pass_percent") if "exam_pass_percent" in data else None
    return GradingPolicy(weights[0], weights[1], Attempts(attempts), bands, _number(data, "pass_percent"), exam_pass)


def check_policy(data: Any, courses: Sequence[str], exams: Sequence[str]) -> None:
    """Unusable unless this can be published for a program of these courses and exams.

    It holds nothing that is unknown, weighs nothing that the program does not ask for, and no two letters begin alike.
    """
    if not isinstance(data, Mapping):
        raise Unusable("policy_no_object", "A grading policy is an object.")
    strange = sorted(map(str, set(data) - MEMBERS))
    if strange:
        known = ", ".join(sorted(MEMBERS))
        raise Unusable("policy_unknown", "{name} is unknown; known are {known}.", name=", ".join(strange), known=known)
    policy = grading_policy(data)
    if policy.course_weight and not courses:
        raise Unusable("policy_without_courses", "The program asks for no course: the weight of courses is 0.").at(
            "course_weight"
        )
    if policy.exam_weight and not exams:
        raise _without_exams("exam_weight")
    if policy.exam_pass_percent is not None and not exams:
        raise _without_exams("exam_pass_percent")
    if len({percent for _, percent in policy.bands}) < len(policy.bands):
        raise _letters_disordered()


def _bands(told: Any) -> Iterable[tuple[str, Decimal]]:
    if not isinstance(told, Mapping) or not set(told) <= set(LETTERS):
        raise Unusable("policy_letters", "Letters are among {letters}.", letters=", ".join(LETTERS)).at("bands")
    return [(letter, _number(told, letter)) for letter in told]


def _number(data: Mapping[str, Any], name: str) -> Decimal:
    told = data.get(name)
    try:
        value = Decimal(str(told)) if isinstance(told, str | int | Decimal) and not isinstance(told, bool) else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or not 0 <= value <= 100:
        raise Unusable("policy_percent", "{name}: enter a number from 0 to 100.", name=NAMES.get(name, name)).at(name)
    return value


def _without_exams(field: str) -> Unusable:
    return Unusable("policy_without_exams", "The program asks for no exam: leave what is about exams at 0.").at(field)


def _letters_disordered() -> Unusable:
    return Unusable("policy_letters_disordered", "A higher letter needs a higher percentage.").at("bands")


def program_grade(
    policy: GradingPolicy, courses: Mapping[str, Sequence[Result]], exams: Mapping[str, Sequence[Result]]
) -> Grade:
    """The grade of a program from the results under each of its keys, rounded half up to two places.

    Unknown as soon as one weighted key has no percentage: a missing grade is not zero.
    """
    parts = [("course", policy.course_weight, courses), ("exam", policy.exam_weight, exams)]
    total, weights, reasons = Decimal(0), Decimal(0), []
    for name, weight, keyed in parts:
        if not weight or not keyed:
            continue
        found = {key: counted(policy.attempts, results) for key, results in keyed.items()}
        missing = [key for key, percent in found.items() if percent is None]
        if missing:
            return Grade(None, None, False, (f"No percentage on record: {', '.join(missing)}",))
        mean = sum((p for p in found.values() if p is not None), Decimal(0)) / len(found)
        reasons.append(f"{name} {_two(mean)}%, weight {weight}")
        total, weights = total + mean * weight, weights + weight
    if not weights:
        return Grade(None, None, False, ("Nothing that counts is on record.",))
    percent = _two(total / weights)
    failed = [key for key, results in exams.items() if _fails(policy, results)]
    reasons += [f"{key}: the exam itself must be passed with {policy.exam_pass_percent}%" for key in failed]
    if percent < policy.pass_percent:
        reasons.append(f"{percent}%, {policy.pass_percent}% needed")
    passed = percent >= policy.pass_percent and not failed
    return Grade(percent, letter_of(policy, percent), passed, tuple(reasons))


def _fails(policy: GradingPolicy, results: Sequence[Result]) -> bool:
    percent = counted(policy.attempts, results)
    return policy.exam_pass_percent is not None and (percent is None or percent < policy.exam_pass_percent)


def counted(attempts: Attempts, results: Sequence[Result]) -> Decimal | None:
    """The percentage that counts of several attempts; None if one that counts has none, or there are none."""
    if attempts == Attempts.LAST:
        results = sorted(results, key=lambda result: result.on)[-1:]
    percents = [result.percent for result in results]
    known = [percent for percent in percents if percent is not None]
    if attempts == Attempts.BEST:
        return max(known, default=None)
    return sum(known, Decimal(0)) / len(known) if known and len(known) == len(percents) else None


def letter_of(policy: GradingPolicy, percent: Decimal) -> str | None:
    """The letter of a percentage; F below the lowest band, None if the policy gives no letters."""
    if not policy.bands:
        return None
    return next((letter for letter, begins in policy.bands if percent >= begins), "F")


def _two(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP).normalize() + 0
