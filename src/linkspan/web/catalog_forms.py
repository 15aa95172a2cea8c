"""The forms of a catalogue's entries: their fields, what is typed as what is sent, and entries in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.catalog import queries
from linkspan.catalog.rules import CalendarTerm, Change, Invalid, Kind, exams_of
from linkspan.exams.rules import Completion
from linkspan.kernel import written
from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Sentence
from linkspan.web import catalog_words as words
from linkspan.web.money import amount_in
from linkspan.web.opening import local

ONE: Mapping[Kind, Promise] = {
    Kind.COURSE: lazy("Course"),
    Kind.RUN: lazy("Course run"),
    Kind.TERM: lazy("Term"),
    Kind.PROGRAM: lazy("Program"),
    Kind.REQUIREMENTS: lazy("Requirements"),
    Kind.EXAM: lazy("Exam"),
    Kind.SERIES: lazy("Series of exams"),
    Kind.PRICE: lazy("Price"),
    Kind.GRADING: lazy("Grading policy"),
    Kind.ALIGNMENT: lazy("Alignment"),
    Kind.SCHEDULE: lazy("Prices by need"),
    Kind.DEGREE: lazy("Degree"),
}
PLURAL: Mapping[Kind, Promise] = {
    Kind.COURSE: lazy("Courses"),
    Kind.RUN: lazy("Course runs"),
    Kind.TERM: lazy("Terms"),
    Kind.PROGRAM: lazy("Programs"),
    Kind.REQUIREMENTS: lazy("Requirements"),
    Kind.EXAM: lazy("Exams"),
    Kind.SERIES: lazy("Series of exams"),
    Kind.PRICE: lazy("Prices"),
    Kind.GRADING: lazy("Grading policies"),
    Kind.ALIGNMENT: lazy("Alignments"),
    Kind.SCHEDULE: lazy("Prices by need"),
    Kind.DEGREE: lazy("Degrees"),
}
LABELS: Mapping[str, Promise] = {
    "code": lazy("Code"),
    "title": lazy("Title"),
    "summary": lazy("Summary"),
    "credits": lazy("Credits"),
    "kind": lazy("Kind"),
    "id": lazy("Course run"),
    "course": lazy("Course"),
    "run": lazy("Name of the run"),
    "starts": lazy("Starts"),
    "ends": lazy("Ends"),
    "enrolment_opens": lazy("Enrolment opens"),
    "enrolment_closes": lazy("Enrolment closes"),
    "upgrade_by": lazy("Last day to upgrade"),
    "time_zone": lazy("Time zone"),
    "subject": lazy("What it is the price of"),
    "amount": lazy("Amount"),
    "minor": lazy("Amount"),
    "currency": lazy("Currency"),
    "valid_from": lazy("In force from"),
    "program": lazy("Program"),
    "catalogue_year": lazy("Catalogue year"),
    "requirements": lazy("Requirements"),
    "not_here_yet": lazy("Not in the catalogue yet"),
    "census": lazy("Census day"),
    "grades_due": lazy("Grades due"),
    "minutes": lazy("Time in minutes"),
    "pass_percent": lazy("Pass mark in percent"),
    "attempts_allowed": lazy("Attempts allowed"),
    "grace_seconds": lazy("Grace in seconds"),
    "courses": lazy("Courses to pass first"),
    "most_drawn": lazy("Most times that a question is drawn"),
    "draw": lazy("Questions"),
    "policy": lazy("Grading policy"),
    "terms": lazy("Tiers"),
    "from_year": lazy("From catalogue year"),
    "degree": lazy("Degree"),
    "reason": lazy("Reason"),
    "exams": lazy("Exams"),
    "completion": lazy("Passed when"),
    "weights": lazy("Weights"),
    "best": lazy("Best results that count"),
    "in_order": lazy("In this order"),
    "by_invitation": lazy("By invitation"),
    "one_fee": lazy("One fee for all"),
    "achievement": lazy("Course or program"),
    "target_name": lazy("Name"),
    "target_url": lazy("Address"),
    "target_code": lazy("Code in the framework"),
    "target_framework": lazy("Framework"),
    "target_description": lazy("Description"),
    "target_type": lazy("Kind"),
}
HINTS: Mapping[str, Promise] = {
    "code": lazy("Letters, digits, points and dashes, such as SC0x. It stays once it is public."),
    "credits": lazy("Leave it empty if the course carries none."),
    "run": lazy("Such as 1T2027. It stays once it is public."),
    "time_zone": lazy("The days below are by its clocks. Such as America/New_York."),
    "upgrade_by": lazy("Learners can move to the verified track until then."),
    "amount": lazy("In whole units, such as 150.00."),
    "currency": lazy("Three letters, such as USD."),
    "valid_from": lazy("The price before it ends the day before."),
}
DAYS = ("starts", "ends", "enrolment_opens", "enrolment_closes", "upgrade_by")
FORMS: Mapping[Kind, tuple[str, ...]] = {
    Kind.COURSE: ("code", "title", "summary", "credits"),
    Kind.RUN: ("course", "run", "time_zone", *DAYS),
    Kind.TERM: ("code", "title", "starts", "ends", "census", "grades_due"),
    Kind.PROGRAM: ("code", "title", "kind", "summary"),
    Kind.PRICE: ("subject", "amount", "currency", "valid_from"),
}
PROGRAM_KINDS = ("micromasters", "certificate", "degree")
TYPES = {name: "datetime-local" for name in DAYS} | {"valid_from": "date", "summary": "textarea"}
TERM_DAYS = ("starts", "ends", "census", "grades_due")
FIXED = {Kind.COURSE: ("code",), Kind.TERM: ("code",), Kind.PROGRAM: ("code",), Kind.RUN: ("course", "run")}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; `options` make it a choice, `fixed` is told and not asked."""

    name: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with its value and what is wrong with it."""

    field: Field
    label: Promise
    hint: Promise | str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a new institution does, in order; `next` is the first that is not done."""

    kind: Kind
    words: Promise
    done: bool
    next: bool


STEPS: Mapping[Kind, Promise] = {
    Kind.COURSE: lazy("Enter a course"),
    Kind.RUN: lazy("Plan a run of it"),
    Kind.PRICE: lazy("Set its price"),
    Kind.PROGRAM: lazy("Enter a program"),
    Kind.REQUIREMENTS: lazy("Say what the program asks for"),
}


def steps(has: Iterable[Kind]) -> list[Step]:
    """The first steps of a catalogue; empty once each is done."""
    held = set(has)
    missing = [kind for kind in STEPS if kind not in held]
    if not missing:
        return []
    return [Step(kind, words, kind in held, kind is missing[0]) for kind, words in STEPS.items()]


def fields_of(kind: Kind, school: str, existing: bool) -> list[Field]:
    """The fields of a form; what stays once it is public is fixed in the form of an existing entry."""
    choices: Mapping[str, tuple[tuple[str, str], ...]] = {}
    if kind is Kind.RUN:
        choices = {"course": tuple((row.content["code"], _named(row)) for row in _all(school, Kind.COURSE))}
    elif kind is Kind.PRICE:
        choices = {"subject": tuple(_priced(school))}
    elif kind is Kind.PROGRAM:
        choices = {"kind": tuple((value, _(value)) for value in PROGRAM_KINDS)}
    fixed = FIXED.get(kind, ()) if existing else ()
    types = TYPES | (dict.fromkeys(TERM_DAYS, "date") if kind is Kind.TERM else {})
    return [
        Field(name, "select" if name in choices else types.get(name, "text"), choices.get(name, ()), name in fixed)
        for name in FORMS[kind]
    ]


def values_of(
    kind: Kind, shown: Mapping[str, Any], zone: str, subject: str = "", term: CalendarTerm | None = None
) -> dict[str, str]:
    """What the form of an entry holds at first; a new run that lies in a term has the days of that term."""
    values = {name: "" if value is None else str(value) for name, value in shown.items()}
    if term is not None:
        values |= {"starts": f"{term.starts}T00:00", "ends": f"{term.ends}T23:59"}
    if kind is Kind.PRICE:
        values = values or {"subject": subject[:150]}
        if "minor" in shown:
            values["amount"] = Money(shown["minor"], shown["currency"]).in_whole()
    if kind is Kind.RUN:
        values.setdefault("time_zone", zone)
        values["run"] = values.get("id", "").rpartition("+")[2]
        for name in DAYS:
            if name in shown:
                moment = datetime.fromisoformat(shown[name]).astimezone(ZoneInfo(values["time_zone"]))
                values[name] = f"{moment:%Y-%m-%dT%H:%M}"
    return values


def rows_of(fields: list[Field], values: Mapping[str, str], errors: Mapping[str, str]) -> list[Shown]:
    """The fields with their values, and what is wrong where."""
    same = {"run": "id", "amount": "minor"}
    return [
        Shown(
            field,
            LABELS[field.name],
            HINTS.get(field.name, ""),
            values.get(field.name, ""),
            errors.get(field.name) or errors.get(same.get(field.name, ""), ""),
        )
        for field in fields
    ]


def told_of(kind: Kind, school: str, values: Mapping[str, str], run_id: str, code: str) -> dict[str, object]:
    """What is typed, as the entry's fields; Invalid by field for what is no day or amount."""
    told: dict[str, object] = dict(values)
    if kind is Kind.COURSE:
        told["credits"] = values["credits"] or None
    if kind is Kind.TERM:
        told |= {name: values[name] or None for name in ("census", "grades_due")}
    if kind in (Kind.COURSE, Kind.TERM, Kind.PROGRAM) and code:
        told["code"] = code
    if kind is Kind.RUN:
        return _run_told(school, values, run_id)
    if kind is Kind.PRICE:
        del told["amount"]
        told["currency"] = values["currency"].upper()
        try:
            told["minor"] = amount_in(values["amount"], values["currency"]).minor
        except Unusable as error:
            raise Invalid({"amount": error.reason.sentence}) from None
    return told


def _run_told(school: str, values: Mapping[str, str], run_id: str) -> dict[str, object]:
    zone = values["time_zone"] if values["time_zone"] in available_timezones() else "UTC"
    course = run_id.split("+")[1] if run_id else values["course"]
    told: dict[str, object] = {"course": course, "time_zone": values["time_zone"]}
    told["id"] = run_id or f"course-v1:{school}+{course}+{values['run']}"
    wrong = {}
    for name in DAYS:
        try:
            told[name] = local(values[name], zone).isoformat()
        except (Unusable, OverflowError) as error:
            another = Sentence("day_unusable", "Choose another day.")
            wrong[name] = error.reason.sentence if isinstance(error, Unusable) else another
    if wrong:
        raise Invalid(wrong)
    return told


def line_of(kind: Kind, content: Mapping[str, Any]) -> str:
    """An entry in one line."""
    match kind:
        case Kind.COURSE | Kind.PROGRAM:
            return f"{content['title']} ({content['code']})"
        case Kind.TERM:
            days = f"{written.day(content['starts'])} – {written.day(content['ends'])}"
            return f"{content['title']} ({content['code']}): {days}"
        case Kind.RUN:
            return f"{content['course']}, {content['id'].rpartition('+')[2]}"
        case Kind.REQUIREMENTS:
            return f"{content['program']}, {content['catalogue_year']}"
        case Kind.EXAM | Kind.SERIES | Kind.GRADING | Kind.ALIGNMENT | Kind.SCHEDULE | Kind.DEGREE:
            return words.line_of(kind, content)
        case _:
            amount = written.amount(Money(content["minor"], content["currency"]))
            return f"{content['subject'].partition(':')[2]}: {amount}, {written.day(content['valid_from'])}"


def differences(change: Change) -> list[tuple[Promise, str, str, bool]]:
    """By field: its label, what is public now, what becomes public, and whether that differs."""
    before = change.before or {}
    shown = [(name, _told(before, name), _told(change.content, name)) for name in change.content]
    return [(LABELS[name], old, new, old != new) for name, old, new in shown if name != "requirements"]


def _told(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if name == "minor" and value is not None:
        return written.amount(Money(value, content["currency"]))
    if name in ("policy", "terms", "degree", "draw") and value:
        return words.lines_of(name, value, content)
    if name in (*TERM_DAYS, "valid_from") and value and "time_zone" not in content:
        return written.day(value)
    if name == "completion" and value:
        return str(words.COMPLETIONS[Completion(value)])
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name in DAYS and value:
        return written.moment(datetime.fromisoformat(value), content["time_zone"])
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _all(school: str, kind: Kind) -> tuple[queries.Listed, ...]:
    return queries.published_of(school, kind)


def _named(row: queries.Listed) -> str:
    return f"{row.content['title']} ({row.content['code']})"


def _priced(school: str) -> Iterable[tuple[str, str]]:
    yield from ((f"course:{row.key}", _named(row)) for row in _all(school, Kind.COURSE))
    yield from ((f"course-run:{row.key}", line_of(Kind.RUN, row.content)) for row in _all(school, Kind.RUN))
    yield from ((f"program:{row.key}", _named(row)) for row in _all(school, Kind.PROGRAM))
    yield f"degree-course:{school}", _("One course of a degree here")
    codes = {code for row in _all(school, Kind.REQUIREMENTS) for code in exams_of(row.content["requirements"])}
    codes |= queries.exams_made(institution=school).keys()
    yield from ((f"exam:{code}", _("Exam {code}").format(code=code)) for code in sorted(codes))
