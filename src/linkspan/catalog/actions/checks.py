"""Whether an entry fits the catalogue that there is; said by field, so that all of it can be mended at once."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from linkspan.catalog.actions.entries import check_named
from linkspan.catalog.actions.prices import check_owner
from linkspan.catalog.engines.entries import (
    PRICED,
    AnyEntry,
    Course,
    Price,
    Program,
    Requirements,
    Run,
    Term,
    kind_of,
)
from linkspan.catalog.engines.holders import HOLDERS, Coming
from linkspan.catalog.models import CourseRow, PriceRow, ProgramRow, ProgramVersionRow, TermRow
from linkspan.catalog.queries import published_entry
from linkspan.catalog.rules import Invalid, Kind
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.reasons import Phrase, Sentence


def check_entry(
    actor: Actor,
    institution: str,
    entry: AnyEntry,
    before: Mapping[str, Any] | None,
    now: datetime,
    coming: Coming = MappingProxyType({}),
) -> None:
    """Invalid unless the entry may become public; `before` is what is public of it now.

    It may need what is public, and what is `coming`: prepared already, or in the same file. People date what replaces
    something from today on; the system also takes in what was in force before.
    """
    today = None if actor.is_system else now.date()
    match entry:
        case Run():
            found = _of_run(institution, entry, before, coming)
        case Requirements():
            found = _of_requirements(institution, entry, before, today, coming)
        case Price():
            found = _of_price(institution, entry, before, today, coming)
        case Term():
            found = _of_term(institution, entry, coming)
        case Course() | Program():
            found = {}
        case _:
            found = dict(HOLDERS[kind_of(entry)].wrong(actor, institution, entry, now, coming))
    if found:
        raise Invalid(found)


def _of_term(institution: str, term: Term, coming: Coming) -> dict[str, Sentence]:
    if not term.starts <= term.ends:
        return {"ends": Sentence("term_ends_early", "The term ends before it starts. Choose a later day.")}
    found = {}
    if term.census is not None and not term.starts <= term.census <= term.ends:
        found["census"] = Sentence("census_outside", "Choose a day of the term.")
    if term.grades_due is not None and term.grades_due < term.starts:
        found["grades_due"] = Sentence("grades_due_early", "Choose a day after the start of the term.")
    others = TermRow.objects.filter(institution=institution).exclude(code=term.code)
    lie = [(row.title, row.starts.isoformat(), row.ends.isoformat()) for row in others]
    lie += [
        (told["title"], told["starts"], told["ends"])
        for (kind, _key), told in coming.items()
        if kind is Kind.TERM and told["code"] != term.code
    ]
    for title, starts, ends in lie:
        if starts <= term.ends.isoformat() and ends >= term.starts.isoformat():
            words = Phrase("It overlaps with {title}. Choose other days.")
            found["starts"] = Sentence("terms_overlap", words, title=title)
    return found


def _of_run(institution: str, run: Run, before: Mapping[str, Any] | None, coming: Coming) -> dict[str, Sentence]:
    found, course = {}, f"{institution}/{run.course}"
    if (Kind.COURSE, course) not in coming and not CourseRow.objects.filter(key=course).exists():
        found["course"] = Sentence(
            "course_not_public", "{course} is not public yet. Publish the course first.", course=run.course
        )
    elif before is None and not run.id.startswith(f"course-v1:{institution}+{run.course}+"):
        begins = f"course-v1:{institution}+{run.course}+"
        found["id"] = Sentence("run_of_another", "A run of this course begins with {begins}", begins=begins)
    elif before is not None and before["course"] != run.course:
        found["course"] = Sentence("run_stays", "This is a run of {course}, and stays so.", course=before["course"])
    if run.time_zone not in available_timezones():
        found["time_zone"] = Sentence("zone_unknown", "There is no such time zone. Enter one like America/New_York.")
    return found | _of_dates(run)


def _of_dates(run: Run) -> dict[str, Sentence]:
    if not run.starts < run.ends:
        return {"ends": Sentence("ends_before_start", "The run ends before it starts. Choose a later end.")}
    found = {}
    if not run.enrolment_opens < run.enrolment_closes:
        found["enrolment_closes"] = Sentence("closes_early", "Enrolment closes before it opens. Choose a later day.")
    elif run.enrolment_closes > run.ends:
        found["enrolment_closes"] = Sentence(
            "closes_late", "Enrolment closes after the run ends. Choose an earlier day."
        )
    if not run.enrolment_opens <= run.upgrade_by <= run.ends:
        words = Phrase("Choose a day between the opening of enrolment and the end of the run.")
        found["upgrade_by"] = Sentence("upgrade_outside", words)
    return found


def _of_requirements(
    institution: str, entry: Requirements, before: Mapping[str, Any] | None, today: date | None, coming: Coming
) -> dict[str, Sentence]:
    key = f"{institution}/{entry.program}"
    if (Kind.PROGRAM, key) not in coming and not ProgramRow.objects.filter(key=key).exists():
        words = Phrase("{program} is not public yet. Publish the program first.")
        return {"program": Sentence("program_not_public", words, program=entry.program)}
    if before is not None:
        words = Phrase("The requirements of {year} are published. Enter a new year.")
        return {"catalogue_year": Sentence("year_published", words, year=entry.catalogue_year)}
    found = {}
    others = ProgramVersionRow.objects.filter(program_id=key)
    if others.filter(valid_from=entry.valid_from).exists():
        words = Phrase("Another year's requirements begin on that day. Choose another day.")
        found["valid_from"] = Sentence("day_taken", words)
    elif today is not None and entry.valid_from < today and others.exists():
        words = Phrase("Learners began under the requirements before. Choose today or a later day.")
        found["valid_from"] = Sentence("day_past", words)
    try:
        check_named(key, entry.requirements, frozenset({*entry.not_here_yet, *(named for _, named in coming)}))
    except LinkspanError as error:
        found["requirements"] = error.message
    return found


def _of_price(
    institution: str, price: Price, before: Mapping[str, Any] | None, today: date | None, coming: Coming
) -> dict[str, Sentence]:
    kind, _, key = price.subject.partition(":")
    if (PRICED.get(kind), key) not in coming:
        try:
            check_owner(institution, price.subject)
        except LinkspanError as error:
            return {"subject": error.message}
        if kind in PRICED and published_entry(institution, PRICED[kind], key) is None:
            return {"subject": Sentence("not_public", "{key} is not public yet. Publish it first.", key=key)}
    if before is not None:
        words = Phrase("A price from that day is public already. Choose a later day.")
        return {"valid_from": Sentence("price_public", words)}
    if today is not None and price.valid_from < today and PriceRow.objects.filter(subject=price.subject).exists():
        return {"valid_from": Sentence("price_past", "A price of the past stays. Choose today or a later day.")}
    return {}
