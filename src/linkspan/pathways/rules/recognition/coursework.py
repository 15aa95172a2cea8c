"""The courses of a record that an agreement looks at, and whether one of them fits a rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import CourseTaken, Record
from linkspan.pathways.rules.agreement import Agreement, Recognition
from linkspan.pathways.rules.language.comparing import Incomparable, comparable, grade_number, mapped_grade
from linkspan.pathways.rules.language.evaluate import why_failed
from linkspan.pathways.rules.language.meaning import Meaning, Reading
from linkspan.pathways.rules.language.typed import Graded
from linkspan.pathways.rules.language.values import (
    ORDER,
    as_date,
    in_words,
    span_after,
    span_in_words,
    years_after,
)
from linkspan.pathways.rules.life.versions import sending_credentials

#: The fields of a course, beside its grade, that decide whether and how it is recognised.
READ = ("id", "completed", "used_for", "credits", "unit", "passed", "status")


@dataclass(frozen=True, slots=True)
class Coursework:
    """One row for each course, by identifier in order; the sending credential, if held; the recognition rules; how
    values are read; the rows of the credential's own courses.
    """

    rows: Mapping[str, CourseTaken]
    credential: str
    rules: Sequence[Recognition]
    reading: Reading
    of_credential: Sequence[CourseTaken] = ()


def coursework(terms: Agreement, record: Record, reading: Reading) -> Coursework:
    """Courses of active credentials of the sending program, and others of its institution, one attempt of each.

    Which attempt counts is the agreement's `attempts.policy`: best (unless stated), last or first.
    """
    credentials = sending_credentials(terms.sending, record)
    own = [row for credential in credentials for row in credential.get("courses") or ()]
    rows = own + [row for row in record.get("courses") or () if row.get("institution") == terms.sending.institution]
    attempts: dict[str, list[CourseTaken]] = {}
    for row in rows:
        if isinstance(row, Mapping) and row.get("id") is not None:
            attempts.setdefault(str(row["id"]), []).append(row)
    policy = (terms.attempts.policy if terms.attempts else None) or "best"
    wanted = [grade.scale for grade in needed_grades(terms)]
    best = _by_scales(wanted, reading) if Meaning.BEST_ATTEMPT in reading else partial(_grade, reading=reading)
    chosen = {course: _attempt(attempts[course], policy, best) for course in sorted(attempts)}
    held = str(credentials[0].get("program")) if credentials else ""
    return Coursework(chosen, held, terms.recognition, reading, own)


def _attempt(rows: list[CourseTaken], policy: str, best: Callable[[CourseTaken], tuple[Any, ...]]) -> CourseTaken:
    if len(rows) == 1:
        return rows[0]
    if policy in ("first", "last"):
        ordered = sorted(rows, key=lambda row: str(row.get("completed") or ""))
        return ordered[0 if policy == "first" else -1]
    return max(rows, key=lambda row: (best(row), str(row.get("completed") or "")))


def needed_grades(terms: Agreement) -> list[Graded]:
    """The grades that the terms ask of courses."""
    stated = [grade for row in terms.recognition for grade in (row.min_grade, row.below_grade)]
    return [grade for grade in (*stated, terms.min_grade) if grade is not None]


def _by_scales(wanted: Sequence[str], reading: Reading) -> Callable[[CourseTaken], tuple[Any, ...]]:
    """How good an attempt is: passed or not, then its grade on the first wanted scale that it can be put on."""

    def best(row: CourseTaken) -> tuple[bool, int, Decimal]:
        held = row.get("grade")
        grade: Mapping[str, Any] = held if isinstance(held, Mapping) else {}
        passed = not why_failed(row, date.min, reading)
        for place, scale in enumerate(dict.fromkeys([*wanted, str(grade.get("scale"))])):
            try:
                put = grade if grade.get("scale") == scale else mapped_grade(grade, scale, reading)
                passed = passed and not why_failed({"grade": put}, date.min, reading)
                return passed, -place, grade_number(put, reading)
            except Incomparable:
                continue
        return passed, -len(wanted) - 1, Decimal(0)

    return best


def _grade(row: CourseTaken, reading: Reading) -> tuple[bool, str, Decimal]:
    grade = row.get("grade")
    try:
        if isinstance(grade, Mapping):
            return True, str(grade["scale"]), grade_number(grade, reading)
    except Incomparable:
        pass
    return False, "", Decimal(0)


def as_recognised(row: CourseTaken) -> str:
    """All that recognition reads of a course's row: courses of which this is equal are recognised alike."""
    grade = row.get("grade")
    seen = (grade.get("scale"), grade.get("value")) if isinstance(grade, Mapping) else grade
    return repr((seen, *(row.get(name) for name in READ)))


NO_DAY = Sentence("day_not_known", "when it was completed is not known")


def fits(
    rule: Recognition,
    work: Coursework,
    course: str,
    terms: Agreement,
    record: Record,
    on: date,
) -> Sentence | None:
    """None if the course, which is on record, fits the rule; else why it does not."""
    row = work.rows[course]
    return (
        _failed_reason(row, on, work.reading)
        or _grade_reason(rule, row, terms, work.reading)
        or _age_reason(rule, row, on)
        or _recency_reason(row, terms, record, on)
        or _use_reason(row, terms, record)
    )


def _failed_reason(row: CourseTaken, on: date, reading: Reading) -> Sentence | None:
    return why_failed(row, on, reading) if Meaning.FAILED_WORK in reading else None


def _grade_reason(rule: Recognition, row: CourseTaken, terms: Agreement, reading: Reading) -> Sentence | None:
    least = rule.min_grade if rule.min_grade is not None else terms.min_grade
    for name, stated, op, words in (
        ("min_grade", least, ">=", Phrase("grade {have}, {need} needed")),
        ("below_grade", rule.below_grade, "<", Phrase("grade {have}, {need} or better falls under another clause")),
    ):
        if stated is None:
            continue
        need = stated.plain
        if row.get("grade") is None:
            return Sentence("grade_not_known", "the grade is not known")
        try:
            have, bound = comparable(row["grade"], need, op, reading)
        except Incomparable as why:
            return Sentence("grade_not_judged", "the grade cannot be judged: {why}", why=why)
        if not ORDER[op](have, bound):
            return Sentence(name, words, have=in_words(row["grade"]), need=in_words(need))
    return None


def _age_reason(rule: Recognition, row: CourseTaken, on: date) -> Sentence | None:
    years = rule.valid_years
    if years is None:
        return None
    completed = as_date(row.get("completed"))
    if completed is None:
        return NO_DAY
    if on <= years_after(completed, years):
        return None
    return Sentence("too_old", "completed more than {years} years ago", years=years)


def _recency_reason(row: CourseTaken, terms: Agreement, record: Record, on: date) -> Sentence | None:
    """The agreement's own recency, measured on the day of application if it says so and the record tells it."""
    recency = terms.recency
    if recency is None:
        return None
    applied = as_date((record.get("application") or {}).get("date"))
    measured = applied if recency.measured_at == "application" and applied else on
    completed = as_date(row.get("completed"))
    if completed is None:
        return NO_DAY
    span = recency.valid_for
    if measured <= span_after(completed, span):
        return None
    return Sentence("not_recent", "completed more than {span} before", span=span_in_words(span))


def _use_reason(row: CourseTaken, terms: Agreement, record: Record) -> Sentence | None:
    if row.get("used_for") and any(cap.not_used_for_degree for cap in terms.caps):
        return Sentence("counts_elsewhere", "it counts towards another degree already")
    asked = (record.get("application") or {}).get("credit_requested")
    if terms.ask_for_credit == "at_application" and asked is False:
        words = Phrase("credit was not asked for with the application, and cannot be asked for later")
        return Sentence("not_asked_for", words)
    return None
