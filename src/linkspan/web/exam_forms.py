"""The forms of who makes exams: their fields, and what is typed as terms, blueprint and times of a sitting."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.catalog.rules import Invalid
from linkspan.exams.queries import HeldSitting
from linkspan.exams.rules import Cell, Difficulty, Draw, Terms
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Sentence
from linkspan.web.catalog_forms import Field, Shown
from linkspan.web.opening import local

EXAM = ("program", "code")
TERMS = ("title", "minutes", "pass_percent", "attempts", "courses", "grace", "most_drawn")
TIMES = ("opens_at", "closes_at", "release_at")
SITTING = (*TIMES, "capacity")
OFFERED = ("first", "last", "every_minutes", "seats")
ENTITLEMENT = ("program", "valid_from", "attempts_paid", "cool_off_days")
BOOKING_TERMS = ("change_hours", "early_minutes", "late_minutes")
WHOLE = ("minutes", "attempts", "grace", "most_drawn")
LABELS: Mapping[str, Promise] = {
    "program": lazy("Program"),
    "code": lazy("Code"),
    "title": lazy("Title"),
    "minutes": lazy("Time in minutes"),
    "pass_percent": lazy("Pass mark in percent"),
    "attempts": lazy("Attempts allowed"),
    "courses": lazy("Courses to pass first"),
    "grace": lazy("Grace in seconds"),
    "most_drawn": lazy("Most times that a question is drawn"),
    "opens_at": lazy("Opens"),
    "closes_at": lazy("Closes"),
    "release_at": lazy("Results come out"),
    "capacity": lazy("Places"),
    "valid_from": lazy("In force from"),
    "attempts_paid": lazy("Attempts that one payment gives"),
    "cool_off_days": lazy("Days between two attempts"),
    "first": lazy("First time"),
    "last": lazy("Last time"),
    "every_minutes": lazy("Minutes from one time to the next"),
    "seats": lazy("Seats at each time"),
    "change_hours": lazy("Hours before a time until when it is moved or cancelled"),
    "early_minutes": lazy("Minutes before a time from when one checks in"),
    "late_minutes": lazy("Minutes after a time until when one checks in"),
}
HINTS: Mapping[str, Promise] = {
    "code": lazy("Letters, digits, points and dashes, such as CFx. It never changes."),
    "courses": lazy("One a line, as in the catalogue, such as MITx/SC0x."),
    "grace": lazy("Answers that arrive this long after the end still count."),
    "most_drawn": lazy("Then others are drawn while there are any. Leave it empty for no limit."),
    "closes_at": lazy("Every attempt ends then, except with extra time."),
    "valid_from": lazy("Who registered before keeps the rule of that day."),
    "attempts_paid": lazy("Leave it empty for every attempt that the exam allows."),
    "capacity": lazy("Leave it empty for no limit."),
    "last": lazy(
        "On each day, times are offered between the hours of the first and the last. For one time, repeat the first."
    ),
}
TYPES = dict.fromkeys((*TIMES, "first", "last"), "datetime-local") | {"courses": "textarea", "valid_from": "date"}
FIRST = {"minutes": "90", "pass_percent": "60", "attempts": "1", "grace": "30"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the blueprint as its form shows it."""

    cell: Cell
    count: str


@dataclass(frozen=True, slots=True)
class Times:
    """When a sitting opens, closes, and tells its results."""

    opens_at: datetime
    closes_at: datetime
    release_at: datetime


def rows(
    names: Iterable[str],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    options: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
) -> list[Shown]:
    """The fields with their values, and what is wrong where."""
    choices = options or {}
    kinds = {name: "select" if name in choices else TYPES.get(name, "text") for name in names}
    return [
        Shown(
            Field(name, kind, choices.get(name, ())),
            LABELS[name],
            HINTS.get(name, ""),
            values.get(name, ""),
            errors.get(name, ""),
        )
        for name, kind in kinds.items()
    ]


def lines(cells: Iterable[Cell], typed: Sequence[str] = ()) -> list[Line]:
    """The blueprint's lines, with what was typed if anything was."""
    shown = list(cells)
    counts = list(typed) if len(typed) == len(shown) else [str(cell.count or "") for cell in shown]
    return [Line(cell, count) for cell, count in zip(shown, counts, strict=True)]


def blueprint(groups: Sequence[str], difficulties: Sequence[str], counts: Sequence[str]) -> tuple[Draw, ...]:
    """What is typed as a blueprint; Invalid for what is no number."""
    if not len(groups) == len(difficulties) == len(counts) or not set(difficulties) <= {"", *Difficulty}:
        raise Unusable("form_unusable", _("Nothing was saved: the form is not complete. Open the page again."))
    found = [_whole(count.strip() or "0") for count in counts]
    if None in found:
        raise Invalid({"draw": Sentence("no_number", "Enter how many questions are drawn, as whole numbers.")})
    told = zip(groups, found, difficulties, strict=True)
    return tuple(Draw(group, count, Difficulty(hard) if hard else None) for group, count, hard in told if count)


def terms(values: Mapping[str, str], draw: tuple[Draw, ...]) -> Terms:
    """What is typed as terms; Invalid by field for what is no number."""
    numbers = {name: _whole(values[name]) for name in WHOLE}
    asked = [name for name in WHOLE if name != "most_drawn" or values[name]]
    wrong = {name: Sentence("no_number", "Enter a whole number.") for name in asked if numbers[name] is None}
    try:
        percent = Decimal(values["pass_percent"].replace(",", ".")[:12])
    except InvalidOperation:
        percent, wrong["pass_percent"] = Decimal(0), Sentence("no_number", "Enter a number, such as 60.")
    if wrong:
        raise Invalid(wrong)
    minutes, attempts, grace = (numbers[name] or 0 for name in WHOLE[:3])
    courses = tuple(dict.fromkeys(values["courses"].replace(",", " ").split()))
    return Terms(values["title"], minutes, percent, attempts, courses, draw, grace, numbers["most_drawn"])


def typed_terms(found: Terms) -> dict[str, str]:
    """What the form of terms shows."""
    return {
        "title": found.title,
        "minutes": str(found.minutes),
        "pass_percent": f"{found.pass_percent.normalize():f}",
        "attempts": str(found.attempts_allowed),
        "courses": "\n".join(found.courses),
        "grace": str(found.grace_seconds),
        "most_drawn": "" if found.most_drawn is None else str(found.most_drawn),
    }


def times(values: Mapping[str, str], zone: str) -> Times:
    """What is typed as times by the clocks of a zone; Invalid by field."""
    found: dict[str, datetime] = {}
    wrong: dict[str, Sentence] = {}
    for name in TIMES:
        try:
            found[name] = moment(values, name, zone)
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise Invalid(wrong)
    return Times(**found)


def moment(values: Mapping[str, str], name: str, zone: str) -> datetime:
    """What is typed as one time by the clocks of a zone; Invalid if there is no such time."""
    try:
        return local(values[name], zone)
    except Unusable as error:
        raise Invalid({name: error.reason.sentence}) from None
    except OverflowError:
        raise Invalid({name: Sentence("day_unusable", "Choose another day.")}) from None


def places(given: str) -> int | None:
    """What is typed as places; Invalid if it is no number."""
    if not given:
        return None
    found = _whole(given)
    if found is None:
        raise Invalid({"capacity": Sentence("no_number", "Enter a whole number, or leave it empty for no limit.")})
    return found


def whole(values: Mapping[str, str], names: Iterable[str]) -> dict[str, int]:
    """What is typed as whole numbers; Invalid by field for what is none."""
    found = {name: _whole(values[name]) for name in names}
    wrong = {name: Sentence("no_number", "Enter a whole number.") for name, number in found.items() if number is None}
    if wrong:
        raise Invalid(wrong)
    return {name: number or 0 for name, number in found.items()}


def typed_sitting(found: HeldSitting, zone: str) -> dict[str, str]:
    """What the form of a sitting shows."""
    shown = {name: f"{getattr(found, name).astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" for name in TIMES}
    return shown | {"capacity": "" if found.capacity is None else str(found.capacity)}


def _whole(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
